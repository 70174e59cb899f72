# Prints `gone` with proof that a job's folder was removed and that nothing of the job runs any more; else nothing.
# Comes on the standard input of a shell, after a line that sets `folder`, the job's folder, and the function `runtime`,
# the container runtime: no command line may hold the folder's name, because that is what is looked for.
LC_ALL=C
jobs=${folder%/*}

# A root without its mark is not the root: its disk may not be mounted.
is_removed() {
  [ -e "${jobs%/*}/box.json" ] && [ -d "$jobs" ] && [ ! -e "$folder" ]
}

# Supervisors have the folder's name among their arguments, jobs in their environment.
has_processes() {
  {
    printf '%s\n' "$folder"
    cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null
  } | tr '\0' '\n' | awk 'NR == 1 { folder = $0; next } index($0, folder) { found = 1 } END { exit !found }'
}

# A runtime that does not answer proves nothing.
has_containers() {
  found=$(runtime ps -q --filter "label=cosmos.job=${folder##*/}") || return 0
  [ -n "$found" ]
}

# A supervisor that was about to end may have made the folder again: the second look comes last.
[ -r /proc/self/environ ] && is_removed && ! has_processes && ! has_containers && is_removed && echo gone
exit 0

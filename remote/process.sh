# A job that runs on the host itself: its wrapper leads a session and a process group. The group's number is the
# wrapper's pid, and stays taken while any member lives. A process that made its own session escapes from the group,
# and is found by the mark in its environment.

# Not a child of this shell, which would report its end as that of a job of its own.
start_job() {
  set -- sh "$library/wrapper.sh" process "$folder" "$attempt"
  # Inherited by the job and all that it starts: the slots last as long as they do, whatever becomes of us.
  for gpu in $slot_gpus; do set -- flock -F -w 5 "$slots/$gpu" "$@"; done
  [ -z "$slot_gpus" ] || set -- env "COSMOS_GPUS=$gpu_list" "$@"
  wrapper_pid=$(
    printf '%s\n' "$secrets" | {
      exec 3<&0
      setsid "$@" <&3 3<&- 9>&- >/dev/null 2>&1 &
      echo $!
    }
  )
  read_process "$wrapper_pid"
  wrapper_start=$process_start
  secrets=
  [ -z "$slot_gpus" ] || until [ -e "$state/wrapper.json" ] || job_is_gone; do nap; done
}

# use_claim RECORD: watches a wrapper that somebody else started.
use_claim() {
  field pid "$1"
  wrapper_pid=$value
  field start "$1"
  wrapper_start=$value
  # A record of another boot speaks of a process that cannot be there.
  field boot "$1"
  [ "$value" = "$boot" ] || wrapper_start=gone
}

job_is_gone() {
  read_process "$wrapper_pid"
  case $process_state in '' | Z | X) return 0 ;; esac
  [ -n "$process_start" ] && [ "$process_start" != "$wrapper_start" ]
}

request_end() {
  job_is_gone || signal_group TERM
}

force_end() {
  job_is_gone || signal_group KILL
}

# In its first moment the wrapper does not lead its group yet.
signal_group() {
  kill "-$1" "-$wrapper_pid" 2>/dev/null || kill "-$1" "$wrapper_pid" 2>/dev/null
}

# clear_job CLAIM: kills whatever is left of a job and returns when nothing is. Waits as long as it takes: until then
# nobody may say that the job has ended.
clear_job() {
  set_surroundings
  field boot "$1"
  [ -z "$value" ] || [ "$value" = "$boot" ] || return 0
  use_claim "$1"
  read_process "$wrapper_pid"
  # The number of a stranger: then the group was empty.
  group=$wrapper_pid
  [ -z "$process_start" ] || [ "$process_start" = "$wrapper_start" ] || group=0
  clear_marked "$group"
}

# clear_marked GROUP: kills the members of a group or session (0 for none), and every process that carries the mark.
clear_marked() {
  while :; do
    left=$(list_group "$1"; list_marked)
    [ -n "$left" ] || return 0
    # shellcheck disable=SC2086 # pids are words
    kill -KILL $left 2>/dev/null
    nap
  done
}

# Zombies run nothing. A name may hold a newline, so lines are put together up to the last parenthesis.
list_group() {
  [ "$1" -ne 0 ] || return 0
  cat /proc/[0-9]*/stat 2>/dev/null | awk -v group="$1" '
    { line = carry $0 }
    !match(line, /.*\) [A-Za-z] [0-9]/) { carry = line " "; next }
    {
      carry = ""
      split(substr(line, RLENGTH - 2), fields, " ")
      if (fields[1] ~ /[ZX]/) next
      if (fields[3] == group || fields[4] == group) print line + 0
    }'
}

# One look at all environments; each that seems to match is looked at again, because a value may imitate a heading.
list_marked() {
  mark=COSMOS_OUTPUTS=$outputs
  for pid in $(
    head -v -c 1000000 /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | MARK=$mark awk '
      /^==> \/proc\/[0-9]+\/environ <==$/ { split($0, parts, "/"); next }
      $0 == ENVIRON["MARK"] { print parts[3] }'
  ); do
    { tr '\0' '\n' <"/proc/$pid/environ" | grep -qxF "$mark"; } 2>/dev/null && echo "$pid"
  done
}

# What only containers need.
rule_out_job() { clear_marked 0; }
explain_silence() { return 0; }
forget_job() { return 0; }

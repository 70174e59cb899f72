# sh wrapper.sh process|container JOB_FOLDER ATTEMPT [SECRETS_FOLDER]
# Starts the job once, outlives it (requests to stop reach the whole group, and the wrapper only notes them), and writes
# how the job's own process ended to state/rc. As a process it leads its own session, and ends its whole group last. In
# a container it runs below init.sh, and hands what was written to the owner of the job's folder.
# Secrets come as lines of shell on the standard input, or in a file that is removed once it was read.

is_stopped=false
trap 'is_stopped=true' TERM INT HUP

library=${0%/*}
. "$library/common.sh"
. "$library/files.sh"
mode=$1
set_paths "$2" "$3"

main() {
  if [ "$mode" = container ]; then
    # The supervisor outside, who may be somebody else, reads the records.
    umask 022
    secrets=$(cat "$4/secrets" 2>/dev/null)
    rm -f "$4/secrets"
  else
    secrets=$(cat)
    exec </dev/null
  fi
  . "$folder/job.sh"
  pause_point wrapper-before-claim
  claim || return 0
  open_words
  run_job
  pause_point wrapper-before-rc
  fill_reserved "$state/rc" \
    "{\"rc\":$rc,\"signal\":$signal,\"isStarted\":$is_started,\"isStopped\":$is_stopped,\"lacksMemory\":$lacks_memory,\"at\":\"$(now_iso)\"}" ||
    append_line 'the end of the job could not be recorded'
  pause_point wrapper-after-rc
}

# Whoever creates wrapper.json first has the word: this wrapper, or an adopter that rules out for ever that it starts.
claim() {
  read_uptime
  create_exclusive "$state/wrapper.json" \
    "{\"isAbandoned\":false,\"wrapper\":$(identity $$),\"at\":\"$(now_iso)\",\"uptime\":$uptime}"
  claimed=$?
  [ "$claimed" -ne 2 ] || echo 'the attempt folder cannot be written' >&2
  return "$claimed"
}

# A shell tells the death of a program by a signal from an exit with the same number in one place only: it says so on
# its standard error. That goes into a pipe of our own, which a full disk does not hinder.
open_words() {
  has_words=false
  mkfifo "$state/words.$$" 2>/dev/null || return 0
  exec 2<>"$state/words.$$"
  has_words=true
  rm -f "$state/words.$$"
}

# True when the shell has said something about the last program. Nothing is said about interrupts and broken pipes.
was_signalled() {
  [ "$1" -gt 128 ] || return 1
  "$has_words" || return 0
  case $1 in 130 | 141) return 0 ;; esac
  echo >&2
  IFS= read -r words <&2
  [ -n "$words" ]
}

run_job() {
  rc=null
  signal=null
  is_started=true
  lacks_memory=false
  if "$is_stopped"; then
    is_started=false
    signal='"SIGTERM"'
    return
  fi
  job_argv find_program
  if [ -n "$complaint" ]; then
    append_line "$complaint"
    is_started=false
    return
  fi
  count_memory_kills
  kills_before=$memory_kills
  job_argv run_program
  code=$?
  count_memory_kills
  [ "$memory_kills" -le "$kills_before" ] || lacks_memory=true
  if was_signalled "$code"; then signal="\"SIG$(kill -l $((code - 128)))\""; else rc=$code; fi
}

# How many processes of this container the kernel has ended for want of memory, by the counter of its own cgroup (v2,
# else v1), in `memory_kills`; 0 where nobody counts. A process on the host itself shares its cgroup with strangers.
count_memory_kills() {
  memory_kills=0
  [ "$mode" = container ] || return 0
  for path in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
    [ -r "$path" ] || continue
    while read -r name count; do [ "$name" != oom_kill ] || memory_kills=$count; done <"$path"
  done
}

# find_program ARGV: as execvp(3) would look; `program` is what to start, or `complaint` says why there is nothing.
find_program() {
  program=
  complaint=
  case $1 in
    */*) [ ! -e "$1" ] || program=$1 ;;
    *) search_path "$1" ;;
  esac
  if [ -z "$program" ]; then
    rc=127
    complaint="cannot start \"$1\": there is no such program"
  elif [ -d "$program" ] || [ ! -x "$program" ]; then
    rc=126
    complaint="cannot start \"$1\": it is not an executable file"
  elif ! cd "$job_workdir" 2>/dev/null; then
    rc=126
    complaint="cannot start \"$1\": the folder $job_workdir cannot be entered"
  fi
}

search_path() {
  rest=$PATH:
  while [ -n "$rest" ]; do
    candidate=${rest%%:*}/$1
    rest=${rest#*:}
    [ -f "$candidate" ] || continue
    [ -n "$program" ] && [ -x "$program" ] || program=$candidate
  done
}

# The job gets the log itself, no pipe of ours: it goes on writing whatever happens to the wrapper. It inherits what
# every program needs, what the job names, and the mark by which what it leaves behind is found.
run_program() {
  shift
  (
    # Of the GPUs of this machine, those that the supervisor holds for the job.
    [ -z "${COSMOS_GPUS:-}" ] || export CUDA_VISIBLE_DEVICES="$COSMOS_GPUS"
    unset LC_ALL COSMOS_PAUSE_AT COSMOS_GPUS COSMOS_SLOTS OLDPWD
    # shellcheck disable=SC2086 # the names are words
    [ "$mode" = container ] || unset $RUNTIME_NAMES
    [ -z "${COSMOS_LC_ALL:-}" ] || export LC_ALL="$COSMOS_LC_ALL"
    unset COSMOS_LC_ALL
    export COSMOS_JOB="$id" COSMOS_OUTPUTS="$outputs"
    job_variables
    eval "$secrets"
    unset secrets
    exec "$program" "$@"
  ) </dev/null >>"$log" 2>&1
}

# Root in the container is seldom the one who logs in; -h: a link that the job left is handed over, not what it names.
hand_over() {
  chown -R -h "$(stat -c %u:%g "$folder")" "$attempt_folder" 2>/dev/null
}

main "$@"
if [ "$mode" = container ]; then
  hand_over
  exit 0
fi
# The wrapper leads the group and still lives, so the number cannot mean anybody else.
kill -KILL "-$$"

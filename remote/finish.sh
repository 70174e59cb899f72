# The end of an attempt: everything of the job is gone, its outputs are hashed and listed, and exit.json is written
# last. Every step can be done again by a successor, up to the rename that ends the attempt.

# finish_unstarted REASON [RC]: ends an attempt whose program was never started, and never will be.
finish_unstarted() {
  exit_started=false exit_rc=${2:-null} exit_signal=null exit_reason=$1 exit_began=null
  exit_at=$(now_iso)
  sums_json=null lists=/dev/null
  write_exit
}

# finish_started CLAIM: ends an attempt whose wrapper is gone or has recorded the job's end. `stop_reason` is set when
# the job was told to stop.
finish_started() {
  exit_lacks_memory=false
  clear_job "$1"
  describe_end "$1"
  ! "$exit_lacks_memory" || append_line 'the kernel ended a process of the container: there was no more memory'
  list_outputs
  [ "$sums_json" != null ] || exit_reason=no-space
  [ ! -e "$log" ] || sync_paths "$log"
  pause_point supervisor-before-exit
  write_exit
}

# The label from intent and evidence: a job that ended before the request to stop reached it ended by itself. Without
# a state/rc the wrapper was killed: by the supervisor when the time to stop politely was over, else by somebody else.
describe_end() {
  field at "$1"
  exit_began="\"$value\""
  exit_started=true exit_rc=null exit_signal=null
  exit_at=$(now_iso)
  if read_record "$state/rc"; then
    describe_rc
  elif [ -n "$stop_reason" ]; then
    exit_signal='"SIGKILL"' exit_reason=$stop_reason
  elif [ -n "${container_signal:-}" ]; then
    exit_signal="\"$container_signal\"" exit_reason=signal
  else
    exit_reason=lost
  fi
}

describe_rc() {
  field at "$record"
  exit_at=$value
  field rc "$record"
  [ -z "$value" ] || exit_rc=$value
  exit_reason=exit
  field signal "$record"
  [ -z "$value" ] || exit_signal="\"$value\"" exit_reason=signal
  field lacksMemory "$record"
  [ "$value" != true ] || exit_lacks_memory=true
  field isStopped "$record"
  [ "$value" != true ] || [ -z "$stop_reason" ] || exit_reason=$stop_reason
  field isStarted "$record"
  [ "$value" = true ] || exit_started=false exit_began=null
}

# The first record stays, whoever comes later.
write_exit() {
  [ ! -e "$state/exit.json" ] || return 0
  # In a folder that was removed and made again nothing would be true: neither that the job never started, nor its end.
  [ -d "$attempt_folder" ] || return 0
  mkdir -p "$state"
  text=$(
    HEAD="{\"schema\":\"cosmos/exit/v1\",\"attempt\":$attempt,\"isStarted\":$exit_started,\"rc\":$exit_rc"
    HEAD="$HEAD,\"signal\":$exit_signal,\"reason\":\"$exit_reason\",\"startedAt\":$exit_began"
    HEAD="$HEAD,\"endedAt\":\"$exit_at\",\"lacksMemory\":${exit_lacks_memory:-false}"
    HEAD="$HEAD,\"longestSilenceMs\":${longest_silence:-null},\"sums\":$sums_json"
    export HEAD
    LIMIT=$((EXIT_BYTES - 1)) awk -f "$library/exit.awk" <"$lists"
  )
  [ -n "$text" ] || return 1
  rm -rf "$state"/work.* "$state"/rc.tmp "$state"/stop.json.*.tmp "$state/silence" "$state/gpu-use"
  fill_reserved "$state/exit.json" "$text" || return 1
  sync_paths "$attempt_folder"
}

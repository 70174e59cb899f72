# sh supervisor.sh start|adopt|state JOB_FOLDER ATTEMPT
# Sees one attempt at a job through to exit.json, with nobody's help and nobody watching: it has its own session and
# outlives whoever started it. `start` and `adopt` return at once; starting twice is harmless. Values of environment
# variables come on the standard input of `start`, as lines of shell, and are held in memory only.
# `state` prints alive, dead or unknown, and for how many milliseconds nothing was heard of the job. What goes wrong with
# the supervisor itself is in state/supervisor.log.

library=${0%/*}
for part in common files state logind gpus hash finish process line slots silence watch adopt; do
  . "$library/$part.sh"
done

BASIC_NAMES='PATH HOME USER LOGNAME SHELL LANG LC_CTYPE TZ TMPDIR TMP TEMP'
NEEDED='awk cat chown date dd env find grep ln mkdir mkfifo mv readlink sed setsid sha256sum sleep sort stat sync tr xargs'

main() {
  set_paths "$2" "$3"
  case $1 in
    start) detach fresh ;;
    adopt) detach adopt ;;
    state) print_state ;;
    run) run "$4" ;;
    *) refuse "there is no command '$1'" ;;
  esac
}

# Nothing of the caller is kept but the variables that every program needs: no open file, no terminal, no session.
detach() {
  for name in $NEEDED; do
    command -v "$name" >/dev/null || refuse "this machine has no program '$name', which the supervisor needs"
  done
  [ -d "$folder" ] || refuse 'there is no such job folder'
  [ -w "$folder" ] || refuse 'the job folder cannot be written'
  [ -r /proc/self/stat ] || refuse 'this machine shows no processes in /proc'
  secrets=
  [ "$1" = adopt ] || secrets=$(cat)
  exec </dev/null
  set -- setsid sh "$0" run "$folder" "$attempt" "$1"
  for name in $BASIC_NAMES $RUNTIME_NAMES COSMOS_LC_ALL COSMOS_PAUSE_AT COSMOS_SLOTS; do
    eval "value=\${$name-}"
    [ -z "$value" ] || set -- "$name=$value" "$@"
  done
  set -- env -i "$@"
  # A scope: systemd-run becomes the program itself, with its standard input.
  if ends_at_logout && has_manager; then set -- systemd-run --user --scope --quiet -- "$@"; fi
  cd /
  { printf '%s\n' "$secrets" | "$@"; } >/dev/null 2>&1 3>&- 4>&- 5>&- &
}

run() {
  secrets=$(cat)
  exec </dev/null
  read_job
  if [ "$1" = adopt ]; then
    supervise_adopted
  # If job.sh speaks of another attempt, this start was overtaken.
  elif [ -n "$complaint" ] || [ "$job_attempt" = "$attempt" ]; then
    supervise_fresh
  fi
  [ -z "${secrets_folder:-}" ] || rm -rf "$secrets_folder"
  [ -e "$state/exit.json" ] || return 0
  forget_job
  [ -s "$state/supervisor.log" ] || rm -f "$state/supervisor.log"
}

# What to run, or in `complaint` why it cannot be read. Adopting, an attempt without a readable job only has to end.
read_job() {
  complaint=
  job_attempt= job_id= job_timeout_ms= job_grace_ms=10000 job_image= job_gpus=0 job_after= is_whole=
  if [ -r "$folder/job.sh" ] && sh -n "$folder/job.sh" 2>/dev/null; then . "$folder/job.sh"; fi
  if [ "$is_whole" != true ]; then
    complaint='job.sh is missing or damaged'
  elif [ "$job_id" != "$id" ]; then
    complaint='job.sh is that of another job'
  fi
  [ -z "$job_image" ] || . "$library/container.sh"
}

# The first supervisor of an attempt: takes the lock, looks before it leaps, starts the job, and sees it through.
supervise_fresh() {
  mkdir -p "$attempts"
  mkdir "$attempt_folder" 2>/dev/null || return 0
  sync_paths "$attempts"
  pause_point supervisor-before-started
  mkdir -p "$outputs" "$state"
  create_exclusive "$state/started.json" "$(started_record)" || return 0
  newest_claim && [ "$claim_number" -eq 0 ] || return 0
  start_heartbeat
  obstacle=no-space
  if reserve "$state/exit.json" "$EXIT_BYTES" && reserve "$state/rc" "$RC_BYTES"; then find_obstacle; fi
  if [ -n "$obstacle" ]; then finish_unstarted "$obstacle"; else see_started; fi
  stop_heartbeat
}

# The log is ours, whoever writes to it.
see_started() {
  { true >>"$log"; } 2>/dev/null
  if ! start_in_turn; then
    finish_unstarted "$obstacle"
    return
  fi
  watch_job 0
  if read_wrapper; then
    finish_started "$record"
  elif ! [ -e "$state/wrapper.json" ] || "${is_refused:-false}"; then
    # Without a record the wrapper was ended before it could start anything, and no other is on its way.
    explain_silence
    finish_unstarted "${stop_reason:-${start_reason:-lost}}" "${start_code:-null}"
  fi
}

# Why the job must not be started, in `obstacle`.
find_obstacle() {
  obstacle=
  if [ -e "$state/cancel" ]; then
    obstacle=cancel
    return
  fi
  [ -n "$complaint" ] || job_inputs
  if [ -n "$complaint" ]; then
    append_line "$complaint"
    obstacle=inputs
    return
  fi
  pause_point supervisor-before-wrapper
  [ ! -e "$state/cancel" ] || obstacle=cancel
}

# input HEX SIZE NAME: job.sh calls it for each input. What was announced is what the job will read.
input() {
  [ -z "$complaint" ] || return 0
  path=$folder/inputs/$3
  if [ -L "$path" ] || [ ! -f "$path" ] || [ ! -r "$path" ]; then
    complaint="input \"$3\" cannot be read"
    return
  fi
  found_size=$(($(wc -c <"$path")))
  found=$(sha256sum <"$path")
  [ "${found%% *} $found_size" = "$1 $2" ] ||
    complaint="input \"$3\" is sha256:${found%% *} ($found_size bytes), expected sha256:$1 ($2 bytes)"
}

main "$@"

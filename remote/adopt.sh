# A later supervisor of an attempt whose supervisor is gone: finds out how far it came and brings it to exit.json. It
# never starts the job. What was not started yet, it rules out for ever by taking the wrapper's place.

# Takes over with proof that the last supervisor is gone; leaves quietly without it, or when the attempt has ended.
supervise_adopted() {
  [ -d "$attempt_folder" ] && [ ! -e "$state/exit.json" ] || return 0
  # A supervisor writes started.json within milliseconds of making the attempt's folder; a loaded machine gets seconds.
  turn=0
  until newest_claim || [ "$turn" -ge 25 ]; do
    turn=$((turn + 1))
    nap
  done
  if [ -n "$claim" ]; then is_dead "$claim" || return 0; fi
  mkdir -p "$outputs" "$state"
  take_over || return 0
  start_heartbeat
  # Without room the record is written where room is found at the end, or by the next successor.
  reserve "$state/exit.json" "$EXIT_BYTES"
  see_through
  stop_heartbeat
}

# False when another adopter was faster, or the silent first supervisor has spoken after all.
take_over() {
  create_exclusive "$state/supervisor.$((claim_number + 1)).json" "$(started_record)" || return 1
  [ -z "$claim" ] && [ -e "$state/started.json" ] || return 0
  rm -f "$state/supervisor.$((claim_number + 1)).json"
  return 1
}

# Whoever writes wrapper.json first decides whether the job is started: a wrapper on its way, or this supervisor.
see_through() {
  pause_point adopter-before-claim
  if abandon_start || ! read_wrapper; then
    rule_out_job
    if [ -e "$state/cancel" ]; then finish_unstarted cancel; else finish_unstarted lost; fi
    return
  fi
  adopted=$record
  use_claim "$adopted"
  elapsed=0
  field uptime "$adopted"
  began_at=$value
  read_uptime
  case $began_at in '' | *[!0-9]*) ;; *) [ "$began_at" -gt "$uptime" ] || elapsed=$((uptime - began_at)) ;; esac
  watch_job "$elapsed"
  finish_started "$adopted"
}

# True when this supervisor has ruled out, now and for ever, that the job starts in this attempt.
abandon_start() {
  create_exclusive "$state/wrapper.json" "{\"isAbandoned\":true,\"at\":\"$(now_iso)\"}"
}

# read_wrapper: the claim of a wrapper in `record`; false when there is none, or the start was ruled out. Only without
# hard links can the record be torn, and then only between two calls of its writer.
read_wrapper() {
  turn=0
  until read_record "$state/wrapper.json" || [ "$turn" -ge 10 ]; do
    [ -e "$state/wrapper.json" ] || return 1
    turn=$((turn + 1))
    nap
  done
  field isAbandoned "$record"
  [ "$value" = false ]
}

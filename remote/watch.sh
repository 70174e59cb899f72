# Waiting for the end of a job, and stopping it when somebody asks for that or its time is over. The same for a job that
# this supervisor started and for one that it adopted.

# watch_job ELAPSED: returns when the wrapper is gone or has recorded the end of the job. ELAPSED is how long the job had
# run before, in hundredths of a second. `stop_reason` says why the job was told to stop, if it was.
watch_job() {
  read_uptime
  began=$((uptime - $1))
  kill_at=
  start_listening
  read_stop
  [ -z "$stop_reason" ] || ask_to_end
  while [ ! -e "$state/rc" ] && ! job_is_gone; do
    read_uptime
    [ -n "$stop_reason" ] || find_stop
    listen
    if [ -n "$kill_at" ] && [ "$uptime" -ge "$kill_at" ]; then force_end; fi
    nap
  done
}

read_stop() {
  stop_reason=
  read_record "$state/stop.json" || return 0
  field reason "$record"
  stop_reason=$value
}

# A reason to stop the job now, recorded before anything is done about it.
find_stop() {
  if [ -e "$state/cancel" ]; then
    stop_reason=cancel
  elif [ -n "$job_timeout_ms" ] && [ $((uptime - began)) -ge $((job_timeout_ms / 10)) ]; then
    stop_reason=timeout
  else
    return 0
  fi
  # On a full disk only a successor would miss this record; the job is stopped all the same.
  publish "$state/stop.json" "{\"reason\":\"$stop_reason\",\"at\":\"$(now_iso)\"}"
  ask_to_end
}

ask_to_end() {
  request_end
  kill_at=$((uptime + job_grace_ms / 10))
}

# Who looks after an attempt, and whether they still live: claims, the heartbeat, and the judgement of both.

started_record() {
  printf '{"attempt":%s,"supervisor":%s,"at":"%s"}' "$attempt" "$(identity $$)" "$(now_iso)"
}

# The newest claim in `claim` and `claim_number`: the last supervisor that adopted the attempt, else the first one.
newest_claim() {
  claim=
  claim_number=0
  for path in "$state"/supervisor.*.json; do
    number=${path##*/supervisor.}
    number=${number%.json}
    case $number in '' | 0* | *[!0-9]*) continue ;; esac
    [ "$number" -le "$claim_number" ] || claim_number=$number
  done
  path=$state/started.json
  [ "$claim_number" -eq 0 ] || path=$state/supervisor.$claim_number.json
  read_record "$path" || return 1
  claim=$record
}

# A counter of fixed width that a living supervisor rewrites in place about every second: that works on a full disk too.
start_heartbeat() {
  if { true >>"$state/supervisor.log"; } 2>/dev/null; then exec 2>>"$state/supervisor.log"; fi
  count=
  { read -r count <"$state/heartbeat"; } 2>/dev/null
  while :; do
    case $count in 0?*) count=${count#0} ;; *) break ;; esac
  done
  case $count in '' | *[!0-9]*) count=0 ;; esac
  read_process $$
  own_start=$process_start
  (
    while read_process $$ && [ "$process_start" = "$own_start" ]; do
      [ "$process_state" = T ] || count=$((count + 1))
      printf '%012d\n' "$count" 1<>"$state/heartbeat"
      sleep 1
    done
  ) >/dev/null 2>&1 &
  heartbeat=$!
}

stop_heartbeat() {
  kill "$heartbeat" 2>/dev/null
}

# Judges the newest supervisor, and tells how long it has heard nothing of the job. One of another host is alive while its
# heartbeat is young, and never dead.
print_state() {
  if ! newest_claim; then
    # One that made the folder and never said who it is will not start anything that an adopter has not allowed.
    if [ -d "$attempt_folder" ] && ! is_young "$attempt_folder"; then echo dead; else echo unknown; fi
    return
  fi
  judge "$claim"
  if [ "$verdict" = unknown ] && is_young "$state/heartbeat"; then verdict=alive; fi
  silence=
  { read -r silence _ <"$state/silence"; } 2>/dev/null
  echo "$verdict${silence:+ $silence}"
}

# True when the file was changed within several beats, by this machine's clock; a busy machine skips some.
is_young() {
  changed=$(stat -c %Y "$1" 2>/dev/null) || return 1
  age=$(($(date +%s) - changed))
  [ "$age" -ge -10 ] && [ "$age" -le 10 ]
}

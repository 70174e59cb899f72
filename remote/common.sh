# Names, records and clocks that every part of the supervisor shares. Sourced, never run. POSIX sh with coreutils or
# busybox; records are one line of JSON each, written by these scripts alone, so that parameter expansion can read them.

# Names are bytes here; a job gets the login's own value back.
: "${COSMOS_LC_ALL=${LC_ALL:-}}"
LC_ALL=C
export LC_ALL COSMOS_LC_ALL
NEWLINE='
'
# What a container runtime may need to know; a job sees none of it.
RUNTIME_NAMES='DOCKER_HOST DOCKER_CONFIG DOCKER_CONTEXT CONTAINER_HOST CONTAINERS_CONF CONTAINERS_STORAGE_CONF'
RUNTIME_NAMES="$RUNTIME_NAMES XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS"

# set_paths FOLDER ATTEMPT: every path of one attempt. A forged name ends the program before it touches anything.
set_paths() {
  folder=$1
  attempt=$2
  id=${folder##*/}
  case $folder in *"$NEWLINE"* | [!/]* | '') refuse 'the job folder is not an absolute path' ;; esac
  case $id in '' | . | .. | *[!A-Za-z0-9._-]*) refuse 'the job has an impossible id' ;; esac
  case $attempt in '' | 0* | *[!0-9]*) refuse 'the attempt is not a number' ;; esac
  attempts=$folder/attempts
  attempt_folder=$attempts/$attempt
  log=$attempt_folder/log
  outputs=$attempt_folder/outputs
  sums=$attempt_folder/SHA256SUMS
  state=$attempt_folder/state
  container_name=cosmos-$id-a$attempt
}

refuse() {
  printf 'cosmos: %s\n' "$1" >&2
  exit 2
}

# A line of ours in the job's own log. A full disk must not stop the supervisor from saying the rest.
append_line() {
  { printf 'cosmos: %s\n' "$1" >>"$log"; } 2>/dev/null
}

# Every line of the standard input, as lines of ours in the log.
append_lines() {
  while IFS= read -r line || [ -n "$line" ]; do append_line "$line"; done
}

# Prefers to sync the named files alone; old tools can only sync everything.
sync_paths() {
  sync -- "$@" 2>/dev/null || sync
}

# Milliseconds where `date` knows them.
now_iso() {
  now=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
  case $now in *.[0-9][0-9][0-9]Z) printf '%s\n' "$now" ;; *) now_since_boot ;; esac
}

# Elsewhere hundredths. The time of boot is known in whole seconds, so that the instant may be up to one second early; the
# time between two of them is right.
now_since_boot() {
  read_uptime
  booted=$(sed -n 's/^btime //p' /proc/stat 2>/dev/null)
  fraction=$((uptime % 100 + 100))0
  now=$(date -u -d "@$((booted + uptime / 100))" +%Y-%m-%dT%H:%M:%S 2>/dev/null) && [ -n "$booted" ] ||
    now=$(date -u +%Y-%m-%dT%H:%M:%S) fraction=1000
  printf '%s.%sZ\n' "$now" "${fraction#1}"
}

# Hundredths of a second since boot, in `uptime`: no clock that anybody can set.
read_uptime() {
  read -r uptime _ </proc/uptime
  uptime=${uptime%.*}${uptime#*.}
  while :; do
    case $uptime in 0?*) uptime=${uptime#0} ;; *) break ;; esac
  done
}

nap() {
  sleep 0.2 2>/dev/null || sleep 1
}

# A named instant at which a test stops a real process, by COSMOS_PAUSE_AT, until it is continued or killed.
pause_point() {
  [ "${COSMOS_PAUSE_AT:-}" != "$1" ] || kill -STOP $$
}

# read_process PID: `process_state` and `process_start` (field 22 of proc_pid_stat(5)), both empty when there is none.
# The name in parentheses may hold anything, newlines included, so fields count from the last parenthesis.
read_process() {
  process_state=
  process_start=
  text=
  { while IFS= read -r line || [ -n "$line" ]; do text="$text $line"; done <"/proc/$1/stat"; } 2>/dev/null || return 0
  text=${text##*)}
  # shellcheck disable=SC2086 # the fields are words
  set -- $text
  process_state=${1:-}
  process_start=${20:-}
}

# The surroundings in which a pid means something.
set_surroundings() {
  [ -z "${host:-}" ] || return 0
  host=
  boot=
  { read -r host </etc/machine-id; } 2>/dev/null
  [ -n "$host" ] || host=$(hostname 2>/dev/null) || host=
  host=$(printf %s "$host" | tr -cd 'A-Za-z0-9._-')
  { read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
  namespace=$(readlink /proc/self/ns/pid 2>/dev/null)
}

text_or_null() {
  if [ -n "$1" ]; then printf '"%s"' "$1"; else printf null; fi
}

# identity PID: the JSON of a process of this host, as process-identity.ts writes it.
identity() {
  set_surroundings
  read_process "$1"
  printf '{"host":"%s","boot":%s,"namespace":%s,"pid":%s,"start":%s}' "$host" "$(text_or_null "$boot")" \
    "$(text_or_null "$namespace")" "$1" "$(text_or_null "$process_start")"
}

# field NAME RECORD: the value of a member, without quotes, in `value`; empty for null and for what is not there.
field() {
  value=
  case $2 in *"\"$1\":"*) ;; *) return 0 ;; esac
  value=${2#*"\"$1\":"}
  case $value in
    '"'*)
      value=${value#'"'}
      value=${value%%'"'*}
      ;;
    *)
      value=${value%%[,\}]*}
      [ "$value" != null ] || value=
      ;;
  esac
}

# read_record PATH: the one line of a record in `record`; false when it is absent or torn.
read_record() {
  record=
  { IFS= read -r record <"$1"; } 2>/dev/null
  record=${record%"${record##*[! ]}"}
  case $record in '{'*'}') return 0 ;; esac
  record=
  return 1
}

# judge RECORD: `alive`, `dead` or `unknown` in `verdict`. Doubt is never proof: another host, or another pid namespace
# of the same boot, says nothing about a process.
judge() {
  set_surroundings
  verdict=unknown
  field host "$1"
  [ "$value" = "$host" ] || return 0
  field boot "$1"
  if [ -n "$value" ] && [ -n "$boot" ] && [ "$value" != "$boot" ]; then
    verdict=dead
    return 0
  fi
  field namespace "$1"
  [ "$value" = "$namespace" ] || return 0
  field pid "$1"
  judge_pid "$value" "$1"
}

judge_pid() {
  case $1 in '' | *[!0-9]*) return 0 ;; esac
  field start "$2"
  read_process "$1"
  case $process_state in
    Z | X) verdict=dead ;;
    '') kill -0 "$1" 2>/dev/null || [ -e "/proc/$1" ] || [ ! -e /proc/self/stat ] || verdict=dead ;;
    *)
      [ -n "$value" ] || return 0
      if [ "$value" = "$process_start" ]; then verdict=alive; else verdict=dead; fi
      ;;
  esac
}

is_dead() {
  judge "$1"
  [ "$verdict" = dead ]
}

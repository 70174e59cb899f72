# The line for the GPUs of this machine: files in one folder, kept on the machine and not below a root, which may be a
# shared network folder.
#   line      whoever holds the lock on it may change the line: join and leave it, hold and move a ticket, take slots
#   ticket.N  a job that waits: the lowest of a living supervisor takes slots as they become free
#   held.N    one that the others pass until somebody releases it; it keeps its number, and so its place
#   UUID      the slot of a GPU: whoever holds the lock on it has the GPU. Its text names the job that took it last, and
#             says nothing while nobody holds the lock.
# A ticket is a record of its supervisor, its job, and when it was taken, by the clock that nobody can set. Tickets are
# only ever renamed, never rewritten, so that what was given back cannot come back.

slots=${COSMOS_SLOTS:-/var/tmp/cosmos-slots-$(id -u)}
# Leaves room below for all that will ever be moved to the front.
FIRST_NUMBER=1000000

# Seconds; a supervisor comes again.
line_patience=2

# in_line COMMAND...: runs it while nobody else changes the line. False, too, when somebody was at it for too long.
in_line() {
  [ -d "$slots" ] || mkdir -p -m 700 "$slots"
  { flock -w "$line_patience" 9 && "$@"; } 9>>"$slots/line"
}

# each_ticket COMMAND: calls it with `path`, `number` and `record` of every ticket, in no order.
each_ticket() {
  for path in "$slots"/ticket.* "$slots"/held.*; do
    number=${path##*.}
    case $number in '' | *[!0-9]*) continue ;; esac
    [ -f "$path" ] && read_record "$path" || continue
    "$1"
  done
}

# find_place TICKET: `own` is the path of the ticket with this record, `ahead` how many of the `waiting` are before it.
# False when it is nowhere; without the lock it may only be on its way to another name.
find_place() {
  wanted=$1
  own=
  ahead=0
  waiting=0
  each_ticket note_own
  [ -n "$own" ] || return 1
  own_number=${own##*.}
  each_ticket count_ticket
}

note_own() {
  [ "$record" != "$wanted" ] || own=$path
}

count_ticket() {
  if is_held "$path" || is_dead "$record"; then return; fi
  waiting=$((waiting + 1))
  [ "$number" -ge "$own_number" ] || ahead=$((ahead + 1))
}

is_held() {
  case ${1##*/} in held.*) return 0 ;; esac
  return 1
}

# is_taken UUID: somebody holds the lock on the slot. Who takes slots waits for a look like this one.
is_taken() {
  [ -f "$slots/$1" ] || return 1
  flock -n "$slots/$1" true 2>/dev/null
  [ $? -eq 1 ]
}

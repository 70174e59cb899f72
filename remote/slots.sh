# One slot per GPU of the machine: whoever holds the lock on its file has it. Supervisors that wait stand in a line of
# numbered tickets; the lowest ticket of a living supervisor takes slots as they become free. Kept on the machine and not
# below the root, which may be a shared network folder. Without nvidia-smi or a flock that can exec there is no line.

slots=${COSMOS_SLOTS:-/var/tmp/cosmos-slots-$(id -u)}

# take_slots: `slot_gpus` is what the job may use. False, with `obstacle`, when it was cancelled while it waited.
take_slots() {
  slot_gpus= gpu_list=
  has_too_few=false
  ticket=
  has_line || return 0
  take_ticket || return 0
  until find_place && find_free; do
    if [ -e "$state/cancel" ]; then
      leave_line
      obstacle=cancel
      return 1
    fi
    # A second is nothing to a job that fills a GPU.
    sleep 1
  done
  gpu_list=$(printf %s "$slot_gpus" | tr ' ' ,)
}

has_line() {
  [ "$job_gpus" -gt 0 ] || return 1
  gpus=$(nvidia-smi --query-gpu=uuid --format=csv,noheader 2>/dev/null | grep -x 'GPU-[A-Za-z0-9-]*') || return 1
  # shellcheck disable=SC2086 # the names are words
  set -- $gpus
  if [ $# -lt "$job_gpus" ]; then
    append_line "the job asks for $job_gpus GPUs, and this machine has $#"
    has_too_few=true
    return 1
  fi
  # Without a line, a container gets the first ones.
  gpu_list=$(printf '%s\n' "$gpus" | head -n "$job_gpus" | tr '\n' ,)
  gpu_list=${gpu_list%,}
  mkdir -p -m 700 "$slots" 2>/dev/null
  flock -F -n "$slots/probe.$$" true 2>/dev/null
  can_exec=$?
  rm -f "$slots/probe.$$"
  [ "$can_exec" -eq 0 ]
}

# The next number that nobody has.
take_ticket() {
  number=0
  for path in "$slots"/ticket.*; do
    case ${path##*.} in '' | *[!0-9]*) continue ;; esac
    [ "${path##*.}" -le "$number" ] || number=${path##*.}
  done
  while :; do
    number=$((number + 1))
    ticket=$slots/ticket.$number
    create_exclusive "$ticket" "$(identity $$)"
    case $? in
      0) return 0 ;;
      1) ;;
      *) break ;;
    esac
  done
  ticket=
  return 1
}

# True for the first in the line. Tickets of supervisors that are proven dead are torn up.
find_place() {
  ahead=0
  waiting=0
  for path in "$slots"/ticket.*; do
    case ${path##*.} in '' | *[!0-9]*) continue ;; esac
    read_record "$path" || continue
    if is_dead "$record"; then
      rm -f "$path"
      continue
    fi
    waiting=$((waiting + 1))
    [ "${path##*.}" -ge "${ticket##*.}" ] || ahead=$((ahead + 1))
  done
  tell_place "$((ahead + 1)) of $waiting"
  [ "$ahead" -eq 0 ]
}

tell_place() {
  [ "${told:-}" = "$1" ] || publish "$state/place" "$1"
  told=$1
}

find_free() {
  slot_gpus=
  count=0
  for gpu in $gpus; do
    [ "$count" -lt "$job_gpus" ] || break
    flock -n "$slots/$gpu" true 2>/dev/null || continue
    slot_gpus="$slot_gpus${slot_gpus:+ }$gpu"
    count=$((count + 1))
  done
  [ "$count" -eq "$job_gpus" ]
}

# Called once the job holds its slots: the next in the line may look.
leave_line() {
  [ -z "$ticket" ] || rm -f "$ticket" "$state/place"
  ticket=
}

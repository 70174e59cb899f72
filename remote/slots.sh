# How a supervisor gets the GPUs of its job: it waits for the jobs that must have ended before, then in the line. Without
# nvidia-smi or a flock that can exec there is no line, and the job starts at once. What it waits for is in state/place.

ticket=
slot_gpus=
gpu_list=
has_too_few=false

# Starts the job when it is its turn. False, with `obstacle`, when it must not be started any more.
start_in_turn() {
  obstacle=
  await_others || return 1
  if ! has_line; then
    start_job
    return 0
  fi
  until is_next && in_line take_slots; do
    [ ! -e "$state/cancel" ] || obstacle=cancel
    if [ -n "$obstacle" ]; then
      in_line leave_line
      return 1
    fi
    # A second is nothing to a job that fills a GPU.
    sleep 1
  done
}

# Pure order: however the others ended, they have. A job whose folder is gone is at home already.
await_others() {
  while find_unended; do
    if [ -e "$state/cancel" ]; then
      obstacle=cancel
      return 1
    fi
    tell_place "after$unended"
    sleep 1
  done
}

find_unended() {
  unended=
  for other in $job_after; do has_ended "${folder%/*}/$other" || unended="$unended $other"; done
  [ -n "$unended" ]
}

has_ended() {
  [ -d "$1" ] || return 0
  last=0
  for path in "$1"/attempts/*; do
    case ${path##*/} in *[!0-9]*) continue ;; esac
    [ "${path##*/}" -le "$last" ] || last=${path##*/}
  done
  [ -e "$1/attempts/$last/state/exit.json" ]
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

# A look without the lock, which many may take at once. Whoever seems to be next looks again with it.
is_next() {
  find_place "$ticket" || return 0
  tell_own_place
  ! is_held "$own" && [ "$ahead" -eq 0 ] && find_free
}

# With the lock of the line. True once the job is on its way and its slots are its own.
take_slots() {
  find_place "$ticket" || take_ticket || return 1
  tear_dead
  tell_own_place
  ! is_held "$own" && [ "$ahead" -eq 0 ] && find_free || return 1
  pause_point supervisor-takes-slots
  read_uptime
  for gpu in $slot_gpus; do printf '{%s}\n' "$(job_record)" >"$slots/$gpu"; done
  gpu_list=$(printf %s "$slot_gpus" | tr ' ' ,)
  start_job
  leave_line
  return 0
}

# With the lock. A job that is held takes its ticket so: it may have been held before this attempt.
take_ticket() {
  number=$FIRST_NUMBER
  highest=$((number - 1))
  each_ticket note_highest
  read_uptime
  ticket=$(identity $$)
  ticket="${ticket%\}},$(job_record)}"
  kind=ticket
  [ ! -e "$folder/hold" ] || kind=held
  if create_exclusive "$slots/$kind.$((highest + 1))" "$ticket"; then
    find_place "$ticket"
    return
  fi
  append_line "the line for GPUs in $slots cannot be written"
  obstacle=no-space
  return 1
}

note_highest() {
  [ "$number" -le "$highest" ] || highest=$number
}

job_record() {
  printf '"job":"%s","attempt":%s,"gpus":%s,"uptime":%s' "$id" "$attempt" "$job_gpus" "$uptime"
}

tear_dead() {
  each_ticket tear_if_dead
}

tear_if_dead() {
  ! is_dead "$record" || rm -f "$path"
}

tell_own_place() {
  if is_held "$own"; then tell_place held; else tell_place "$((ahead + 1)) of $waiting"; fi
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
    ! is_taken "$gpu" || continue
    slot_gpus="$slot_gpus${slot_gpus:+ }$gpu"
    count=$((count + 1))
  done
  [ "$count" -eq "$job_gpus" ]
}

# With the lock, which goes with the ticket: once the slots are held, the next may look.
leave_line() {
  [ -n "$ticket" ] || return 0
  ! find_place "$ticket" || rm -f "$own"
  rm -f "$state/place"
  ticket=
  flock -u 9
}

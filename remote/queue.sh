# look | hold FOLDER ATTEMPT | release FOLDER ATTEMPT | first FOLDER ATTEMPT
# What people ask of the line for GPUs. Comes on the standard input of a shell, after common.sh, state.sh and line.sh.
# `look` changes nothing, and prints lines of NAME<tab>VALUE...; the others change the ticket of one job, with the lock of
# the line, so that a supervisor either has taken its slots before or sees the change. They print one line: `in<tab>PLACE`
# (as in state/place), or why there is nothing to change: `off`, `absent`, `dead`, `busy`.

# Seconds; whoever starts a job has the line for less.
line_patience=4
TAB=$(printf '\t')

main() {
  case $1 in
    look) look ;;
    hold | release | first) change "$@" ;;
    *) refuse "there is no word '$1'" ;;
  esac
}

say() {
  printf '%s\t%s\n' "$1" "$2"
}

look() {
  read_uptime
  if command -v flock >/dev/null; then say line on; else say line off; fi
  uuids=
  gpus=$(nvidia-smi --query-gpu=index,uuid,name --format=csv,noheader 2>/dev/null) || gpus=
  while IFS=', ' read -r index uuid name; do
    case $uuid in '' | *[!A-Za-z0-9.-]*) continue ;; esac
    uuids="$uuids $uuid"
    say gpu "$index$TAB$uuid$TAB$name"
  done <<END
$gpus
END
  own_slots=$slots
  owner=
  look_with_lock
  for slots in "${own_slots%/*}"/cosmos-slots-*; do
    [ -d "$slots" ] && [ "$slots" != "$own_slots" ] || continue
    owner=$(stat -c %U "$slots")
    if [ -r "$slots" ] && [ -x "$slots" ]; then look_with_lock; else say closed "$owner"; fi
  done
}

# What is in the middle of a change is worth a moment, but no more.
look_with_lock() {
  if [ -f "$slots/line" ]; then
    { flock -w 1 9; look_at_line; } 9<"$slots/line"
  else
    look_at_line
  fi
}

look_at_line() {
  for uuid in $uuids; do
    is_taken "$uuid" || continue
    read_record "$slots/$uuid"
    say slot "$owner$TAB$uuid$TAB$(age_of "$record")$TAB$record"
  done
  each_ticket say_ticket
}

say_ticket() {
  judge "$record"
  kind=waits
  ! is_held "$path" || kind=held
  say ticket "$owner$TAB$number$TAB$kind$TAB$verdict$TAB$(age_of "$record")$TAB$record"
}

# Seconds since the record was written; empty for one that does not say when.
age_of() {
  field uptime "$1"
  case $value in '' | *[!0-9]*) return 0 ;; esac
  echo $(((uptime - value) / 100))
}

change() {
  set_paths "$2" "$3"
  if ! command -v flock >/dev/null; then
    echo off
  elif ! [ -d "$slots" ]; then
    echo absent
  elif ! in_line change_ticket "$1"; then
    echo busy
  fi
}

change_ticket() {
  asked=
  each_ticket note_asked
  if [ -z "$asked" ]; then
    change_early "$1"
  elif is_dead "$asked"; then
    echo dead
  else
    find_place "$asked"
    "$1_ticket"
    find_place "$asked"
    if is_held "$own"; then say in held; else say in "$((ahead + 1)) of $waiting"; fi
  fi
}

note_asked() {
  field job "$record"
  [ "$value" = "$id" ] || return 0
  field attempt "$record"
  [ "$value" != "$attempt" ] || asked=$record
}

# The mark in the job's folder is for a ticket that is taken later, by this attempt or the next.
hold_ticket() {
  true >"$folder/hold"
  is_held "$own" || mv "$own" "$slots/held.$own_number"
}

release_ticket() {
  rm -f "$folder/hold"
  ! is_held "$own" || mv "$own" "$slots/ticket.$own_number"
}

first_ticket() {
  lowest=$own_number
  each_ticket note_lowest
  [ "$lowest" -eq "$own_number" ] || [ "$lowest" -eq 0 ] || mv "$own" "${own%.*}.$((lowest - 1))"
}

note_lowest() {
  [ "$number" -ge "$lowest" ] || lowest=$number
}

# A job that waits for others to end has no ticket yet.
change_early() {
  place=
  { read -r place <"$state/place"; } 2>/dev/null
  case $1,$place in
    hold,after*) true >"$folder/hold" ;;
    release,after*) rm -f "$folder/hold" ;;
    *)
      echo absent
      return
      ;;
  esac
  if newest_claim && ! is_dead "$claim"; then say in "$place"; else echo dead; fi
}

main "$@"

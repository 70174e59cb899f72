# Small files of the job protocol, written so that a crash leaves them whole or absent, and so that a full disk does not
# stop the two that must be written last: their space is taken before the job starts.

# One page of every common filesystem; a state/rc takes less than 200 bytes.
RC_BYTES=4096
# Room for some hundred refused names; the lists in an exit record are cut to fit.
EXIT_BYTES=65536

# create_exclusive PATH TEXT: creates the file whole, or not at all. 0: it is ours; 1: somebody was first; 2: no space.
create_exclusive() {
  if ! { printf '%s\n' "$2" >"$1.$$.tmp"; } 2>/dev/null || [ ! -s "$1.$$.tmp" ]; then
    rm -f "$1.$$.tmp"
    return 2
  fi
  sync_paths "$1.$$.tmp"
  created=1
  if ln "$1.$$.tmp" "$1" 2>/dev/null; then
    created=0
  elif [ ! -e "$1" ] && (set -C && printf '%s\n' "$2" >"$1") 2>/dev/null; then
    # No hard links here: still exclusive, but a crash may tear it.
    created=0
  fi
  rm -f "$1.$$.tmp"
  [ "$created" -ne 0 ] || sync_paths "${1%/*}"
  return "$created"
}

# publish PATH TEXT: replaces the file as a whole. False on a full disk.
publish() {
  if { printf '%s\n' "$2" >"$1.$$.tmp"; } 2>/dev/null && [ -s "$1.$$.tmp" ]; then
    sync_paths "$1.$$.tmp"
    mv -f "$1.$$.tmp" "$1" && sync_paths "${1%/*}"
    return
  fi
  rm -f "$1.$$.tmp"
  return 1
}

# reserve PATH BYTES: takes the space for a later fill_reserved. False when there is not enough; what there was is kept.
reserve() {
  if [ -e "$1.tmp" ] && [ "$(wc -c <"$1.tmp")" -ge "$2" ]; then return 0; fi
  { printf "%${2}s" '' >"$1.tmp"; } 2>/dev/null
  sync_paths "$1.tmp"
  [ -e "$1.tmp" ] && [ "$(wc -c <"$1.tmp")" -ge "$2" ]
}

# fill_reserved PATH TEXT: writes into the reserved space, padded with spaces, and renames it into place.
fill_reserved() {
  size=$(wc -c <"$1.tmp" 2>/dev/null) || size=0
  if [ "$size" -le "${#2}" ]; then
    publish "$1" "$2"
    return
  fi
  printf "%-$((size - 1))s\n" "$2" | dd of="$1.tmp" bs=4096 conv=notrunc 2>/dev/null || return 1
  sync_paths "$1.tmp"
  mv -f "$1.tmp" "$1" && sync_paths "${1%/*}"
}

# Listing and hashing what a job left in outputs/, where it was produced. Only regular files with names that fit a line
# of SHA256SUMS; everything else is named as refused. Nothing here follows a link, and no program starts per file.

# list_outputs: writes SHA256SUMS. `sums_json` is its description, or `null` when the disk is too full; `lists` is a
# file with a line `r` for everything refused and `c` for everything that changed while it was hashed.
list_outputs() {
  sums_json=null
  lists=/dev/null
  rm -rf "$state"/work.*
  work=$state/work.$$
  mkdir "$work" 2>/dev/null || return 0
  # A folder that the job removed has no outputs; one that it replaced by something else is refused.
  if [ -d "$outputs" ] && [ ! -L "$outputs" ]; then
    (cd "$outputs" && find_names && hash_names) 2>>"$state/supervisor.log" || return 0
  else
    { true >"$work/joined" && true >"$work/listed"; } 2>/dev/null || return 0
    [ ! -e "$outputs" ] && [ ! -L "$outputs" ] || echo 'r.' >"$work/listed"
  fi
  write_sums
}

# Names with a newline are set apart by find itself, so that all others are lines from here on.
find_names() {
  {
    find . -name "*$NEWLINE*" -prune -exec awk -f "$library/names.awk" -f "$library/list.awk" {} + | sed 's/^/n/'
    find_other ! -name . -type d -exec sh -c '
      for path do if [ -r "$path" ] && [ -x "$path" ]; then kind=d; else kind=u; fi
        printf "%s%s\n" "$kind" "$path"; done' sh {} +
    find_other ! -type d ! -type f -print | sed 's/^/o/'
    find_other -type f -print | sed 's/^/f/'
    echo end
  } >"$work/found"
  [ "$(tail -n 1 "$work/found")" = end ] || return 1
  sed -n 's/^nr/r/p' "$work/found" >"$work/listed" || return 1
  sed -n '/^[duof]\.\//p' "$work/found" | awk -f "$library/names.awk" -f "$library/list.awk" >>"$work/listed"
}

find_other() {
  find . -name "*$NEWLINE*" -prune -o "$@"
}

hash_names() {
  sed -n 's/^f//p' "$work/listed" >"$work/names" || return 1
  tr '\n' '\0' <"$work/names" | xargs -0 sh "$library/hash-batch.sh" >"$work/hashed" || return 1
  join changes=1 "$work/hashed" >"$work/altered" || return 1
  if [ -s "$work/altered" ]; then
    sed 's/^/C/' "$work/altered" >>"$work/hashed" || return 1
    tr '\n' '\0' <"$work/altered" | xargs -0 sh "$library/hash-batch.sh" | sed -n '/^H/p' >>"$work/hashed"
  fi
  join changes=0 "$work/hashed" >"$work/joined" || return 1
  # A short list would pass for fewer outputs.
  [ "$(sed -n '/^[sr]/p' "$work/joined" | wc -l)" -eq "$(wc -l <"$work/names")" ]
}

join() {
  awk -f "$library/names.awk" -f "$library/join.awk" "$@"
}

# Sorted by name, because a tab comes before everything that a listed name can hold.
write_sums() {
  { sed -n '/^r/p' "$work/listed"; sed -n '/^[rc]/p' "$work/joined"; } | sort >"$work/lists" || return 0
  lists=$work/lists
  sed -n 's/^s//p' "$work/joined" | sort >"$work/sorted" || return 0
  format_sums >"$sums.$$.tmp" || return 0
  digest=$(sha256sum <"$sums.$$.tmp")
  if [ "$digest" != "$(format_sums | sha256sum)" ]; then
    rm -f "$sums.$$.tmp"
    return 0
  fi
  # Everything that a job wrote, in one call where the system has it.
  sync -f "$attempt_folder" 2>/dev/null || sync
  mv -f "$sums.$$.tmp" "$sums" || return 0
  sync_paths "$attempt_folder"
  sums_json="{\"digest\":\"sha256:${digest%% *}\",\"size\":$(($(wc -c <"$sums"))),\"lines\":$(($(wc -l <"$sums")))}"
}

format_sums() {
  awk '{ tab = index($0, "\t"); print substr($0, tab + 1) "  " substr($0, 1, tab - 1) }' "$work/sorted"
}

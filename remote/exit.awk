# The lists at the end of an exit record, cut to fit: half of the longer one at a time. Lines `r` and `c` come in;
# HEAD is everything before the lists, LIMIT the room in bytes.

/^r/ { refused[++refused_count] = quote(substr($0, 2)) }
/^c/ { changed[++changed_count] = quote(substr($0, 2)) }
END {
  head = ENVIRON["HEAD"]
  # Room for the names of the members, the brackets and a count.
  room = ENVIRON["LIMIT"] - length(head) - 80
  total = refused_count + changed_count
  while (size_of(refused, refused_count) + size_of(changed, changed_count) > room) {
    if (refused_count >= changed_count) refused_count = int(refused_count / 2)
    else changed_count = int(changed_count / 2)
  }
  print head ",\"refused\":[" list_of(refused, refused_count) "],\"changed\":[" \
    list_of(changed, changed_count) "],\"omitted\":" (total - refused_count - changed_count) "}"
}

function quote(text,    i, shown, piece) {
  if (text !~ /["\\]/) return "\"" text "\""
  for (i = 1; i <= length(text); i++) {
    piece = substr(text, i, 1)
    shown = shown (piece == "\"" || piece == "\\" ? "\\" piece : piece)
  }
  return "\"" shown "\""
}

function size_of(list, count,    i, size) {
  for (i = 1; i <= count; i++) size += length(list[i]) + 1
  return size + 0
}

function list_of(list, count,    i, text) {
  for (i = 1; i <= count; i++) text = text (i > 1 ? "," : "") list[i]
  return text
}

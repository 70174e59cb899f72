# Which names can stand in a line of SHA256SUMS, and how the others are shown. Used with LC_ALL=C: a character is a byte.

BEGIN {
  for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i
  short[8] = "\\b"; short[9] = "\\t"; short[10] = "\\n"; short[12] = "\\f"; short[13] = "\\r"
}

# 0: may be listed; 1: holds a control character or a backslash; 2: is not UTF-8.
function judge(name,    at, size, step, worst) {
  if (name ~ /[\001-\037\177\\]/) worst = 1
  if (name !~ /[\200-\377]/) return worst + 0
  size = length(name)
  for (at = 1; at <= size; at += step) {
    step = sequence(name, at)
    if (step == 0) return 2
    if (step == 2 && code[substr(name, at, 1)] == 194 && code[substr(name, at + 1, 1)] < 160) worst = 1
  }
  return worst + 0
}

# Length in bytes of the UTF-8 sequence at `at`; 0 when there is none. RFC 3629, section 4.
function sequence(text, at,    lead, low, high, count, i, next_byte) {
  lead = code[substr(text, at, 1)]
  if (lead < 128) return 1
  if (lead < 194 || lead > 244) return 0
  count = lead < 224 ? 1 : lead < 240 ? 2 : 3
  low = lead == 224 ? 160 : lead == 240 ? 144 : 128
  high = lead == 237 ? 159 : lead == 244 ? 143 : 191
  for (i = 1; i <= count; i++) {
    next_byte = code[substr(text, at + i, 1)] + 0
    if (next_byte < low || next_byte > high) return 0
    low = 128; high = 191
  }
  return count + 1
}

# As inside a JSON string, with every control character escaped; bytes that are not UTF-8 become \u00NN.
function escape(text,    at, step, size, is_utf8, shown, byte, piece) {
  is_utf8 = judge(text) != 2
  size = length(text)
  for (at = 1; at <= size; at += step) {
    step = is_utf8 ? sequence(text, at) : 1
    piece = substr(text, at, step)
    byte = code[substr(text, at, 1)]
    if (step == 1) shown = shown escape_byte(piece, byte)
    else if (step == 2 && byte == 194 && code[substr(text, at + 1, 1)] < 160)
      shown = shown sprintf("\\u%04x", code[substr(text, at + 1, 1)])
    else shown = shown piece
  }
  return shown
}

function escape_byte(piece, byte) {
  if (piece == "\"") return "\\\""
  if (piece == "\\") return "\\\\"
  if (byte in short) return short[byte]
  if (byte < 32 || byte > 126) return sprintf("\\u%04x", byte)
  return piece
}

# The line about a path below outputs/: nothing below a folder that is itself refused; `r` and the escaped path of what
# is refused; else its kind and the path.
function describe(kind, path,    parent, last) {
  sub(/^\.\//, "", path)
  last = path
  sub(/^.*\//, "", last)
  parent = substr(path, 1, length(path) - length(last))
  if (judge(parent) != 0) return ""
  if (kind == "f" && judge(last) == 0) return "f" path
  if (kind == "d" && judge(last) == 0) return ""
  return "r" escape(parent) escape(last)
}

# Puts together what hash-batch.sh said about every listed file: lines `B` and `A` (size, time and name before and after
# the hashing) and `H` (digest and name; the last one counts). With changes=1 prints only the names that changed;
# else `s` name, tab, digest for each file, `c` for each changed one, and `r` for each that could not be read.

/^[BA]/ {
  first = index($0, "|")
  second = first + index(substr($0, first + 1), "|")
  name = substr($0, second + 1)
  facts = substr($0, 2, second - 2)
  if (/^B/) before[name] = facts
  else after[name] = facts
}
/^H/ { digest[substr($0, 68)] = substr($0, 2, 64) }
/^C/ { altered[substr($0, 2)] = 1 }
END {
  for (name in before) {
    if (changes) {
      if (before[name] != after[name]) print name
    } else if (name in digest) {
      print "s" name "\t" digest[name]
      if (name in altered) print "c" name
    } else print "r" escape(name)
  }
}

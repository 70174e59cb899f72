# Lines of a kind (d folder, u unreadable folder, o neither file nor folder, f file) and a path, judged one by one.
# With arguments instead of input, paths that no line can hold.

BEGIN {
  for (i = 1; i < ARGC; i++) tell(describe("o", ARGV[i]))
  if (ARGC > 1) exit
}
{ tell(describe(substr($0, 1, 1), substr($0, 2))) }

function tell(line) { if (line != "") print line }

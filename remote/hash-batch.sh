# sh hash-batch.sh FILE...: facts before, digests, facts after; see join.awk.
[ $# -gt 0 ] || exit 0
stat -c 'B%s|%y|%n' -- "$@"
sha256sum -- "$@" | sed 's/^/H/'
stat -c 'A%s|%y|%n' -- "$@"
exit 0

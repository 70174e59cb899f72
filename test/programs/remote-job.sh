# sh remote-job.sh KIND STARTS INPUT OUTPUTS
# A job for a machine that has nothing but a shell. STARTS is a file outside of the job's folder: it gets one line for
# each start, and `wait` ends when STARTS.go is there.

kind=$1
starts=$2
input=$3
outputs=$4
echo "$$" >>"$starts"
echo "job: $kind"

wait_for_go() {
  until [ -e "$starts.go" ]; do sleep 0.1; done
}

# make_frames COUNT: small files, and the result.
make_frames() {
  mkdir "$outputs/frames"
  cd "$outputs/frames" || exit 1
  seq 1 "$1" | awk '{ name = sprintf("%05d.txt", $1); print "frame " $1 >name; close(name) }'
  cp "$input" "$outputs/copy.txt"
}

case $kind in
  copy) cp "$input" "$outputs/copy.txt" ;;
  # What nobody has seen before.
  fresh) echo "made by $$" | cat "$input" - >"$outputs/copy.txt" ;;
  wait)
    echo 'half of it' >"$outputs/partial.txt"
    wait_for_go
    cp "$input" "$outputs/copy.txt"
    echo 'job: done'
    ;;
  fail)
    echo 'half of it' >"$outputs/partial.txt"
    echo 'the reactor is too hot' >&2
    exit 7
    ;;
  big)
    head -c 24000000 /dev/urandom >"$outputs/big.bin"
    cp "$input" "$outputs/copy.txt"
    ;;
  fill)
    cp "$input" "$outputs/copy.txt"
    exec head -c 100000000 /dev/zero >"$outputs/filler.bin"
    ;;
  many) make_frames 20000 ;;
  crowd) make_frames 99999 ;;
  hungry) dd if=/dev/zero of="$outputs/copy.txt" bs=200M count=1 ;;
  noise) while :; do echo 'a line that says nothing, and never the last one'; done ;;
esac

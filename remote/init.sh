# sh init.sh JOB_FOLDER ATTEMPT SECRETS_FOLDER
# The first process of a job's container: runs the wrapper, passes requests to stop on to everything in the container,
# and ends with the wrapper, whereupon the kernel ends whatever is left.

trap 'kill -TERM -1' TERM INT HUP
sh "${0%/*}/wrapper.sh" container "$@" </dev/null &
wrapper=$!
# A signal interrupts the wait, not the wrapper.
while kill -0 "$wrapper" 2>/dev/null; do wait "$wrapper"; done
exit 0

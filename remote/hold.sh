# sh hold.sh JOB_FOLDER ATTEMPT SUPERVISOR
# Inherits the locks of a container's slots, and ends with the container, whoever else is still there. SUPERVISOR is the
# identity of the one that starts it: without that, a container that is not there will not come.

library=${0%/*}
. "$library/common.sh"
set_paths "$1" "$2"
. "$folder/job.sh"
. "$library/container.sh"

true >"$state/held"
while [ ! -e "$state/wrapper.json" ] && [ ! -e "$state/exit.json" ] && ! is_dead "$3"; do nap; done
while ask_state; ! is_ended; do
  job_runtime wait "$container_name" >/dev/null 2>&1
  nap
done
rm -f "$state/held"

# A job that runs in a container: started detached under a name of its own, asked about by `inspect`, stopped by that
# name, and removed only after its end was recorded. The wrapper inside writes the log and state/rc itself.

# Between two questions to the runtime; state/rc is looked for more often.
ASK_AGAIN=200
# How long a wrapper that has recorded the end may take to hand the outputs over.
HAND_OVER=6000
asked_at=0
container_signal=

start_job() {
  case $folder$library in
    *[,\"]*)
      append_line 'a path with a comma or a quotation mark cannot be mounted'
      refuse_start
      return
      ;;
  esac
  # The line in the log says so already.
  if "$has_too_few"; then
    refuse_start
    return
  fi
  [ -z "$slot_gpus" ] || hold_slots
  secrets_folder=$(mktemp -d "${TMPDIR:-/tmp}/$container_name.XXXXXX")
  (umask 077 && printf '%s\n' "$secrets" >"$secrets_folder/secrets")
  secrets=
  # The mark: a successor ends a runtime's client that is still on its way. The folder: podman's conmon leaves the file
  # `oom` where it was started, when the kernel ends a process of the container for want of memory.
  (cd "$state" && export COSMOS_OUTPUTS="$outputs" && job_container run_container) >/dev/null 2>"$state/runtime.log"
  [ $? -eq 0 ] || refuse_start
  rm -f "$state/runtime.log"
  describe_container
}

run_container() {
  if [ "$job_gpus" -gt 0 ] && command -v nvidia-smi >/dev/null; then
    # shellcheck disable=SC2046 # the options are words
    set -- $(gpu_words "$gpu_list" job_runtime) "$@"
  fi
  job_runtime run -d --pull=never --name "$container_name" \
    --label "cosmos.job=$id" --label "cosmos.attempt=$attempt" \
    --mount "type=bind,source=$folder,target=$folder" \
    --mount "type=bind,source=$folder/inputs,target=$folder/inputs,readonly" \
    --mount "type=bind,source=$library,target=$library,readonly" \
    --mount "type=bind,source=$secrets_folder,target=$secrets_folder" \
    "$@" --entrypoint sh "$job_image" "$library/init.sh" "$folder" "$attempt" "$secrets_folder"
}

# A process of its own holds the slots while the container runs, with or without this supervisor.
hold_slots() {
  set -- sh "$library/hold.sh" "$folder" "$attempt" "$(identity $$)"
  for gpu in $slot_gpus; do set -- flock -F -w 5 "$slots/$gpu" "$@"; done
  setsid "$@" </dev/null 9>&- >/dev/null 2>&1 &
  turn=0
  until [ -e "$state/held" ] || [ "$turn" -ge 25 ]; do
    turn=$((turn + 1))
    nap
  done
  leave_line
}

# The runtime could not start the container. Nothing of it may start later, either. It is 125 whatever the runtime ended
# with: its 126 and 127 are about the container, podman's also about devices, and never about the program of the job.
refuse_start() {
  [ ! -e "$state/runtime.log" ] || append_lines <"$state/runtime.log"
  abandon_start || return 0
  is_refused=true
  start_reason=exit
  start_code=125
}

describe_container() {
  format='{"name":"%s","id":"{{.Id}}","image":"%s","imageId":"{{.Image}}","repoDigest":'
  # shellcheck disable=SC2059 # the format is ours
  record=$(job_runtime inspect --type container --format "$(printf "$format" "$container_name" "$job_image")" \
    "$container_name" 2>/dev/null) || return 0
  # Podman leaves the name of the algorithm out.
  case $record in
    *'"imageId":"sha256:'*) ;;
    *) record=$(printf %s "$record" | sed 's/"imageId":"/&sha256:/') ;;
  esac
  found=$(job_runtime image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$job_image" 2>/dev/null |
    sed -n 1p)
  publish "$state/container.json" "$record$(text_or_null "$found")}"
}

use_claim() {
  asked_at=0
}

# `container_state` is what the runtime says, `absent` with its word that there is none, `unknown` when it is silent.
ask_state() {
  container_state=$(
    job_runtime inspect --type container --format '{{.State.Status}}' "$container_name" 2>/dev/null
  ) && return 0
  container_state=unknown
  found=$(job_runtime ps -aq --filter "name=^/?$container_name\$" 2>/dev/null) || return 0
  [ -n "$found" ] || container_state=absent
}

job_is_gone() {
  "${is_refused:-false}" && return 0
  read_uptime
  [ $((uptime - asked_at)) -ge "$ASK_AGAIN" ] || return 1
  [ ! -e "$state/wrapper.json" ] || forget_secrets
  ask_state
  asked_at=$uptime
  is_ended
}

is_ended() {
  case $container_state in exited | stopped | dead | absent) return 0 ;; esac
  return 1
}

request_end() {
  job_runtime kill --signal TERM "$container_name" >/dev/null 2>&1
}

force_end() {
  job_runtime kill "$container_name" >/dev/null 2>&1
}

# clear_job CLAIM: returns when the container has ended. A container of another boot has.
clear_job() {
  forget_secrets
  set_surroundings
  field boot "$1"
  if [ -n "$value" ] && [ "$value" != "$boot" ]; then
    hand_over_late
    return
  fi
  read_uptime
  give_up_at=$((uptime + HAND_OVER))
  while ask_state; ! is_ended; do
    read_uptime
    if [ ! -e "$state/rc" ] || [ "$uptime" -ge "$give_up_at" ]; then force_end; fi
    nap
  done
  hand_over_late
  note_end
}

# What the runtime knows about the end, for the log; without a state/rc it is the only evidence of how.
note_end() {
  facts=$(
    job_runtime inspect --type container --format '{{.State.ExitCode}} {{.State.OOMKilled}} {{.State.Error}}' \
      "$container_name" 2>/dev/null
  ) || return 0
  code=${facts%% *}
  facts=${facts#* }
  if [ "${facts%% *}" = true ] || [ -e "$state/oom" ]; then exit_lacks_memory=true; fi
  [ -z "${facts#* }" ] || append_line "${facts#* }"
  [ ! -e "$state/rc" ] || return 0
  append_line "the container ended with exit code $code before the end of the job was recorded"
  case $code in '' | *[!0-9]*) return 0 ;; esac
  if [ "$code" -gt 128 ] && [ "$code" -le 159 ]; then container_signal=SIG$(kill -l $((code - 128))); fi
}

# A wrapper that was killed handed nothing over; only root of a container can give away what root of one has written.
hand_over_late() {
  [ "$(id -u)" -ne 0 ] || [ "$(stat -c %u "$folder")" -ne 0 ] || return 0
  [ -n "$(find "$attempt_folder" ! -user "$(stat -c %u "$folder")" 2>/dev/null | sed -n 1p)" ] || return 0
  job_runtime run --rm --pull=never --mount "type=bind,source=$attempt_folder,target=$attempt_folder" \
    --entrypoint chown "$job_image" -R -h "$(stat -c %u:%g "$folder")" "$attempt_folder" >/dev/null 2>&1 ||
    append_line 'the outputs could not be handed over to the owner of the job folder'
}

# Called when this supervisor has ruled out that the job starts.
rule_out_job() {
  clear_marked 0
  job_runtime rm -f "$container_name" >/dev/null 2>&1
}

# Those of a supervisor that was killed, too.
forget_secrets() {
  rm -rf "${TMPDIR:-/tmp}/$container_name".*
  secrets_folder=
}

# A container that ended before its wrapper could write anything said why in the runtime's own log only.
explain_silence() {
  "${is_refused:-false}" || job_runtime logs --tail 20 "$container_name" 2>&1 | append_lines
}

# Called when exit.json is written.
forget_job() {
  forget_secrets
  job_runtime rm -f "$container_name" >/dev/null 2>&1
}

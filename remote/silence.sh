# How long nothing was heard of a job: its log did not grow, and none of its GPUs was at work. Only for those who watch, who
# find it in state/silence with the longest of all so far, in milliseconds; nothing is ever ended for it. The longest goes
# into exit.json, so that later jobs can be compared with it.

# Between two looks, in hundredths of a second.
LISTEN_EVERY=500

# Goes on from the longest silence that a predecessor has heard.
start_listening() {
  longest_silence=0
  { read -r _ longest_silence <"$state/silence"; } 2>/dev/null
  case $longest_silence in '' | *[!0-9]*) longest_silence=0 ;; esac
  read_uptime
  heard_at=$uptime
  heard_size=
  listen_at=0
  [ -n "${gpu_list:-}" ] || find_own_gpus
}

# The GPUs whose slots an adopted job took.
find_own_gpus() {
  gpu_list=
  for path in "$slots"/GPU-*; do
    read_record "$path" || continue
    field job "$record"
    [ "$value" != "$id" ] || gpu_list="$gpu_list${gpu_list:+,}${path##*/}"
  done
}

# Takes the time from `uptime`. Rewritten in place, as the heartbeat is: that works on a full disk too.
listen() {
  [ "$uptime" -ge "$listen_at" ] || return 0
  listen_at=$((uptime + LISTEN_EVERY))
  size=$(stat -c %s "$log" 2>/dev/null)
  if [ "$size" != "$heard_size" ] || gpus_work; then
    heard_size=$size
    heard_at=$uptime
  fi
  silence=$(((uptime - heard_at) * 10))
  [ "$silence" -le "$longest_silence" ] || longest_silence=$silence
  printf '%12d %12d\n' "$silence" "$longest_silence" 2>/dev/null 1<>"$state/silence"
}

# True when a GPU of the job was at work at the last look. nvidia-smi answers into a file, for where the driver hangs
# nobody must wait for it: the job has to be stopped when somebody wants that.
gpus_work() {
  [ -n "$gpu_list" ] || return 1
  answer=end
  [ ! -e "$state/gpu-use" ] || answer=$(cat "$state/gpu-use")
  case $answer in *end) ask_gpus ;; esac
  case $answer in *failed*) return 1 ;; esac
  for use in $answer; do
    case $use in *[!0-9]*) ;; *[1-9]*) return 0 ;; esac
  done
  return 1
}

# One line for each GPU: how much of the last moment it was at work, in percent.
ask_gpus() {
  {
    nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits -i "$gpu_list" || echo failed
    echo end
  } 2>/dev/null >"$state/gpu-use" 9>&- &
}

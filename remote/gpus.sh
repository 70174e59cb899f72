# The words by which a runtime gives a container its GPUs. Sourced, or put before check.sh.

# gpu_words GPUS RUNTIME...: options for the GPUs of a list of UUIDs with commas, as words without spaces. Docker reads
# the list as a line of CSV. Podman takes each GPU as a device of the Container Device Interface: its --gpus did nothing
# before 5.0 (containers/podman pull requests 10430 and 21180). Specifications made by nvidia-ctk name UUIDs from 1.15
# on, older ones when asked (NVIDIA/nvidia-container-toolkit pull request 314). A list that is empty means all.
gpu_words() {
  listed=$1
  shift
  if is_podman "$@"; then
    for gpu in $(printf %s "${listed:-all}" | tr , ' '); do printf '%s ' --device "nvidia.com/gpu=$gpu"; done
  elif [ -n "$listed" ]; then
    printf '%s ' --gpus "\"device=$listed\""
  else
    printf '%s ' --gpus all
  fi
}

# By its own word, not by its name: podman may be called docker, and serve docker's client. Podman 3 names itself with
# its version only, a service of podman with its parts only.
is_podman() {
  { "$@" --version; "$@" version; } 2>/dev/null | grep -qi podman
}

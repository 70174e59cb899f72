#!/bin/sh
# What a target is and has, as lines of NAME<tab>VALUE. Changes nothing but one throwaway container.
# Usage: check.sh ROOT IMAGE TRY [NAME PATH]... -- [RUNTIME...]
# Comes on the standard input of a shell, after gpus.sh and logind.sh. IMAGE is empty without one; TRY is "yes" to start
# a container of it; NAME PATH are folders, or files with something in them, to look for; RUNTIME is the command of the
# container runtime, empty for targets without containers.
LC_ALL=C
export LC_ALL

say() {
  printf '%s\t%s\n' "$1" "$2"
}

# The first lines of a message, as one.
line() {
  head -n 4 | tr '\t\n' '  ' | cut -c 1-400
}

root=$1
image=$2
try=$3
shift 3

say system "$(uname -s) $(uname -r) $(uname -m)"
say user "$(id -un)"

# Space where the root is, or will be.
folder=$root
while [ ! -d "$folder" ] && [ "$folder" != / ]; do
  folder=$(dirname -- "$folder")
done
say free "$(df -Pk -- "$folder" 2>/dev/null | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')"
if [ -w "$folder" ]; then say writable yes; else say writable no; fi

for tool in setsid sha256sum flock find stat; do
  if command -v "$tool" >/dev/null 2>&1; then say "tool.$tool" yes; else say "tool.$tool" no; fi
done

if ends_at_logout; then
  say logind.kills yes
  if has_manager; then say logind.manager yes; fi
fi
say logind.lingers "$(lingers)"

while [ "$#" -gt 0 ] && [ "$1" != -- ]; do
  if [ -d "$2" ] || [ -s "$2" ]; then say "found.$1" yes; else say "found.$1" no; fi
  shift 2
done
shift

uuids=
if command -v nvidia-smi >/dev/null 2>&1; then
  fields=index,name,uuid,driver_version,memory.total,memory.used,utilization.gpu,temperature.gpu,power.draw
  gpus=$(nvidia-smi --query-gpu="$fields" --format=csv,noheader,nounits 2>&1)
  # Complaints stand beside the table, whatever the exit status: a corrupted infoROM is 14 after a whole table.
  say gpu.note "$(printf '%s\n' "$gpus" | grep -v '^[0-9]*, ' | line)"
  gpus=$(printf '%s\n' "$gpus" | grep '^[0-9]*, ')
  uuids=$(printf '%s\n' "$gpus" | awk -F ', *' '{ printf "%s%s", (NR > 1 ? "," : ""), $3 }')
  [ -z "$gpus" ] || printf '%s\n' "$gpus" | while IFS= read -r gpu; do say gpu "$gpu"; done
fi

[ "$#" -gt 0 ] || exit 0
if ! command -v -- "$1" >/dev/null 2>&1; then
  say runtime.error "there is no program $(printf '%s\n' "$1" | line)"
  exit 0
fi
if ! version=$("$@" version --format '{{.Server.Version}}' 2>/dev/null); then
  # Podman has no server; a client whose engine is down has a version, and nothing to say.
  if ! answer=$("$@" info 2>&1 >/dev/null); then
    say runtime.error "$(printf '%s\n' "$answer" | line)"
    exit 0
  fi
  version=$("$@" --version 2>&1)
fi
say runtime.version "$(printf '%s\n' "$version" | line)"
if [ "$("$@" info --format '{{.Host.Security.Rootless}}' 2>/dev/null)" = true ]; then say runtime.rootless yes; fi

[ -n "$image" ] || exit 0
if ! id=$("$@" image inspect --format '{{.Id}}' "$image" 2>&1); then
  say image.error "$(printf '%s\n' "$id" | line)"
  exit 0
fi
say image.id "sha256:${id#sha256:}"
say image.digest "$("$@" image inspect --format '{{range .RepoDigests}}{{.}} {{end}}' "$image" 2>/dev/null | cut -d ' ' -f 1)"

[ "$try" = yes ] || exit 0
words=
[ -z "$uuids" ] || words=$(gpu_words "$uuids" "$@")
# shellcheck disable=SC2086 # the options are words
answer=$("$@" run --rm --network none $words --entrypoint sh "$image" -c 'echo cosmos' 2>&1)
if [ "$answer" = cosmos ]; then
  say container.try ok
else
  say container.try "$(printf '%s\n' "$answer" | line)"
fi

# What systemd's logind does to what a user leaves running. Sourced, or put before check.sh.

# ends_at_logout: true where logind ends the processes of this user's sessions as they close, by the rule of its
# manager_shall_kill(): never for KillExcludeUsers, else for KillOnlyUsers if it names anybody, else by KillUserProcesses.
# Lingering protects nothing that is part of a session.
ends_at_logout() {
  command -v busctl >/dev/null 2>&1 || return 1
  said=$(busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager \
    KillUserProcesses KillExcludeUsers KillOnlyUsers 2>/dev/null) || return 1
  # One line each: `b true`, then lists such as `as 1 "root"`.
  printf '%s\n' "$said" | USER_NAME="$(id -un)" awk '
    NR == 1 { kills = $2 == "true" }
    { is_named = index($0 " ", " \"" ENVIRON["USER_NAME"] "\" ") > 0 }
    NR == 2 { is_excluded = is_named }
    NR == 3 && $2 > 0 { kills = is_named }
    END { exit !(kills && !is_excluded) }'
}

# has_manager: true where systemd-run(1) can start something below the user's own manager, user@UID.service, and so
# outside the session. That manager lives as long as one session does; with lingering, always.
has_manager() {
  command -v systemd-run >/dev/null 2>&1 || return 1
  [ -n "${XDG_RUNTIME_DIR:-}" ] || export XDG_RUNTIME_DIR="/run/user/$(id -u)"
  systemd-run --user --scope --quiet -- true </dev/null >/dev/null 2>&1
}

# `yes` or `no`; nothing where logind does not say.
lingers() {
  loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null
}

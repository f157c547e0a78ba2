# shellcheck shell=bash
# What the scripts share. To be sourced.

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export REPO

# A machine may have another client, python or compiler first on PATH: Debian's are meant.
PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH

if [ -t 1 ]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' PLAIN=$'\e[0m'
else
  BOLD='' DIM='' PLAIN=''
fi

section() { printf '\n%s== %s%s  %s(%s)%s\n' "$BOLD" "$*" "$PLAIN" "$DIM" "$(date +%T)" "$PLAIN"; }
note() { printf '%s%s%s\n' "$DIM" "$*" "$PLAIN"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# What the head of the script says.
show_help() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
  exit 0
}

# Runs a command as root: itself if we are root, else with sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    die "this needs root: run it as root, or install sudo (wanted: $*)"
  fi
}

# wait_until SECONDS COMMAND...: tries until the command succeeds or the time is over.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}

# /proc tells also of processes of other users, which kill -0 refuses. A zombie has ended.
is_gone() {
  local state
  state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
  [ -z "$state" ] || [ "$state" = Z ]
}

# stop_pid PID SECONDS: asks it to end, insists when the time is over.
stop_pid() {
  is_gone "$1" && return 0
  as_root kill "$1" 2>/dev/null || true
  wait_until "$2" is_gone "$1" && return 0
  as_root kill -KILL "$1" 2>/dev/null || true
  wait_until 5 is_gone "$1"
}

# free_port PORT: a port on 127.0.0.1 that was free a moment ago; PORT, when it was. 0: any.
free_port() {
  python3 - "$1" <<'END'
import socket, sys
for port in (int(sys.argv[1]), 0):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(probe.getsockname()[1])
        break
END
}

# shellcheck shell=bash
# Functions that the scripts share. To be sourced.

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export REPO

# The scripts need Debian's programs. Another client, Python or compiler may come first in PATH.
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

# Prints the comment at the head of the script.
show_help() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
  exit 0
}

# Runs a command as root: directly if we are root, otherwise with sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    die "this needs root: run it as root, or install sudo (wanted: $*)"
  fi
}

# wait_until SECONDS COMMAND...: repeats the command until it succeeds. Fails if the time is over.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}

# is_gone PID: whether the process has ended; a zombie counts as ended. It reads /proc, because kill -0 fails for
# processes of other users.
is_gone() {
  local state
  state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
  [ -z "$state" ] || [ "$state" = Z ]
}

# stop_pid PID SECONDS: sends SIGTERM to the process, and SIGKILL if it has not ended after that time.
stop_pid() {
  is_gone "$1" && return 0
  as_root kill "$1" 2>/dev/null || true
  wait_until "$2" is_gone "$1" && return 0
  as_root kill -KILL "$1" 2>/dev/null || true
  wait_until 5 is_gone "$1"
}

# free_port PORT: prints a port on 127.0.0.1 that was free a moment ago: PORT, or any if PORT was in use or is 0.
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

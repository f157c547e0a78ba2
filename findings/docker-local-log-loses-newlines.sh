#!/bin/sh
# Docker's log driver "local" loses the newline of a line that fills its buffer.
#
# Seen with: docker.io 20.10.24 (Debian 12), GET /containers/{id}/logs.
# Expected: what the container wrote comes back byte for byte, however long a line is. For a line of 16383 bytes it is
#   so, and the driver json-file gives the newlines of longer lines, too.
# Seen: of a line of 16384 bytes or more the newline is gone, and the next line follows without a break. Only
#   details=1 shows a trace: each message has a blank in front there, and after the line of 16384 bytes comes a message
#   that is this blank and nothing else. So a reader of such logs can not tell lines by newlines.
set -eu
if [ $$ -ne 1 ]; then # what is started below lives in namespaces of its own and ends with them
  [ "$(id -u)" = 0 ] || { echo "${0##*/}: an engine of its own needs root" >&2 && exit 2; }
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
  trap 'exit 2' INT TERM
  need() { # PACKAGE=VERSION...: what is not installed is unpacked in the temp folder, with what it depends on
    mkdir -p "$dir/debs/partial"
    apt-get -qq -y -d --no-install-recommends --allow-downgrades -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
      -o Dir::Cache::archives="$dir/debs" install "$@" >"$dir/log" 2>&1 || { cat "$dir/log" >&2 && exit 2; }
    for deb in "$dir"/debs/*.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" "$dir/root"; done
  }
  need docker.io=20.10.24+dfsg1-1+deb12u1+b6 containerd=1.6.20~ds1-1+deb12u3 runc=1.1.5+ds1-1+deb12u1 \
    busybox-static=1:1.35.0-4+deb12u1+b1
  unshare --net --mount --pid --fork --kill-child --mount-proc -- sh "$0" "$dir"
  exit
fi
dir=$1
for folder in /run /var/lib; do mount -t tmpfs tmpfs "$folder"; done # an engine leaves something there, too
PATH=$dir/root/usr/sbin:$dir/root/usr/bin:$dir/root/bin:/usr/sbin:/usr/bin:/sbin:/bin
different() { echo "${0##*/}: different now: $*" >&2; exit 1; }
api() { method=$1 path=$2; shift 2; curl -sS -m 60 --unix-socket "$dir/s" -X "$method" "$@" "http://engine$path"; }
post() { api POST "$1" -H 'Content-Type: application/json' -d "$2"; }
created() { sed -n 's/.*"Id":"\([0-9a-f]*\)".*/\1/p'; }
echo "{\"deprecated-key-path\": \"$dir/key.json\"}" >"$dir/daemon.json"
dockerd --config-file "$dir/daemon.json" -H "unix://$dir/s" --data-root "$dir/data" --exec-root "$dir/exec" \
  -p "$dir/pid" --storage-driver vfs --bridge none --iptables=false >"$dir/log" 2>&1 &
engine=$!
trap 'kill "$engine"; wait "$engine" || :' EXIT
trap 'exit 2' INT TERM
tries=0
until [ "$(api GET /_ping 2>/dev/null)" = OK ]; do
  [ "$((tries += 1))" -lt 300 ] || { cat "$dir/log" >&2 && exit 2; }
  sleep 0.2
done

mkdir -p "$dir/image/bin"
cp "$(command -v busybox)" "$dir/image/bin/busybox"
tar -C "$dir/image" -c . |
  api POST '/images/create?fromSrc=-&repo=localhost/box:1' -H 'Content-Type: application/x-tar' -T - >/dev/null

lengths() { # DRIVER BYTES DETAILS: of the messages of a log that is a line of so many bytes and then the line "end"
  box=$(post /containers/create '{"Image": "localhost/box:1",
    "Cmd": ["/bin/busybox", "sh", "-c", "head -c '"$2"' /dev/zero | tr \"\\0\" x; echo; echo end"],
    "HostConfig": {"NetworkMode": "none", "LogConfig": {"Type": "'"$1"'"}}}' | created)
  api POST "/containers/$box/start"
  api POST "/containers/$box/wait" >/dev/null
  api GET "/containers/$box/logs?stdout=1&details=$3" -o "$dir/frames"
  python3 -c '
import sys
data = open(sys.argv[1], "rb").read()
while data:  # a head of 8 bytes, the last 4 are the length
    length = int.from_bytes(data[4:8], "big")
    print(length, end=" ")
    data = data[8 + length:]' "$dir/frames"
}
expect() { # WHAT LENGTHS SEEN
  [ "$3" = "$2" ] || different "$1: messages of $3bytes, not $2"
}
expect "a line of 16383 bytes" "16384 4 " "$(lengths local 16383 0)"
expect "a line of 16384 bytes" "16384 4 " "$(lengths local 16384 0)"
expect "a line of 16384 bytes, with details" "16385 1 5 " "$(lengths local 16384 1)"
expect "a line of 16385 bytes" "16384 1 4 " "$(lengths local 16385 0)"
expect "a line of 16385 bytes by json-file" "16384 2 4 " "$(lengths json-file 16385 0)"
echo "as described"

#!/bin/sh
# Docker Swarm: a job that is removed while it runs goes on, and nothing that is left shows it as a service.
#
# Seen with: docker.io 20.10.24 (Debian 12), a swarm of one node, DELETE /services/{id}.
# Expected: removing a service ends its containers. Mode "Replicated" does so within the grace period.
# Seen: in mode "ReplicatedJob" the answer is 200 and the service is gone, but its container runs on, and the desired
#   state of its task stays "complete". So a job must be ended before its service is removed, by an update of the
#   service to no completions.
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

ip link set lo up
post /swarm/init '{"ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1"}' >/dev/null
# An image that is named by its id is not looked for in a registry.
image=$(api GET /images/localhost/box:1/json | grep -o '"Id":"sha256:[0-9a-f]*"' | cut -d '"' -f 4)
service() { # NAME MODE
  post /services/create '{"Name": "'"$1"'", "Mode": {'"$2"'}, "TaskTemplate": {"RestartPolicy": {"Condition": "none"},
    "ContainerSpec": {"Image": "'"$image"'", "Command": ["/bin/busybox", "sleep", "600"],
      "StopGracePeriod": 1000000000}}}' >/dev/null
}
service server '"Replicated": {"Replicas": 1}'
service job '"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}'
running() { # the names of the services whose containers run
  api GET /containers/json | grep -o '"com.docker.swarm.service.name":"[a-z]*"' | cut -d '"' -f 4 | sort | tr '\n' ' '
}
becomes() { # NAMES: within a minute
  tries=0
  until [ "$(running)" = "$1" ]; do
    [ "$((tries += 1))" -lt 120 ] || return 1
    sleep 0.5
  done
}
becomes 'job server ' || { echo "the services did not start: $(api GET /tasks)" >&2; exit 2; }
for name in server job; do
  [ "$(api DELETE "/services/$name" -w '%{http_code}')" = 200 ] || different "$name can not be removed while it runs"
done
[ "$(api GET /services | tr -d '\n')" = '[]' ] || different "a service is left: $(api GET /services)"
becomes 'job ' || different "after both were removed there runs: $(running)"
sleep 5
[ "$(running)" = 'job ' ] || different "the job's container ended with its service"
api GET /tasks | grep -q '"DesiredState":"complete"' || different "the job's task is no longer meant to be complete"
echo "as described"

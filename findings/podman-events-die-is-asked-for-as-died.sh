#!/bin/sh
# Podman tells an event "die", but not to who asks for events of that name: the filter knows only "died".
#
# Seen with: podman 4.3.1 (Debian 12), GET /events as Docker's API 1.41 describes it.
# Expected: filters={"event": ["die"]} gives the events whose Action is "die". Docker does so.
# Seen: that filter gives nothing. {"event": ["died"]}, a word of Podman's own command line, gives the event, whose
#   Action and status are "die" all the same. The filter sees Podman's word and the answer is translated after it.
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
  need podman=4.3.1+ds1-8+deb12u1+b3 conmon=2.1.6+ds1-1 runc=1.1.5+ds1-1+deb12u1 \
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
printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n[engine]\nruntime = "runc"
cgroup_manager = "cgroupfs"\nevents_logger = "file"\ntmp_dir = "%s/tmp"\nvolume_path = "%s/volumes"\n[network]
network_config_dir = "%s/networks"\n' "$dir" "$dir" "$dir" >"$dir/containers.conf"
printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/data"\nrunroot = "%s/run"\n' "$dir" "$dir" >"$dir/storage.conf"
export CONTAINERS_CONF="$dir/containers.conf" CONTAINERS_STORAGE_CONF="$dir/storage.conf" TMPDIR="$dir"
cd "$dir"
podman system service --time=0 "unix://$dir/s" >"$dir/log" 2>&1 &
engine=$!
trap 'podman rm --all --force --time 0 >/dev/null || :; kill "$engine"; wait "$engine" || :' EXIT
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

box=$(post /containers/create '{"Image": "localhost/box:1", "Cmd": ["/bin/busybox", "sh", "-c", "exit 7"],
  "HostConfig": {"NetworkMode": "none"}}' | created)
api POST "/containers/$box/start"
api POST "/containers/$box/wait" >/dev/null
told() { # FILTER: the actions of the container
  api GET /events -G -d since=1 -d stream=false --data-urlencode "filters={\"container\": [\"$box\"]$1}" |
    grep -o '"Action":"[a-z]*"' | tr '\n' ' '
}
tries=0
until told '' | grep -q '"cleanup"'; do # it is told in the background
  [ "$((tries += 1))" -lt 100 ] || { echo "the end was not told: $(told '')" >&2 && exit 2; }
  sleep 0.2
done
told '' | grep -q '"Action":"die"' || different "without a filter there is: $(told '')"
seen=$(told ', "event": ["start"]')
[ "$seen" = '"Action":"start" ' ] || different "start gave: $seen"
seen=$(told ', "event": ["died"]')
[ "$seen" = '"Action":"die" ' ] || different "died gave: $seen"
seen=$(told ', "event": ["die"]')
[ "$seen" = '' ] || different "die gave: $seen"
api DELETE "/containers/$box"
echo "as described"

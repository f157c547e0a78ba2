#!/bin/sh
# Podman says 0 for a container that failed when the end of its removal is waited for.
#
# Seen with: podman 4.3.1 (Debian 12), POST /containers/{id}/wait?condition=removed as Docker's API 1.41 describes it.
# Expected: StatusCode is the exit code, whatever was waited for. Docker says 7.
# Seen: a container with AutoRemove that ends with 7 is answered with StatusCode 0 and no Error. With
#   condition=next-exit the same container says 7. So who waits for the removal of containers that remove themselves
#   takes every failure for a success.
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

code() { # CONDITION
  box=$(post /containers/create '{"Image": "localhost/box:1", "Cmd": ["/bin/busybox", "sh", "-c", "sleep 3; exit 7"],
    "HostConfig": {"NetworkMode": "none", "AutoRemove": true}}' | created)
  api POST "/containers/$box/wait?condition=$1" >"$dir/$1" &
  waiting=$!
  sleep 1
  api POST "/containers/$box/start"
  wait "$waiting"
  cat "$dir/$1"
}
seen=$(code next-exit)
[ "$seen" = '{"StatusCode":7,"Error":null}' ] || different "the exit: $seen"
seen=$(code removed)
[ "$seen" = '{"StatusCode":0,"Error":null}' ] || different "the removal: $seen"
echo "as described"

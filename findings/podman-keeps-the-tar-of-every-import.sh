#!/bin/sh
# Podman keeps the whole archive of every image that was imported through its Docker API.
#
# Seen with: podman 4.3.1 (Debian 12), POST /images/create?fromSrc=-.
# Expected: what was uploaded is an image afterwards, and its space is free again when the image has been removed.
# Seen: each call writes the archive to a file api_load.tar... in the folder of temporary files, and leaves it there
#   when the answer was 200, when the image has been removed, and when the service has ended. "podman system prune" does
#   not remove it either, so a service that imports images through the API fills the disk.
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

kept() { find "$dir" -maxdepth 1 -name 'api_load.tar*' -size +1000k | wc -l; } # busybox alone is larger than that
[ "$(kept)" = 1 ] || different "after one import there are $(kept) archives"
tar -C "$dir/image" -c . |
  api POST '/images/create?fromSrc=-&repo=localhost/box:2' -H 'Content-Type: application/x-tar' -T - >/dev/null
[ "$(kept)" = 2 ] || different "after two imports there are $(kept) archives"
for image in box:1 box:2; do
  [ "$(api DELETE "/images/localhost/$image?force=1" -o "$dir/answer" -w '%{http_code}')" = 200 ] || exit 2
done
[ "$(api GET /images/json | tr -d '\n')" = '[]' ] || different "an image is left: $(api GET /images/json)"
kill "$engine"
wait "$engine" || :
[ "$(kept)" = 2 ] || different "after the end of the service there are $(kept) archives"
podman system prune --all --force --volumes >/dev/null
[ "$(kept)" = 2 ] || different "after podman system prune there are $(kept) archives"
trap - EXIT
echo "as described"

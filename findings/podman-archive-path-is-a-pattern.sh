#!/bin/sh
# Podman takes the path of an archive for a pattern, and gives another file than the one whose name was asked for.
#
# Seen with: podman 4.3.1 (Debian 12), GET /containers/{id}/archive?path=.
# Expected: path is the name of a file or folder, also when it has brackets in it. Docker gives just that file.
# Seen: of "map[1]" the tar holds "map1", another file that is there too, while X-Docker-Container-Path-Stat gives the
#   size of "map1" under the name "map[1]". With a backslash before each bracket, which is no name of any file here, the
#   right one comes. "sky?" gives every file that it matches.
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

mkdir -p "$dir/image/bin" "$dir/image/data"
cp "$(command -v busybox)" "$dir/image/bin/busybox"
(cd "$dir/image/data" && echo brackets >'map[1]' && echo none >map1 && touch sky1 sky2)
tar -C "$dir/image" -c . |
  api POST '/images/create?fromSrc=-&repo=localhost/box:1' -H 'Content-Type: application/x-tar' -T - >/dev/null

box=$(post /containers/create '{"Image": "localhost/box:1", "Cmd": ["/bin/busybox", "true"]}' | created)
get() { # PATH, encoded: the answer's code, then the names in the tar
  api GET "/containers/$box/archive?path=/data/$1" -D "$dir/head" -o "$dir/tar" -w '%{http_code} '
  tar -tf "$dir/tar" 2>/dev/null | tr '\n' ' '
}
expect() { # WHAT EXPECTED SEEN
  [ "$3" = "$2" ] || different "$1 gave: $3"
}
expect 'map[1]' '200 map1 ' "$(get 'map%5B1%5D')"
stat=$(tr -d '\r' <"$dir/head" | sed -n 's/^X-Docker-Container-Path-Stat: //p' | base64 -d)
case $stat in
  '{"name":"map[1]","size":5,'*) ;;
  *) different "the header tells of $stat" ;;
esac
expect 'map\[1\]' '200 map[1] ' "$(get 'map%5C%5B1%5C%5D')"
case $(get 'sky%3F') in
  '200 sky1 sky2 ' | '200 sky2 sky1 ') ;;
  *) different "sky? is no longer all that it matches" ;;
esac
api DELETE "/containers/$box"
echo "as described"

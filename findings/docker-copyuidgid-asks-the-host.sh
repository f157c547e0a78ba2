#!/bin/sh
# Docker's copyUIDGID takes the number of the container's user from the host, not from the container's image.
#
# Seen with: docker.io 20.10.24 (Debian 12), PUT /containers/{id}/archive?copyUIDGID=1.
# Expected: the files that are unpacked belong to the user of the container, who is looked up in its own /etc/passwd as
#   for a start. Podman does so.
# Seen: the name is looked up on the machine of the engine. Here the image's "daemon" is 77 and the container runs as
#   77, but the file belongs to 1, which is the daemon of every Debian. A user who is unknown there is an error: with
#   "User": "4242" the container can be started, but the archive is answered with 500 and "unable to find entry".
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

mkdir -p "$dir/image/bin" "$dir/image/etc" "$dir/image/in"
cp "$(command -v busybox)" "$dir/image/bin/busybox"
printf 'root:x:0:0::/:/bin/sh\ndaemon:x:77:77::/:/bin/sh\n' >"$dir/image/etc/passwd"
tar -C "$dir/image" -c . |
  api POST '/images/create?fromSrc=-&repo=localhost/box:1' -H 'Content-Type: application/x-tar' -T - >/dev/null

echo data >"$dir/file"
tar -C "$dir" --owner 33 --group 33 -cf "$dir/file.tar" file
put() { # CONTAINER: the answer's code, and what was said
  api PUT "/containers/$1/archive?path=/in&copyUIDGID=1" -T "$dir/file.tar" -w '%{http_code}'
}
box=$(post /containers/create '{"Image": "localhost/box:1", "User": "daemon", "HostConfig": {"NetworkMode": "none"},
  "Cmd": ["/bin/busybox", "sh", "-c", "id -u; stat -c %u /in/file"], "Tty": true}' | created)
[ "$(put "$box")" = 200 ] || different "the archive of a user who is known on both sides was refused"
api POST "/containers/$box/start"
api POST "/containers/$box/wait" >/dev/null
seen=$(api GET "/containers/$box/logs?stdout=1" | tr -d '\r' | tr '\n' ' ')
[ "$seen" = "77 $(id -u daemon) " ] || different "runs as, and file of: $seen"

box=$(post /containers/create '{"Image": "localhost/box:1", "User": "4242", "HostConfig": {"NetworkMode": "none"},
  "Cmd": ["/bin/busybox", "id", "-u"], "Tty": true}' | created)
case $(put "$box") in
  *'unable to find entry'*500) ;;
  *) different "the archive of a user who is a number without a name was taken" ;;
esac
api POST "/containers/$box/start"
api POST "/containers/$box/wait" >/dev/null
[ "$(api GET "/containers/$box/logs?stdout=1" | tr -d '\r')" = 4242 ] || different "the user 4242 could not run"
echo "as described"

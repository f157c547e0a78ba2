# shellcheck shell=bash
# A private Podman service: its files, socket and log below one folder. To be sourced after scripts/lib.sh.

podman_answers() {
  [ "$(curl --silent --fail --unix-socket "$1" http://podman/_ping 2>/dev/null)" = OK ]
}

# All that Podman keeps is below DIR. Where rlimits cannot be raised, its default ones make every start fail.
configure_podman() {
  cat >"$1/containers.conf" <<END
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=1024:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "$1/tmp"
volume_path = "$1/volumes"
[network]
network_config_dir = "$1/networks"
END
  cat >"$1/registries.conf" <<END
unqualified-search-registries = ["docker.io"]
[[registry]]
location = "127.0.0.1"
insecure = true
END
  cat >"$1/storage.conf" <<END
[storage]
driver = "overlay"
graphroot = "$1/data"
runroot = "$1/run"
END
}

# podman_at DIR COMMAND...: the command, with the configuration in DIR.
podman_at() {
  local dir=$1
  shift
  mkdir -p "$dir/unpacked"  # Podman leaves there what images are imported from
  env TMPDIR="$dir/unpacked" CONTAINERS_CONF="$dir/containers.conf" CONTAINERS_REGISTRIES_CONF="$dir/registries.conf" \
    CONTAINERS_STORAGE_CONF="$dir/storage.conf" "$@"
}

# start_podman DIR: returns when DIR/podman.sock answers. Does nothing if it already does; a service that was killed is
# started again with what it had: containers do not depend on it.
start_podman() {
  local dir=$1
  podman_answers "$dir/podman.sock" && return 0
  mkdir -p "$dir"
  configure_podman "$dir"
  rm -f "$dir/podman.sock"
  # The monitor of a container leaves a file in the folder where the service was started.
  # shellcheck disable=SC2016
  podman_at "$dir" setsid sh -c 'cd "$1" && echo $$ >"$1/pid"; exec podman system service --time=0 "unix://$1/podman.sock"' sh "$dir" \
    >>"$dir/podman.log" 2>&1 </dev/null &
  if ! wait_until 60 podman_answers "$dir/podman.sock"; then
    tail -n 20 "$dir/podman.log" >&2
    stop_podman "$dir"
    die "the private Podman in $dir did not start within 60 s; above is the end of its log"
  fi
}

# stop_podman DIR: ends all containers, then the service, and removes what it made.
stop_podman() {
  local dir=$1
  [ ! -f "$dir/containers.conf" ] || podman_at "$dir" podman rm --all --force --time 0 --volumes >/dev/null 2>&1 || true
  [ ! -f "$dir/pid" ] || stop_pid "$(cat "$dir/pid")" 10 || true
  umount "$dir/data/overlay" 2>/dev/null || true
  rm -rf "$dir/data" "$dir/run" "$dir/tmp" "$dir/unpacked" "$dir/volumes" "$dir/networks" "$dir/pid" "$dir/podman.sock"
}

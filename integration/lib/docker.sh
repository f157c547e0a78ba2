# shellcheck shell=bash
# A private Docker Engine: its files, socket and log below one folder. To be sourced after scripts/lib.sh.

# docker_api SOCKET METHOD PATH [curl options]: one call of the engine's REST API; fails on 4xx and 5xx.
docker_api() {
  local socket=$1 method=$2 path=$3
  shift 3
  curl --silent --show-error --fail-with-body --unix-socket "$socket" -X "$method" "$@" "http://docker$path"
}

docker_answers() {
  [ "$(docker_api "$1" GET /_ping 2>/dev/null)" = OK ]
}

# In a network namespace of our own the engine's defaults hurt nobody. Beside another engine they would: docker0 and the
# DOCKER chains are shared. So there it gets its own bridge and leaves the firewall alone; ports published on loopback work.
docker_network_options() {
  if [ -n "${DUWS_OWN_NETWORK:-}" ]; then
    return
  fi
  local bridge net
  bridge=$(cat "$1/bridge" 2>/dev/null) || bridge=$(new_bridge "$1") || return 1
  echo "--bridge=$bridge --iptables=false --ip-masq=false --ip-forward=false"
}

new_bridge() {
  local bridge=duws$(($$ % 100000)) net
  net=$(free_subnet) || die "no free subnet for a private Docker in 10.213.0.0/16"
  as_root ip link add "$bridge" type bridge
  as_root ip addr add "$net.1/24" dev "$bridge"
  as_root ip link set "$bridge" up
  echo "$bridge" | tee "$1/bridge"
}

free_subnet() {
  local n
  for n in $(seq 0 255); do
    n=10.213.$(((n + $$) % 256))
    grep -qF " $n." /proc/net/fib_trie || { echo "$n" && return; }
  done
  return 1
}

# start_docker DIR [dockerd options]: returns when DIR/docker.sock answers. Does nothing if it already does; an engine
# that was killed is started again with what it had.
# DIR must be short: a unix socket's path has at most 107 bytes.
start_docker() {
  local dir=$1 options
  shift
  docker_answers "$dir/docker.sock" && return 0
  mkdir -p "$dir"
  forget_killed "$dir"
  options=$(docker_network_options "$dir") || exit 1
  # shellcheck disable=SC2086
  as_root setsid "$REPO/integration/lib/run-dockerd" "$dir" $options "$@" >>"$dir/dockerd.log" 2>&1 </dev/null &
  if ! wait_until 60 docker_answers "$dir/docker.sock"; then
    tail -n 20 "$dir/dockerd.log" >&2
    stop_docker "$dir"
    die "the private Docker in $dir did not start within 60 s; above is the end of its log"
  fi
}

# A dockerd takes the pid of a containerd that nobody has waited for yet for a living one.
forget_killed() {
  local file pid
  for file in "$1/pid" "$1/exec/containerd/containerd.pid"; do
    pid=$(as_root cat "$file" 2>/dev/null) || continue
    wait_until 10 is_gone "$pid" || true
    as_root rm -f "$file"
  done
}

# An engine that was killed leaves its containers running, each below a shim that names the engine's folder.
stop_shims() {
  local pid children
  for pid in /proc/[0-9]*; do
    pid=${pid#/proc/}
    if grep -qasF "$1/exec/containerd/" "/proc/$pid/cmdline" && grep -qs '^containerd-shim' "/proc/$pid/comm"; then
      read -r -a children <"/proc/$pid/task/$pid/children" || true # ends without a newline
      as_root kill -KILL "${children[@]}" "$pid" || true
    fi
  done
}

# Bridges outlive their engine.
remove_networks_of_runs() { # SOCKET
  local name
  for name in $(docker_api "$1" GET /networks 2>/dev/null | grep -o '"Name":"[^"]*"' | cut -d'"' -f4); do
    case $name in bridge | host | none) ;; *) docker_api "$1" DELETE "/networks/$name" >/dev/null 2>&1 || true ;; esac
  done
}

# stop_docker DIR: ends the engine, by its pid, with all its containers, and removes what it made.
stop_docker() {
  local dir=$1 pid containerd
  pid=$(cat "$dir/pid" 2>/dev/null) || true
  if [ -n "$pid" ] && grep -qaF "$dir" "/proc/$pid/cmdline" 2>/dev/null; then
    remove_networks_of_runs "$dir/docker.sock"
    containerd=$(as_root cat "$dir/exec/containerd/containerd.pid" 2>/dev/null) || true
    stop_pid "$pid" 30 || true
    [ -z "$containerd" ] || stop_pid "$containerd" 10 || true
  fi
  stop_shims "$dir"
  if [ -f "$dir/bridge" ]; then
    as_root ip link delete "$(cat "$dir/bridge")" || true
  fi
  as_root rm -rf "$dir/data" "$dir/exec" "$dir/run" "$dir/pid" "$dir/bridge" "$dir/docker.sock"
}

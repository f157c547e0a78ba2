# shellcheck shell=bash
# Private docker-registries on loopback. To be sourced after scripts/lib.sh.

registry_answers() {
  case $(curl --silent --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$1/v2/") in
    200 | 401) ;;
    *) return 1 ;;
  esac
}

# start_registry DIR PORT [USER PASSWORD]: open, or with basic auth. Its pid is left in DIR/pid.
start_registry() {
  local dir=$1 port=$2
  mkdir -p "$dir"
  cat >"$dir/registry.yml" <<END
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $dir/data}}
http: {addr: "127.0.0.1:$port"}
END
  if [ $# -gt 2 ]; then
    htpasswd -Bbn "$3" "$4" >"$dir/htpasswd"
    echo "auth: {htpasswd: {realm: test, path: $dir/htpasswd}}" >>"$dir/registry.yml"
  fi
  docker-registry serve "$dir/registry.yml" >"$dir/registry.log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  if ! wait_until 20 registry_answers "$port"; then
    cat "$dir/registry.log" >&2
    stop_registry "$dir"
    die "the registry on 127.0.0.1:$port did not start within 20 s; above is its log"
  fi
}

stop_registry() {
  [ ! -f "$1/pid" ] || stop_pid "$(cat "$1/pid")" 10
  rm -f "$1/pid"
}

# push_image SOCKET IMAGE REGISTRY [USER PASSWORD]: the registry has IMAGE; the engine does not keep the new name.
push_image() {
  local socket=$1 image=$2 registry=$3 auth
  auth=$(printf '{"username":"%s","password":"%s"}' "${4:-}" "${5:-}" | base64 -w0 | tr '+/' '-_')
  docker_api "$socket" POST "/images/$image/tag?repo=$registry/${image%:*}&tag=${image#*:}" || return 1
  if docker_api "$socket" POST "/images/$registry/${image%:*}/push?tag=${image#*:}" -H "X-Registry-Auth: $auth" |
    grep '"error"'; then
    return 1
  fi
  docker_api "$socket" DELETE "/images/$registry/$image" >/dev/null
}

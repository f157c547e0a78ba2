#!/bin/sh
# libcurl does not end a transfer at its timeout while it waits for its turn to connect.
#
# Seen with: libcurl 7.88.1 (Debian 12), CURLMOPT_MAX_HOST_CONNECTIONS and CURLOPT_TIMEOUT_MS.
# Expected: CURLOPT_TIMEOUT_MS is the maximum time that a transfer may take, so it ends then, whatever it waits for.
# Seen: with one connection allowed and a server that is slow with the first transfer, the second one, with a timeout
#   of 0.5 s, waits for the first to end after 3 s, and only then it is told that its time was over. So a client that
#   limits connections in this way needs clocks of its own, or queues of its own.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 2' INT TERM
need() { # PACKAGE=VERSION...: what is not installed is unpacked in the temp folder, with what it depends on
  mkdir -p "$dir/debs/partial"
  apt-get -qq -y -d --no-install-recommends --allow-downgrades -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
    -o Dir::Cache::archives="$dir/debs" install "$@" >"$dir/log" 2>&1 || { cat "$dir/log" >&2 && exit 2; }
  for deb in "$dir"/debs/*.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" "$dir/root"; done
}
need libcurl4-openssl-dev=7.88.1-10+deb12u15 libcurl4=7.88.1-10+deb12u15
different() { echo "${0##*/}: different now: $*" >&2; exit 1; }

cat >"$dir/two.c" <<'END'
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int count, char** words) { /* URL CONNECTIONS: prints how the second transfer ended, and when */
  CURLM* multi = curl_multi_init();
  CURL* easy[2];
  double start = now();
  int left = count, messages;
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, atol(words[2]));
  for (int i = 0; i < 2; ++i) {
    easy[i] = curl_easy_init();
    curl_easy_setopt(easy[i], CURLOPT_URL, words[1]);
    curl_easy_setopt(easy[i], CURLOPT_TIMEOUT_MS, i == 0 ? 3000L : 500L);
    curl_multi_add_handle(multi, easy[i]);
  }
  while (left) {
    curl_multi_perform(multi, &left);
    for (CURLMsg* m; (m = curl_multi_info_read(multi, &messages));) {
      if (m->easy_handle != easy[1]) continue;
      printf("%s, %s\n", curl_easy_strerror(m->data.result), now() - start < 2 ? "in time" : "late");
    }
    curl_multi_poll(multi, NULL, 0, 100, NULL);
  }
}
END
CPATH=$dir/root/usr/include LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu)
export CPATH LIBRARY_PATH
cc -o "$dir/two" "$dir/two.c" -lcurl || exit 2
export LD_LIBRARY_PATH="$LIBRARY_PATH"
cat >"$dir/silent.py" <<'END'
import socket, time
with socket.create_server(("127.0.0.1", 0)) as server:  # takes connections and says nothing
    print(server.getsockname()[1], flush=True)
    time.sleep(30)
END
python3 "$dir/silent.py" >"$dir/port" &
server=$!
trap 'kill "$server"; rm -rf "$dir"' EXIT
tries=0
until [ -s "$dir/port" ]; do
  [ "$((tries += 1))" -lt 100 ] || exit 2
  sleep 0.1
done
url="http://127.0.0.1:$(cat "$dir/port")/"
seen=$("$dir/two" "$url" 2)
[ "$seen" = 'Timeout was reached, in time' ] || different "with a connection of its own: $seen"
seen=$("$dir/two" "$url" 1)
[ "$seen" = 'Timeout was reached, late' ] || different "waiting for the only connection: $seen"
echo "as described"

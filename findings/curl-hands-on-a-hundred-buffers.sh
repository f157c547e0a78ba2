#!/bin/sh
# libcurl's multi interface hands one transfer a hundred buffers before it looks at the next one.
#
# Seen with: libcurl 7.88.1 (Debian 12), curl_multi_perform(), a write callback that takes 1 ms for each 16 KiB.
# Expected: curl_multi_perform() reads or writes what is there, without blocking, so that transfers on one thread make
#   progress side by side: what one is given in one call is about what one read gives.
# Seen: as long as its socket has data, one transfer is read from up to 100 times within one call, and its callback is
#   called for each. Another transfer, whose short answer has come long ago, waits for 0.1 s at each of its steps. A
#   client whose callbacks do some work has to pause such a transfer itself (CURL_WRITEFUNC_PAUSE).
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

cat >"$dir/turns.c" <<'END'
#include <curl/curl.h>
#include <stdio.h>
#include <time.h>

static int buffers; /* of this call */

static size_t take(char* bytes, size_t size, size_t count, void* unused) {
  const struct timespec millisecond = {0, 1000000};
  (void)bytes, (void)unused;
  nanosleep(&millisecond, NULL);
  ++buffers;
  return size * count;
}

int main(int count, char** words) { /* URL: prints the most buffers that one call has handed on */
  CURLM* multi = curl_multi_init();
  CURL* easy = curl_easy_init();
  int left = count, most = 0;
  curl_easy_setopt(easy, CURLOPT_URL, words[1]);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
  curl_multi_add_handle(multi, easy);
  while (left) {
    buffers = 0;
    curl_multi_perform(multi, &left);
    if (buffers > most) most = buffers;
    curl_multi_poll(multi, NULL, 0, 1000, NULL);
  }
  printf("%d\n", most);
}
END
CPATH=$dir/root/usr/include LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu)
export CPATH LIBRARY_PATH
cc -o "$dir/turns" "$dir/turns.c" -lcurl || exit 2
export LD_LIBRARY_PATH="$LIBRARY_PATH"
cat >"$dir/large.py" <<'END'
import socket
size = 500 * 16384
with socket.create_server(("127.0.0.1", 0)) as server:  # one answer, as fast as it is taken
    print(server.getsockname()[1], flush=True)
    connection, _ = server.accept()
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size))
    connection.close()
END
python3 "$dir/large.py" >"$dir/port" &
server=$!
trap 'kill "$server" 2>/dev/null || :; rm -rf "$dir"' EXIT
tries=0
until [ -s "$dir/port" ]; do
  [ "$((tries += 1))" -lt 100 ] || exit 2
  sleep 0.1
done
seen=$("$dir/turns" "http://127.0.0.1:$(cat "$dir/port")/")
if [ "$seen" -lt 90 ] || [ "$seen" -gt 110 ]; then different "the most buffers of one call: $seen"; fi
echo "as described"

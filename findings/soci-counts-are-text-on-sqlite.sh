#!/bin/sh
# SOCI says that a count is text when it comes from SQLite, and a whole number when it comes from PostgreSQL.
#
# Seen with: libsoci-dev 4.0.3, libsqlite3-0 3.40.1, postgresql-15 15.18 (Debian 12), soci::row.
# Expected: of one statement, "SELECT count(*), max(n), n + 1 FROM t", a row's get_properties() gives types of numbers
#   from both databases, so that get<long long>() reads count(*).
# Seen: on SQLite the type of every expression is dt_string, though n itself is dt_integer, and get<long long>() throws
#   std::bad_cast. SOCI asks SQLite for the declared type of the column, which only columns of tables have. So what
#   takes rows apart by their types must know what it asked for; into(number) works with both.
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
need libsoci-dev=4.0.3-1 libsqlite3-0=3.40.1-2+deb12u2 postgresql-15=15.18-0+deb12u1 libpq-dev=15.18-0+deb12u1
different() { echo "${0##*/}: different now: $*" >&2; exit 1; }

cat >"$dir/types.cpp" <<'END'
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <iostream>

static void types(soci::session sql) {
  const char* names[] = {"string", "date", "double", "integer", "long long"};
  sql << "CREATE TABLE t (n INTEGER)";
  sql << "INSERT INTO t VALUES (41)";
  soci::row row;
  sql << "SELECT n, count(*), max(n), n + 1 FROM t GROUP BY n", soci::into(row);
  for (std::size_t i = 0; i < row.size(); ++i) std::cout << names[row.get_properties(i).get_data_type()] << ", ";
  long long count = 0;
  sql << "SELECT count(*) FROM t", soci::into(count);
  std::cout << "into " << count;
  try {
    count = row.get<long long>(1);
    std::cout << ", get " << count << '\n';
  } catch (const std::bad_cast&) {
    std::cout << ", get throws bad_cast\n";
  }
}

int main(int, char** words) {
  types(soci::session(soci::sqlite3, ":memory:"));
  types(soci::session(soci::postgresql, words[1]));
}
END
CPATH=$dir/root/usr/include:$dir/root/usr/include/postgresql LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu)
export CPATH LIBRARY_PATH
g++ -std=c++17 -w -I/usr/include/postgresql -o "$dir/types" "$dir/types.cpp" -lsoci_core -lsoci_sqlite3 \
  -lsoci_postgresql || exit 2
export LD_LIBRARY_PATH="$LIBRARY_PATH"
PATH=$dir/root/usr/lib/postgresql/15/bin:/usr/lib/postgresql/15/bin:$dir/root/usr/bin:$PATH
chmod 755 "$dir" && mkdir "$dir/db" && cd "$dir/db"
as= # PostgreSQL refuses to run as root
[ "$(id -u)" != 0 ] || { as='setpriv --reuid=nobody --regid=nogroup --clear-groups --' && chown nobody "$dir/db"; }
$as initdb -D "$dir/db/data" -U me -A trust --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2 && exit 2; }
$as postgres -D "$dir/db/data" -k "$dir/db" -c listen_addresses= -c fsync=off >"$dir/log" 2>&1 &
server=$!
trap 'kill -QUIT "$server"; wait "$server" || :; cd /; rm -rf "$dir"' EXIT
tries=0
until pg_isready -q -h "$dir/db"; do
  [ "$((tries += 1))" -lt 300 ] || { cat "$dir/log" >&2 && exit 2; }
  sleep 0.2
done
"$dir/types" "host=$dir/db user=me dbname=postgres" >"$dir/seen" || exit 2
seen=$(sed -n 1p "$dir/seen")
[ "$seen" = 'integer, string, string, string, into 1, get throws bad_cast' ] || different "SQLite: $seen"
seen=$(sed -n 2p "$dir/seen")
[ "$seen" = 'integer, long long, integer, integer, into 1, get 1' ] || different "PostgreSQL: $seen"
echo "as described"

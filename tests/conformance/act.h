// What the image conformance:test does: a small vocabulary of verbs, chained by `then`. The fake acts the same. It has
// the file /work/tool (`tool`), a volume of its own at /volume, and its /etc/passwd is a link.
//
//   print TEXT, print-error TEXT    a line on that stream
//   exit N, signal N                ends so
//   sleep SECONDS
//   polite, stubborn                from now on: exit 42 on TERM, or ignore it
//   eat-memory MB                   uses so much, and gives it back
//   write PATH TEXT, copy FROM TO, link FROM TO
//   noise BYTES                     0 to 255 over and over, on standard output
//   fill BYTES                      a line of so many x, and its newline
//   who, myself, shared-memory      `known` where USER, LOGNAME and /etc/passwd agree on the user; `found` where the
//                                   machine's own name leads to an address; the bytes of /dev/shm
//   env NAME, argv WORD..., pwd, owner PATH, mode PATH      print what they see; argv: "LENGTH WORD" a line
//   serve PORT TEXT                 answers HTTP with it
#pragma once

namespace executor::conformance {

/// /act of a real image; needs nothing but /bin/busybox, and a /tmp that anybody may write to.
inline constexpr const char* act_script = R"act(#!/bin/busybox sh
b=/bin/busybox
fail() { echo "$1" >&2; exit 1; }
pause() { $b sleep "$1" & wait $!; }
noise() {
  $b rm -f /tmp/noise
  i=0
  while [ $i -lt 256 ]; do printf "\\$(printf %03o $i)" >>/tmp/noise; i=$((i + 1)); done
  size=256
  while [ $size -lt "$1" ]; do $b cat /tmp/noise /tmp/noise >/tmp/more; $b mv /tmp/more /tmp/noise; size=$((size * 2)); done
  $b head -c "$1" /tmp/noise
}
while [ $# -gt 0 ]; do
  verb=$1
  shift
  case $verb in
    print) printf '%s\n' "$1"; shift ;;
    print-error) printf '%s\n' "$1" >&2; shift ;;
    exit) exit "$1" ;;
    signal) kill -"$1" $$; pause 5 ;;
    sleep) pause "$1"; shift ;;
    polite) trap 'exit 42' TERM ;;
    stubborn) trap '' TERM ;;
    eat-memory) $b dd if=/dev/zero of=/dev/null bs="$1"M count=1 2>/dev/null || exit $?; shift ;;
    write) printf %s "$2" >"$1" || exit 1; shift 2 ;;
    copy) $b cp "$1" "$2" || exit 1; shift 2 ;;
    link) $b ln -s "$1" "$2" || exit 1; shift 2 ;;
    folder) $b mkdir -p "$1" || exit 1; shift ;;
    noise) noise "$1"; shift ;;
    fill) $b head -c "$1" /dev/zero | $b tr '\0' x; echo; shift ;;
    who) [ "$USER/$LOGNAME" = "$($b id -un)/$USER" ] && echo known || fail "$USER/$LOGNAME is $($b id -un 2>&1)" ;;
    myself) $b hostname -i >/dev/null && echo found || exit 1 ;;
    shared-memory) echo $(($($b stat -f -c '%b * %S' /dev/shm))) ;;
    env) eval "[ -n \"\${$1+set}\" ]" || fail "$1 is not set"; eval "printf '%s\n' \"\$$1\""; shift ;;
    argv)
      while [ $# -gt 0 ] && [ "$1" != then ]; do
        printf '%s %s\n' "$(printf %s "$1" | $b wc -c)" "$1"
        shift
      done ;;
    pwd) pwd ;;
    owner) $b stat -c %u:%g "$1" || exit 1; shift ;;
    mode) $b stat -c %a "$1" || exit 1; shift ;;
    serve)
      $b mkdir -p /tmp/www
      printf %s "$2" >/tmp/www/index.html
      $b httpd -f -p "$1" -h /tmp/www &
      wait $!
      shift 2 ;;
    *) fail "unknown verb $verb" ;;
  esac
  [ "$1" != then ] || shift
done
)act";

}  // namespace executor::conformance

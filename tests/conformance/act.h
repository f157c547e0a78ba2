// The program of the test image conformance:test. Its arguments are verbs, separated by `then`, which it executes in
// order. FakeContainer implements the same verbs but `folder`. The image contains the file /work/tool (its content is
// `tool`), a volume at /volume, and an /etc/passwd that is a symbolic link.
//
//   print TEXT, print-error TEXT    writes a line to standard output or standard error
//   exit N, signal N                ends with that exit code, or by that signal
//   sleep SECONDS
//   polite, stubborn                from now on exits with 42 on SIGTERM, or ignores SIGTERM
//   eat-memory MB                   allocates that much memory and frees it again
//   write PATH TEXT, copy FROM TO, link FROM TO, folder PATH
//   noise BYTES                     writes the bytes 0 to 255 again and again to standard output
//   fill BYTES                      writes a line of that many letters x
//   who                             prints `known` if USER, LOGNAME and /etc/passwd agree on the user's name
//   myself                          prints `found` if the host name resolves to an address
//   shared-memory                   prints the size of /dev/shm in bytes
//   env NAME, pwd, owner PATH, mode PATH      prints what it sees
//   argv WORD...                    prints a line "LENGTH WORD" for each word
//   serve PORT TEXT                 answers HTTP requests with TEXT
#pragma once

namespace executor::conformance {

/// The content of /act in the image. It needs only /bin/busybox, and a /tmp in which every user may write.
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

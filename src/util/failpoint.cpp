#include "util/failpoint.h"

#ifdef DUWS_FAILPOINTS

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <signal.h>
#include <unistd.h>

#include "util/text.h"

namespace util {
namespace {

std::size_t armed = failpoints.size();
std::atomic<std::uint64_t> times_left{0};

}  // namespace

Status arm_failpoint() {
  const char* wish = std::getenv("DUWS_FAILPOINT");
  if (wish == nullptr) return {};
  const auto parts = split(wish, '@');
  const auto found = std::find(failpoints.begin(), failpoints.end(), parts.front());
  const auto times = parts.size() == 1 ? 1 : parse_unsigned(parts.back()).value_or(0);
  if (found == failpoints.end() || parts.size() > 2 || times == 0) {
    return Error::of(ErrorCode::invalid_argument, "DUWS_FAILPOINT: no such failpoint: " + for_display(wish));
  }
  times_left = times;
  armed = static_cast<std::size_t>(found - failpoints.begin());
  return {};
}

void failpoint(Failpoint here) {
  if (here.index() != armed || --times_left != 0) return;
  ::kill(::getpid(), SIGKILL);
  ::pause();  // until the signal arrives
}

}  // namespace util

#endif

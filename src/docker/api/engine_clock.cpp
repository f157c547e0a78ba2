#include "docker/api/engine_clock.h"

#include <algorithm>
#include <ctime>

namespace docker {

void EngineClock::note(util::Instant asked, util::Instant answered, util::Instant earliest, util::Instant latest) {
  // Times are truncated to milliseconds.
  constexpr std::chrono::milliseconds cut{1};
  if (answered < asked || latest < earliest) return;
  const Bounds seen{earliest - answered - cut, latest - asked + cut};
  if (!bounds_ || seen.least > bounds_->most || seen.most < bounds_->least) {
    bounds_ = seen;  // the first answer, or one of the clocks was changed
    return;
  }
  bounds_ = Bounds{std::max(bounds_->least, seen.least), std::min(bounds_->most, seen.most)};
}

std::chrono::milliseconds EngineClock::ahead() const {
  const bool may_be_ours = !bounds_ || (bounds_->least.count() <= 0 && bounds_->most.count() >= 0);
  return may_be_ours ? std::chrono::milliseconds{0} : bounds_->least;
}

std::optional<util::Instant> parse_http_date(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return util::Instant(std::chrono::seconds{::timegm(&parts)});
}

}  // namespace docker

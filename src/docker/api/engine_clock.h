// The offset of the engine's clock from this service's clock, derived from the times in the engine's answers.
//
// Rule: a time from the engine is converted to this service's clock where it is read, in src/docker. All other code
// knows only this service's clock, so times of different clocks are never compared. Most engines share the clock of
// this service; a clock counts as shared until an answer contradicts that. Computes only. Owned by the Api; used on the
// loop's thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "util/time.h"

namespace docker {

class EngineClock {
 public:
  /// Records that the engine wrote an answer when its clock showed a time from `earliest` to `latest`. The request was
  /// sent at `asked` and the answer received at `answered`, both by this service's clock.
  void note(util::Instant asked, util::Instant answered, util::Instant earliest, util::Instant latest);

  /// How far the engine's clock is ahead. Zero as long as a shared clock explains all answers, else the lower bound. So
  /// a converted time is never too early, and too late by at most the duration of an answer.
  std::chrono::milliseconds ahead() const;
  util::Instant ours(util::Instant engines) const { return engines - ahead(); }

 private:
  struct Bounds {
    std::chrono::milliseconds least;
    std::chrono::milliseconds most;
  };
  std::optional<Bounds> bounds_;  // bounds of the offset
};

/// Parses the format of HTTP's Date header: "Mon, 30 Nov 2026 07:08:21 GMT".
std::optional<util::Instant> parse_http_date(const std::string& text);

}  // namespace docker

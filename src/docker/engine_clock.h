// The engine's clock, which may be another one than ours: how far it is ahead, from the times that its answers carry.
//
// The clock rule: a time that an engine told is translated into this service's where it is read, in this room. Beyond
// it there is only our clock, so that no two clocks are ever compared. Most engines share ours; they are taken to do so
// until their answers cannot be explained by it. Pure computation; owned by the Api, on the loop's thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "util/time.h"

namespace docker {

class EngineClock {
 public:
  /// An answer to what we asked at `asked`, and had at `answered`, was written when the engine's clock showed a time
  /// from `earliest` to `latest`.
  void note(util::Instant asked, util::Instant answered, util::Instant earliest, util::Instant latest);

  /// Zero while the same clock explains all; else a little less than it may be: a translated time is late by as much as
  /// an answer takes, and never early.
  std::chrono::milliseconds ahead() const;
  util::Instant ours(util::Instant engines) const { return engines - ahead(); }

 private:
  struct Bounds {
    std::chrono::milliseconds least;
    std::chrono::milliseconds most;
  };
  std::optional<Bounds> bounds_;  // of how far it is ahead
};

/// "Mon, 30 Nov 2026 07:08:21 GMT", as HTTP's Date has it.
std::optional<util::Instant> parse_http_date(const std::string& text);

}  // namespace docker

#include "executor/disk_watch.h"

#include <algorithm>
#include <utility>

#include "util/clock.h"
#include "util/log.h"
#include "util/metrics.h"
#include "util/quantity.h"

namespace executor {
namespace {

constexpr std::uint64_t usually_kept = 1ULL << 30U;
constexpr std::uint64_t usual_share = 10;
/// The assumed write rate of a fast disk.
constexpr std::uint64_t bytes_per_millisecond = 500'000;
constexpr std::chrono::milliseconds shortest_space_pause{1000};
constexpr std::chrono::milliseconds longest_space_pause{30'000};
constexpr std::chrono::milliseconds pause_in_need{2000};
/// The pause between measurements is at least so many times the duration of the last measurement.
constexpr int time_share = 20;

util::Gauge& free_bytes(const std::string& engine) {
  return util::metrics().gauge("docker_uws_engine_disk_free_bytes", "Of the disk that runs are on.",
                               {{"engine", engine}});
}
util::Gauge& is_short(const std::string& engine) {
  return util::metrics().gauge("docker_uws_engine_disk_short", "1: nothing begins there until more is free.",
                               {{"engine", engine}});
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t mebibyte = 1ULL << 20U;
  return util::format_bytes(static_cast<std::int64_t>(bytes / mebibyte * mebibyte));
}

}  // namespace

std::uint64_t kept_free(const std::optional<std::int64_t>& configured, const DiskSpace& space) {
  if (configured) return static_cast<std::uint64_t>(*configured);
  return std::min(usually_kept, space.total_bytes / usual_share);
}

std::chrono::milliseconds pause_before_next_read(const DiskSpace& space, std::uint64_t kept_free_bytes) {
  if (space.free_bytes < kept_free_bytes) return pause_in_need;
  const std::chrono::milliseconds until_full((space.free_bytes - kept_free_bytes) / bytes_per_millisecond);
  return std::clamp(until_full, shortest_space_pause, longest_space_pause);
}

DiskWatch::DiskWatch(util::EventLoop& loop, EngineLink& link, const RunOptions& options, Listener listener)
    : loop_(loop),
      link_(link),
      measures_(options.max_disk_bytes > 0),
      measure_pause_(options.disk_measure_pause),
      listener_(std::move(listener)) {}

void DiskWatch::start() {
  check_now();
  if (measures_) measure_after(measure_pause_);
}

void DiskWatch::check_now() {
  if (look_timer_) loop_.cancel(*std::exchange(look_timer_, std::nullopt));
  read_space();
}

void DiskWatch::read_space() {
  if (looking_ || !link_.up()) return;
  looking_ = true;
  link_.engine().disk_space([this](const util::Result<std::optional<DiskSpace>>& answer) {
    looking_ = false;
    on_space(answer);
  });
}

void DiskWatch::read_space_after(std::chrono::milliseconds pause) {
  if (look_timer_) return;
  look_timer_ = loop_.after(pause, [this] {
    look_timer_.reset();
    read_space();
  });
}

/// If the engine could not tell its free space, the last answer stays valid.
void DiskWatch::on_space(const util::Result<std::optional<DiskSpace>>& answer) {
  if (!answer.ok()) return read_space_after(longest_space_pause);
  space_ = *answer;
  is_known_ = true;
  const bool was_short = shortage_.has_value();
  shortage_.reset();
  if (space_) {
    const std::uint64_t kept = kept_free(link_.options().min_free_disk_bytes, *space_);
    free_bytes(link_.name()).set(static_cast<std::int64_t>(space_->free_bytes));
    if (space_->free_bytes < kept) {
      shortage_ = "the disk of the engine " + link_.name() + " is nearly full: " + size_text(space_->free_bytes) +
                  " are free, and " + size_text(kept) + " are kept";
    }
    read_space_after(pause_before_next_read(*space_, kept));
  }
  is_short(link_.name()).set(shortage_ ? 1 : 0);
  const bool is_changed = was_short != shortage_.has_value();
  if (is_changed && shortage_) util::log_warning("nothing begins on this engine", {{"why", *shortage_}});
  if (is_changed && !shortage_) util::log_info("the engine's disk has room again", {{"engine", link_.name()}});
  // A run above its limit may be what fills the disk.
  if (is_changed && shortage_ && measures_) measure();
  listener_.seen(is_changed);
}

std::string DiskWatch::note() const {
  if (!is_known_) return {};
  if (!space_) return "how much of its disk is free cannot be told";
  return shortage_ ? "nothing begins there: " + *shortage_ : size_text(space_->free_bytes) + " of its disk are free";
}

void DiskWatch::measure_after(std::chrono::milliseconds pause) {
  if (measure_timer_) return;
  measure_timer_ = loop_.after(pause, [this] {
    measure_timer_.reset();
    measure();
  });
}

void DiskWatch::measure() {
  const std::vector<RunId> runs = listener_.running();
  if (measuring_ || !link_.up()) return;
  if (runs.empty()) return measure_after(measure_pause_);
  measuring_ = true;
  const auto begun = util::Clock::now();
  link_.engine().disk_use(runs, [this, begun](const util::Result<std::map<RunId, std::uint64_t>>& answer) {
    measuring_ = false;
    const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(util::Clock::now() - begun);
    measure_after(std::max(measure_pause_, time_share * taken));
    if (answer.ok()) listener_.used(*answer);
  });
}

}  // namespace executor

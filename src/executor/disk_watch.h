// The disk of one engine: whether there is room for more runs, and what each run takes of it.
//
// Free space is looked at often enough that a quick disk could not be filled in between; where the engine's disk cannot
// be seen from here, not at all. What runs take is asked for only where a limit is configured, and so seldom that the
// engine spends little of its time on it. Everything runs on the executor's loop; owned by the executor.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "executor/engine_link.h"

namespace executor {

/// What is kept free, so that what runs can end well: as configured, or the least of 1 GiB and a tenth of the disk.
std::uint64_t kept_free(const std::optional<std::int64_t>& configured, const DiskSpace& space);
/// Until free space is looked at again.
std::chrono::milliseconds pause_before_next_look(const DiskSpace& space, std::uint64_t kept_free_bytes);

class DiskWatch {
 public:
  struct Listener {
    std::function<void(bool is_changed)> seen;  // true: whether more may begin there is another answer now
    std::function<std::vector<RunId>()> running;
    std::function<void(const std::map<RunId, std::uint64_t>&)> used;
  };

  /// Outlives nothing of these; runs are measured where they have a limit.
  DiskWatch(util::EventLoop& loop, EngineLink& link, const RunOptions& options, Listener listener);

  /// The engine answers: from now on, until it does not.
  void start();
  /// Something ended for want of space.
  void look_now();

  /// Nothing may begin there, and why.
  const std::optional<std::string>& shortage() const { return shortage_; }
  /// For operators.
  std::string note() const;

 private:
  void look();
  void on_space(const util::Result<std::optional<DiskSpace>>& answer);
  void look_after(std::chrono::milliseconds pause);
  void measure();
  void measure_after(std::chrono::milliseconds pause);

  util::EventLoop& loop_;
  EngineLink& link_;
  const bool measures_;
  const std::chrono::milliseconds measure_pause_;
  const Listener listener_;
  std::optional<DiskSpace> space_;
  std::optional<std::string> shortage_;
  std::optional<util::EventLoop::TimerId> look_timer_;
  std::optional<util::EventLoop::TimerId> measure_timer_;
  bool looking_ = false;
  bool measuring_ = false;
  bool is_known_ = false;
};

}  // namespace executor

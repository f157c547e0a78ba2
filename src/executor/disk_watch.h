// Watches the disk of one engine: whether there is space for more runs, and how much of it each run uses.
//
// Free space is checked so often that even a fast disk cannot fill up between two checks. If this process cannot see
// the engine's disk, free space stays unknown. The disk use of runs is measured only if a limit is configured, and so
// rarely that the engine spends little time on it. Everything runs on the executor's loop. Owned by the executor.
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

/// How much space is kept free so that running jobs can finish: as configured, or else the smaller of 1 GiB and a tenth
/// of the disk.
std::uint64_t kept_free(const std::optional<std::int64_t>& configured, const DiskSpace& space);
/// The pause until free space is checked again.
std::chrono::milliseconds pause_before_next_read(const DiskSpace& space, std::uint64_t kept_free_bytes);

class DiskWatch {
 public:
  struct Listener {
    std::function<void(bool is_changed)> seen;  // true: a shortage has begun or ended
    std::function<std::vector<RunId>()> running;
    std::function<void(const std::map<RunId, std::uint64_t>&)> used;
  };

  /// `loop` and `link` must outlive this. Runs are measured only if `options` has a limit for their disk use.
  DiskWatch(util::EventLoop& loop, EngineLink& link, const RunOptions& options, Listener listener);

  /// To be called whenever the engine has answered; checks and measurements continue as long as it answers.
  void start();
  /// Checks free space at once, for example because a run ended for lack of space.
  void check_now();

  /// Why no job may start on this engine; nullopt: jobs may start.
  const std::optional<std::string>& shortage() const { return shortage_; }
  /// The state of the disk as a sentence for operators.
  std::string note() const;

 private:
  void read_space();
  void on_space(const util::Result<std::optional<DiskSpace>>& answer);
  void read_space_after(std::chrono::milliseconds pause);
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

// Decides how a job ends: derives the phase and the error message (the verdict) from the engine's evidence and from the
// stop that this service sent. docs/ends.md has the same rules as a table. Computes only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "executor/engine.h"
#include "uws/core/job.h"

namespace executor {

/// Why this service stops a run before it ends by itself.
enum class Stop { none, abort, duration, staging, disk, destroy };

struct Verdict {
  uws::Phase phase = uws::Phase::completed;
  std::optional<uws::ErrorSummary> error;
};

/// The facts from which a verdict is derived.
struct EndFacts {
  RunEnd ended;
  Stop stop = Stop::none;
  std::optional<util::Instant> stop_sent;
  std::string engine;
  /// True if the run ended while the engine did not answer, or while this service did not watch the engine.
  bool unwatched = false;
  std::string image;
  std::string command;  // the executable, as the engine or the task names it; empty: the image's own command
  std::string workdir;  // the working folder; empty: the image's working folder
  std::int64_t memory_bytes = 0;
  std::int64_t max_disk_bytes = 0;
  std::uint64_t disk_bytes = 0;  // the measured use if the run was stopped because of its limit
  std::chrono::seconds execution_duration{0};
  std::chrono::seconds staging_timeout{0};
  std::vector<std::string> missing_outputs;  // sentences
  bool outputs_too_large = false;            // an output is missing because of the limit of bytes
  bool too_many_outputs = false;             // an output is missing because of the limit of files
  std::string stderr_tail;
};

/// True if the stop that this service sent ended the run; false if the run had ended by itself before.
bool ended_by_us(const EndFacts& facts);
Verdict verdict_of(const EndFacts& facts);

/// The run was stopped before its container started.
Verdict stopped_early(Stop stop, std::chrono::seconds staging_timeout);
/// An input could not be fetched.
Verdict staging_failed(const util::Error& error);
/// The task was accepted earlier, but would be refused now.
Verdict refused(const std::vector<util::Fault>& faults);
Verdict lost(const std::string& engine);
/// The engine answers, but has repeatedly failed to prepare the container.
Verdict engine_failed(const std::string& engine, const std::string& why);
/// The container ended, but its results could not be collected.
Verdict not_collected(const std::string& why);

}  // namespace executor

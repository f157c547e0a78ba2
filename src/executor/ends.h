// How a job ends: from what the engine shows and what we asked for to a phase and a sentence. docs/ends.md is this as a
// table. Computes only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "executor/engine.h"
#include "uws/core/job.h"

namespace executor {

/// Why we stop a run that goes on.
enum class Stop { none, abort, duration, staging, disk, destroy };

struct Verdict {
  uws::Phase phase = uws::Phase::completed;
  std::optional<uws::ErrorSummary> error;
};

/// What a verdict is made of.
struct EndFacts {
  RunEnd ended;
  Stop stop = Stop::none;
  std::optional<util::Instant> stop_sent;
  std::string engine;
  /// It ended while the engine did not answer, or while we did not ask.
  bool unwatched = false;
  std::string image;
  std::string command;  // the executable that was asked for, or the engine names; empty: the image's
  std::string workdir;  // where it was to run; empty: in the image's own folder
  std::int64_t memory_bytes = 0;
  std::int64_t max_disk_bytes = 0;
  std::uint64_t disk_bytes = 0;  // when it was stopped for that
  std::chrono::seconds execution_duration{0};
  std::chrono::seconds staging_timeout{0};
  std::vector<std::string> missing_outputs;  // sentences
  bool outputs_too_large = false;            // and that is why one is missing
  bool too_many_outputs = false;             // the same
  std::string stderr_tail;
};

/// Did it end by what we sent, or by itself before?
bool ended_by_us(const EndFacts& facts);
Verdict verdict_of(const EndFacts& facts);

/// Stopped before there was a container.
Verdict stopped_early(Stop stop, std::chrono::seconds staging_timeout);
/// An input could not be fetched.
Verdict staging_failed(const util::Error& error);
/// What was accepted once is refused now.
Verdict refused(const std::vector<util::Fault>& faults);
Verdict lost(const std::string& engine);
/// The engine answers, and again and again that it cannot prepare the container, or show it.
Verdict engine_failed(const std::string& engine, const std::string& why);
/// The container ended, and its results cannot be had.
Verdict not_collected(const std::string& why);

}  // namespace executor

// A job as UWS 1.1 defines it. Plain values; nothing of containers, nothing of HTTP.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/node.h"
#include "store/blob_store.h"
#include "util/result.h"
#include "util/time.h"

namespace uws {

using JobId = std::string;  // util::random_id(): the last segment of the job's URL, unguessable (U6)
/// An authenticated identity; nullopt is nobody: anonymous.
using Owner = std::optional<std::string>;

/// Who asks.
struct Caller {
  Caller() = default;
  Caller(Owner name) : user(std::move(name)) {}  // NOLINT(google-explicit-constructor)
  Caller(Owner name, std::vector<std::string> of, bool rules)
      : user(std::move(name)), groups(std::move(of)), administrator(rules) {}

  Owner user;
  std::vector<std::string> groups;
  bool administrator = false;  // sees all jobs; may abort, hold, release and destroy them

  auto operator<=>(const Caller&) const = default;
};

/// UWS 1.1 section 2.1.3 (U40).
enum class Phase { pending, queued, executing, completed, error, aborted, unknown, held, suspended, archived };
std::string_view to_string(Phase phase);                  // "PENDING"
std::optional<Phase> parse_phase(std::string_view word);  // without regard to case (U13)
/// COMPLETED, ERROR, ABORTED or ARCHIVED: nothing will change any more but by destruction.
bool is_ended(Phase phase);
/// PENDING, QUEUED or EXECUTING: the phases in which WAIT waits (U30).
bool is_waited_in(Phase phase);

/// What a client may say beside the task, upper case: PHASE, RUNID, EXECUTIONDURATION, DESTRUCTION, ACTION, WAIT,
/// RESPONSEFORMAT, SHARE (U10).
const std::vector<std::string_view>& control_parameters();
bool is_control_parameter(std::string_view name);  // without regard to case

struct Parameter {
  std::string name;   // in its canonical spelling; may repeat
  std::string value;  // of an uploaded one: empty, its bytes are the blob
  bool by_reference = false;
  store::BlobId blob;            // when by_reference; empty once the job is ARCHIVED
  std::string media_type;        // when by_reference; of a value: as it was given, if it had one
  std::uint64_t size_bytes = 0;  // when by_reference
};

/// A result for good.
struct ResultEntry {
  std::string id;  // unique in the job; "stdout"
  store::BlobId blob;
  std::string media_type;
  std::uint64_t size_bytes = 0;
  std::string sha256;     // 64 hex digits
  bool primary = false;   // is also `results/result` (U7)
  std::string path = {};  // of the file that it was; empty: it was none
};

struct ErrorSummary {
  bool fatal = true;  // else transient: the same job may succeed later
  std::string message;
  std::string detail;     // of …/error; empty: none beyond the message
  std::string code = {};  // a word for programs; empty: none
};

/// The list that a job belongs to for good: empty is /jobs, others are configured applications (UWS 1.1 section 4.3).
using ListName = std::string;

struct Job {
  JobId id;
  ListName list;
  std::optional<std::string> run_id;
  Owner owner;
  std::optional<std::string> shared_with;  // a group, whose members may look
  Phase phase = Phase::pending;
  util::Instant creation_time;
  std::optional<util::Instant> start_time;
  std::optional<util::Instant> end_time;
  std::chrono::seconds execution_duration{0};
  std::optional<util::Instant> destruction;
  std::vector<Parameter> parameters;
  std::vector<ResultEntry> results;
  std::optional<ErrorSummary> error;
  data::Node info = data::Node::object();  // jobInfo: what whoever runs the job tells about it

  /// Grows with every change of the row; part of the ETag.
  std::int64_t version = 0;
  /// The number of the present claim; 0: never claimed. A run's writes must carry it.
  std::int64_t fence = 0;
  /// A claim exists whose run is not released.
  bool claimed = false;
  /// When an abort was asked for whose end is not yet seen.
  std::optional<util::Instant> abort_time;
};

/// What a list shows of a job (U22).
struct JobReference {
  JobId id;
  std::optional<std::string> run_id;
  Owner owner;
  Phase phase = Phase::pending;
  util::Instant creation_time;
};

}  // namespace uws

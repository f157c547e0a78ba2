// A job as UWS 1.1 defines it. Plain values, independent of containers and HTTP.
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
/// The name of an authenticated user; nullopt: anonymous.
using Owner = std::optional<std::string>;

/// The user who sends a request.
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
std::optional<Phase> parse_phase(std::string_view word);  // case-insensitive (U13)
/// True for COMPLETED, ERROR, ABORTED and ARCHIVED: the job changes no more, except by its destruction.
bool is_ended(Phase phase);
/// True for PENDING, QUEUED and EXECUTING: the phases in which WAIT waits (U30).
bool is_waited_in(Phase phase);

/// The parameters that control the job and are not part of its task, in upper case: PHASE, RUNID, EXECUTIONDURATION,
/// DESTRUCTION, ACTION, WAIT, RESPONSEFORMAT, SHARE (U10).
const std::vector<std::string_view>& control_parameters();
bool is_control_parameter(std::string_view name);  // case-insensitive

struct Parameter {
  std::string name;              // in its canonical spelling; a job may have several parameters of one name
  std::string value;             // empty if the parameter was uploaded
  bool by_reference = false;     // the parameter was uploaded
  store::BlobId blob;            // if by_reference: the uploaded bytes; empty once the job is ARCHIVED
  std::string media_type;        // as the client gave it; may be empty
  std::uint64_t size_bytes = 0;  // if by_reference
};

/// A result that is stored as a blob.
struct ResultEntry {
  std::string id;  // unique in the job; "stdout"
  store::BlobId blob;
  std::string media_type;
  std::uint64_t size_bytes = 0;
  std::string sha256;     // 64 hex digits
  bool primary = false;   // also available as `results/result` (U7)
  std::string path = {};  // path of the output file in the container; empty: the result was no file
};

struct ErrorSummary {
  bool fatal = true;  // false: transient, the same job may succeed later
  std::string message;
  std::string detail;     // for …/error; empty: there is only the message
  std::string code = {};  // a machine-readable word; may be empty
};

/// The job list to which a job belongs; it never changes. Empty: /jobs; else the name of an application (UWS 1.1
/// section 4.3).
using ListName = std::string;

struct Job {
  JobId id;
  ListName list;
  std::optional<std::string> run_id;
  Owner owner;
  std::optional<std::string> shared_with;  // a group whose members may read the job
  Phase phase = Phase::pending;
  util::Instant creation_time;
  std::optional<util::Instant> start_time;
  std::optional<util::Instant> end_time;
  std::chrono::seconds execution_duration{0};
  std::optional<util::Instant> destruction;
  std::vector<Parameter> parameters;
  std::vector<ResultEntry> results;
  std::optional<ErrorSummary> error;
  data::Node info = data::Node::object();  // jobInfo: what the executor reports about the job

  /// Grows with every change of the row; part of the ETag.
  std::int64_t version = 0;
  /// The number of the newest claim; 0: never claimed. A run can write to the job only with this number.
  std::int64_t fence = 0;
  /// True from a claim until its run is released.
  bool claimed = false;
  /// When an abort was requested for a claimed job; reset when the job has ended.
  std::optional<util::Instant> abort_time;
};

/// The entry of a job in a list (U22).
struct JobReference {
  JobId id;
  std::optional<std::string> run_id;
  Owner owner;
  Phase phase = Phase::pending;
  util::Instant creation_time;
};

}  // namespace uws

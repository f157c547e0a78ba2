// Reads from a request what it asks for: the control parameters, parsed, and the rest as the client gave it (U10, U11).
// Called on HTTP workers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/router.h"
#include "util/result.h"
#include "uws/core/job.h"
#include "uws/core/job_service.h"
#include "uws/core/seams.h"
#include "uws/core/stored_bytes.h"

namespace uws::rest {

/// The resource that a POST is sent to.
enum class Place {
  list,        // creates a job: no ABORT, no ACTION
  job,         // takes everything
  parameters,  // as the job, but no ACTION: only a job can be deleted (U2)
  phase,       // these three take their own control parameter only
  execution_duration,
  destruction,
};

/// What a POST asks for.
struct ControlParameters {
  std::optional<PhaseAction> phase;
  std::optional<std::string> run_id;
  std::optional<std::chrono::seconds> execution_duration;
  std::optional<util::Instant> destruction;
  std::optional<std::optional<std::string>> share;  // a group; nullopt inside: not shared any more
  bool destroy = false;                             // ACTION=DELETE, which must be given alone
  JobRequest given;

  bool gives_parameters() const { return !given.parameters.empty() || given.document.has_value(); }
};

/// What RESPONSEFORMAT means in a POST: the format of our answer, or, as in DALI, a parameter of the task.
enum class ResponseFormat { of_answer, of_task };

/// How names of parameters are read in one list.
struct TaskNames {
  ResponseFormat response_format = ResponseFormat::of_answer;
  /// True for the name of an uploaded part that is a value, whatever its media type: a part of a request to the
  /// planner.
  bool (*is_value_part)(std::string_view name) = nullptr;
};

/// True for a control parameter: such a name is never a parameter of a task.
bool is_control(std::string_view name, ResponseFormat format);

/// Reads control parameters and others from query and body. Names are compared case-insensitively, and a control
/// parameter can have one value only. Uploads become blobs, which the calling code owns unless this fails.
util::Result<ControlParameters> read_controls(const http::Request& request, Place place, const TaskNames& names,
                                              StoredBytes& bytes);

/// Reads what a request gives for the task (U11): parameters, uploaded parts, a document. `given` are the pairs of
/// query and form that are no control parameters.
util::Result<JobRequest> read_given(const http::Request& request, const http::Pairs& given, const TaskNames& names,
                                    StoredBytes& bytes);
util::Status check_parameter_name(std::string_view name);

/// Reads the body of a PUT (BodyKind::value). It becomes an upload if the job has an upload of that name or a value
/// that refers to it by param:NAME, otherwise a plain value.
util::Result<JobRequest> read_value(const http::Request& request, const Job& job, const std::string& name,
                                    StoredBytes& bytes);

/// Returns a function that makes a blob for each uploaded part. The blob is removed unless read_controls() or
/// read_value() takes it.
std::function<util::Result<std::shared_ptr<util::ByteSink>>(const http::Request&, const http::PartHead&)> upload_sinks(
    StoredBytes& bytes, std::uint64_t limit_bytes);

// Parsers of single values. A fault has the name of its control parameter.
util::Result<std::chrono::seconds> read_execution_duration(std::string_view text);
/// AFTER, DESTRUCTION.
util::Result<util::Instant> read_instant(std::string_view name, std::string_view text);
util::Result<Phase> read_phase(std::string_view text);
/// WAIT: seconds, or -1 to wait until a change (U30, U31).
util::Result<std::int64_t> read_wait(std::string_view text);
/// LAST: a count of at least 1 (U20).
util::Result<std::int64_t> read_last(std::string_view text);

}  // namespace uws::rest

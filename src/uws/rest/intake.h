// From a request to what it asks of a job: control parameters taken out and understood, the rest as given (U10, U11).
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

/// Where a POST goes.
enum class Place {
  list,        // makes a job: no ABORT, nothing to delete
  job,         // takes everything
  parameters,  // as the job, but for ACTION: nothing but a job can be deleted (U2)
  phase,       // these three take their own control parameter only
  execution_duration,
  destruction,
};

/// What a POST asks for.
struct Wishes {
  std::optional<PhaseAction> phase;
  std::optional<std::string> run_id;
  std::optional<std::chrono::seconds> execution_duration;
  std::optional<util::Instant> destruction;
  std::optional<std::optional<std::string>> share;  // with a group, or with nobody any more
  bool destroy = false;                             // ACTION=DELETE, and nothing else
  JobRequest given;

  bool gives_parameters() const { return !given.parameters.empty() || given.document.has_value(); }
};

/// What RESPONSEFORMAT means in a change: the form of our answer, or a parameter of the task, as DALI has it.
enum class ResponseFormat { of_answer, of_task };

/// How the names of one list's tasks are read.
struct TaskNames {
  ResponseFormat response_format = ResponseFormat::of_answer;
  /// Whether an uploaded part of that name is a value, whatever its media type: a piece of a planner's question.
  bool (*is_value_part)(std::string_view name) = nullptr;
};

/// Never a parameter of a task, in that list.
bool is_control(std::string_view name, ResponseFormat format);

/// Control parameters come in query or body, others too; names compare without case, a control parameter counts once.
/// Uploads become blobs that are the caller's from here on, unless this fails.
util::Result<Wishes> read_wishes(const http::Request& request, Place place, const TaskNames& names, StoredBytes& bytes);

/// What is left of a request without its control parameters (U11): parts and what refers to them, a document. `given`
/// are the pairs of query and form that are no control parameters.
util::Result<JobRequest> read_given(const http::Request& request, const http::Pairs& given, const TaskNames& names,
                                    StoredBytes& bytes);
util::Status check_parameter_name(std::string_view name);

/// The body of a PUT (BodyKind::value): an upload where a value of the job says param:NAME, else a plain value.
util::Result<JobRequest> read_value(const http::Request& request, const Job& job, const std::string& name,
                                    StoredBytes& bytes);

/// The place of an uploaded part: a blob, removed again unless read_wishes() hands it on.
std::function<util::Result<std::shared_ptr<util::ByteSink>>(const http::Request&, const http::PartHead&)> upload_sinks(
    StoredBytes& bytes, std::uint64_t limit_bytes);

// Single values, each fault under its control parameter's name.
util::Result<std::chrono::seconds> read_execution_duration(std::string_view text);
/// AFTER, DESTRUCTION.
util::Result<util::Instant> read_instant(std::string_view name, std::string_view text);
util::Result<Phase> read_phase(std::string_view text);
/// WAIT: seconds, -1 for "until a change" (U30, U31).
util::Result<std::int64_t> read_wait(std::string_view text);
/// LAST: a count from 1 (U20).
util::Result<std::int64_t> read_last(std::string_view text);

}  // namespace uws::rest

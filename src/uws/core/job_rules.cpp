#include "uws/core/job_rules.h"

#include <algorithm>
#include <utility>

#include "util/random.h"
#include "util/text.h"

namespace uws {
namespace {

using std::chrono::seconds;
using util::Error;
using util::ErrorCode;

constexpr std::size_t longest_run_id = 1000;
constexpr std::string_view notes_key = "notes";  // in jobInfo

Error malformed(std::string input, std::string reason, std::string accepted) {
  return Error::of(ErrorCode::invalid_argument, util::Fault{std::move(input), std::move(reason), std::move(accepted)});
}

}  // namespace

Error no_such_job() { return Error::of(ErrorCode::not_found, "there is no such job, or it was destroyed"); }

util::Status check_access(const Job& job, const Caller& caller, Access wanted) {
  if (!job.owner || job.owner == caller.user) return {};
  if (caller.administrator) {
    if (wanted != Access::change) return {};
    return Error::of(
        ErrorCode::forbidden,
        "this job is somebody else's: an administrator may look at it, abort, hold, release and delete it");
  }
  const bool member = job.shared_with && caller.user &&
                      std::find(caller.groups.begin(), caller.groups.end(), *job.shared_with) != caller.groups.end();
  if (!member) return Error::of(ErrorCode::forbidden, "this job is somebody else's");
  if (wanted == Access::read) return {};
  return Error::of(ErrorCode::forbidden, "this job is somebody else's, who shares it to be looked at only");
}

util::Status check_share(const std::optional<std::string>& group, const Caller& caller) {
  if (!group) return {};
  const bool member =
      caller.user && std::find(caller.groups.begin(), caller.groups.end(), *group) != caller.groups.end();
  if (member) return {};
  std::string own;
  for (const std::string& known : caller.groups) own += (own.empty() ? "" : ", ") + util::for_display(known);
  return Error::of(ErrorCode::forbidden,
                   util::Fault{"SHARE", "'" + util::for_display(*group) + "' is no group that you are of",
                               own.empty() ? "nothing: you are of no group" : util::for_display(own, 500)});
}

Error illegal(std::string input, const std::string& wish, Phase present, std::string legal) {
  return Error::of(
      ErrorCode::forbidden,
      util::Fault{std::move(input), wish + " is not legal while the job is " + std::string(to_string(present)),
                  std::move(legal)});
}

util::Result<seconds> granted_duration(std::optional<seconds> asked, const JobOptions& options) {
  const seconds maximum = options.max_execution_duration;
  const seconds wish = asked.value_or(options.default_execution_duration);
  if (wish < seconds(0)) {
    return malformed("EXECUTIONDURATION", "is negative",
                     "a whole number of seconds, 0 for the largest that is allowed");
  }
  if (maximum == seconds(0)) return std::min(wish, longest_time);
  return wish == seconds(0) ? maximum : std::min(wish, maximum);
}

util::Result<std::optional<util::Instant>> granted_destruction(std::optional<util::Instant> asked,
                                                               util::Instant creation_time, util::Instant now,
                                                               const JobOptions& options) {
  if (asked && *asked <= now) {
    return malformed("DESTRUCTION", util::to_iso(*asked) + " is past",
                     "an instant after now (" + util::to_iso(now) + "), such as " + util::to_iso(now + seconds(86400)));
  }
  std::optional<util::Instant> wish = asked;
  if (!wish && options.default_destruction > seconds(0)) wish = creation_time + options.default_destruction;
  if (options.max_destruction == seconds(0)) return wish;
  // If the maximum was lowered, an old job may be beyond it. A request to keep such a job must not destroy it at once.
  const util::Instant latest = std::max(creation_time + options.max_destruction, now + seconds(1));
  return std::optional(wish ? std::min(*wish, latest) : latest);
}

util::Status check_run_id(const std::string& run_id) {
  if (run_id.size() <= longest_run_id && util::is_xml_text(run_id)) return {};
  return malformed("RUNID", "is too long, or holds what XML cannot carry",
                   "UTF-8 text without control characters, of at most " + std::to_string(longest_run_id) + " bytes");
}

util::Status check_parameters(const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters) {
    if (util::is_xml_text(parameter.name) && util::is_xml_text(parameter.value) &&
        util::is_xml_text(parameter.media_type)) {
      continue;
    }
    return malformed(util::for_display(parameter.name), "holds what XML cannot carry",
                     "UTF-8 text without control characters; other bytes as an uploaded part");
  }
  return {};
}

util::Status check_quotas(const Counts& counts, const JobOptions& options) {
  if (counts.unended >= options.max_unended_jobs_per_owner) {
    return Error::of(ErrorCode::too_many, "you have " + std::to_string(counts.unended) +
                                              " jobs that have not ended; the most allowed is " +
                                              std::to_string(options.max_unended_jobs_per_owner) +
                                              ": wait for some to end, or abort or delete them");
  }
  if (counts.all >= options.max_jobs_per_owner) {
    return Error::of(ErrorCode::too_many, "you have " + std::to_string(counts.all) + " jobs; the most allowed is " +
                                              std::to_string(options.max_jobs_per_owner) + ": delete some");
  }
  return {};
}

util::Result<JobRow> new_row(const Creation& creation, util::Instant now, const JobOptions& options) {
  if (creation.owner.user && creation.owner.user->empty())
    return Error::of(ErrorCode::internal, "an identity has no name");
  if (creation.run_id) RETURN_IF_ERROR(check_run_id(*creation.run_id));
  RETURN_IF_ERROR(check_share(creation.shared_with, creation.owner));
  JobRow row;
  Job& job = row.job;
  ASSIGN_OR_RETURN(job.execution_duration, granted_duration(creation.execution_duration, options));
  ASSIGN_OR_RETURN(job.destruction, granted_destruction(creation.destruction, now, now, options));
  job.id = util::random_id();
  if (creation.run_id && !creation.run_id->empty()) job.run_id = creation.run_id;
  job.owner = creation.owner.user;
  job.shared_with = creation.shared_with;
  job.phase = creation.run ? Phase::queued : Phase::pending;
  job.creation_time = now;
  job.version = 1;
  if (creation.run) row.queued_time = now;
  row.due = job.destruction;
  row.duration_said = creation.execution_duration.has_value();
  return row;
}

util::Status too_long(std::optional<seconds> least, const JobOptions& options) {
  const seconds most = options.max_execution_duration == seconds(0) ? longest_time : options.max_execution_duration;
  if (!least || *least <= most) return {};
  return Error::of(
      ErrorCode::forbidden,
      util::Fault{"/resources/minduration", std::to_string(least->count()) + " s are longer than a job may last",
                  "at most " + std::to_string(most.count()) + " s"});
}

util::Status apply(const AcceptedTask& accepted, const JobOptions& options, JobRow& row) {
  if (accepted.min_duration && !row.duration_said) {
    RETURN_IF_ERROR(too_long(accepted.min_duration, options));
    ASSIGN_OR_RETURN(row.job.execution_duration, granted_duration(accepted.min_duration, options));
  }
  if (!accepted.notes) return {};
  data::Node info = data::Node::object();
  if (!accepted.notes->empty()) {
    info.set(std::string(notes_key), data::Node::strings(*accepted.notes));
  }
  row.info = data::to_json(info);
  return {};
}

std::string info_with_notes(const data::Node& info, const std::string& former) {
  if (former.find("\"" + std::string(notes_key) + "\"") == former.npos) return data::to_json(info);
  const auto parsed = data::parse_json(former);
  const data::Node* notes = parsed.ok() ? parsed->find(notes_key) : nullptr;
  if (notes == nullptr) return data::to_json(info);
  data::Node all = *notes;
  const data::Node* more = info.find(notes_key);
  for (const data::Node& note : more != nullptr ? more->items() : std::vector<data::Node>{}) {
    const bool is_there = std::any_of(all.items().begin(), all.items().end(),
                                      [&](const data::Node& other) { return other.text() == note.text(); });
    if (!is_there) all.push(note);
  }
  data::Node whole = info;
  whole.set(std::string(notes_key), std::move(all));
  return data::to_json(whole);
}

}  // namespace uws

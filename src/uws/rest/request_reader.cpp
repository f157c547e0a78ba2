#include "uws/rest/request_reader.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "util/text.h"
#include "uws/core/job_rules.h"
#include "uws/rest/document_controls.h"

namespace uws::rest {
namespace {

using util::Error;
using util::ErrorCode;

Error bad(std::string_view input, std::string_view value, std::string reason, std::string accepted) {
  return Error::of(
      ErrorCode::invalid_argument,
      util::Fault{std::string(input), "'" + util::for_display(value) + "' " + std::move(reason), std::move(accepted)});
}

/// Reads a whole number of any size, limited to the largest xs:int. Also accepts 3600.0, as Python clients write it.
std::optional<std::int64_t> read_count(std::string_view text) {
  constexpr std::uint64_t longest = std::numeric_limits<std::int32_t>::max();
  const std::size_t point = text.find('.');
  const std::string_view fraction = text.substr(std::min(point, text.size()));
  if (fraction.size() == 1 || fraction.find_first_not_of(".0") != std::string_view::npos) return std::nullopt;
  if (std::count(fraction.begin(), fraction.end(), '.') > 1) return std::nullopt;
  const std::string_view digits = text.substr(0, point);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), util::is_digit)) return std::nullopt;
  return static_cast<std::int64_t>(std::min(util::parse_unsigned(digits).value_or(longest), longest));
}

/// Collects control parameters. take() fails if one of them has several different values.
class GivenControls {
 public:
  void add(const std::string& name, const std::string& value) { pairs_.emplace_back(util::to_upper(name), value); }

  util::Result<std::optional<std::string>> take(std::string_view name) const {
    std::optional<std::string> found;
    for (const auto& [key, value] : pairs_) {
      if (key != name) continue;
      const bool same = !found || (name == "RUNID" || name == "SHARE" ? *found == value : util::iequals(*found, value));
      if (!same) return bad(name, value, "contradicts '" + util::for_display(*found) + "'", "one value");
      found = value;
    }
    return found;
  }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

util::Status read_phase_control(const GivenControls& given, Place place, ControlParameters& controls) {
  ASSIGN_OR_RETURN(const auto phase, given.take("PHASE"));
  if (!phase) return {};
  if (util::iequals(*phase, "RUN")) {
    controls.phase = PhaseAction::run;
  } else if (util::iequals(*phase, "ABORT") && place != Place::list) {
    controls.phase = PhaseAction::abort;
  } else if (util::iequals(*phase, "HELD") && place != Place::list) {
    controls.phase = PhaseAction::hold;
  } else {
    return bad("PHASE", *phase, "cannot be asked for",
               place == Place::list ? "RUN" : "RUN or ABORT; HELD by an administrator");
  }
  return {};
}

/// Called after everything else was read, because ACTION=DELETE must be given alone.
util::Status read_action(const GivenControls& given, Place place, bool asks_for_more, ControlParameters& controls) {
  ASSIGN_OR_RETURN(const auto action, given.take("ACTION"));
  if (!action) return {};
  if (place != Place::job) return bad("ACTION", *action, "is not for this resource", "ACTION=DELETE, posted to a job");
  if (!util::iequals(*action, "DELETE")) return bad("ACTION", *action, "is not an action", "DELETE");
  if (asks_for_more) return bad("ACTION", *action, "contradicts what else was given", "ACTION=DELETE alone");
  controls.destroy = true;
  return {};
}

util::Status read_control_values(const GivenControls& given, Place place, ControlParameters& controls) {
  ASSIGN_OR_RETURN(const auto wait, given.take("WAIT"));
  if (wait) return bad("WAIT", *wait, "is not for a change", "WAIT in a GET of the job");
  RETURN_IF_ERROR(read_phase_control(given, place, controls));
  ASSIGN_OR_RETURN(controls.run_id, given.take("RUNID"));
  if (controls.run_id) RETURN_IF_ERROR(check_run_id(*controls.run_id));
  ASSIGN_OR_RETURN(const auto duration, given.take("EXECUTIONDURATION"));
  if (duration) {
    ASSIGN_OR_RETURN(controls.execution_duration, read_execution_duration(*duration));
  }
  ASSIGN_OR_RETURN(const auto share, given.take("SHARE"));
  if (share) controls.share = share->empty() ? std::nullopt : share;
  ASSIGN_OR_RETURN(const auto destruction, given.take("DESTRUCTION"));
  if (destruction) {
    ASSIGN_OR_RETURN(controls.destruction, read_instant("DESTRUCTION", *destruction));
  }
  return {};
}

bool asks_for_anything(const ControlParameters& controls) {
  return controls.phase || controls.run_id || controls.execution_duration || controls.destruction || controls.share;
}

/// The control parameter that a resource such as …/phase takes; empty for other resources.
std::string_view own_control(Place place) {
  if (place == Place::phase) return "PHASE";
  if (place == Place::execution_duration) return "EXECUTIONDURATION";
  return place == Place::destruction ? "DESTRUCTION" : std::string_view();
}

/// A resource such as …/phase takes its own parameter and no other.
util::Status check_only(const http::Request& request, std::string_view control) {
  bool is_given = false;
  for (const http::Pairs* pairs : {&request.query, &request.form}) {
    for (const auto& [name, value] : *pairs) {
      const bool ours = util::iequals(control, name);
      if (!ours && !util::iequals(name, "RESPONSEFORMAT")) {
        return Error::of(ErrorCode::invalid_argument,
                         util::Fault{util::for_display(name), "is not taken here", std::string(control)});
      }
      is_given = is_given || ours;
    }
  }
  if (is_given && request.body.empty()) return {};
  return Error::of(ErrorCode::invalid_argument,
                   util::Fault{std::string(control), "was not given",
                               std::string(control) + "=... as a form, or the same as a JSON object"});
}

}  // namespace

bool is_control(std::string_view name, ResponseFormat format) {
  return is_control_parameter(name) && !(format == ResponseFormat::of_task && util::iequals(name, "RESPONSEFORMAT"));
}

util::Result<ControlParameters> read_controls(const http::Request& sent, Place place, const TaskNames& names,
                                              StoredBytes& bytes) {
  ASSIGN_OR_RETURN(const std::optional<http::Request> plain, without_document_controls(sent));
  const http::Request& request = plain ? *plain : sent;
  if (const auto control = own_control(place); !control.empty()) RETURN_IF_ERROR(check_only(request, control));
  ControlParameters controls;
  GivenControls given;
  http::Pairs task_pairs;
  for (const http::Pairs* pairs : {&request.query, &request.form}) {
    for (const auto& [name, value] : *pairs) {
      if (is_control(name, names.response_format)) {
        given.add(name, value);
      } else {
        task_pairs.emplace_back(name, value);
      }
    }
  }
  RETURN_IF_ERROR(read_control_values(given, place, controls));
  const bool gives = !task_pairs.empty() || !request.parts.empty() || !request.body.empty();
  RETURN_IF_ERROR(read_action(given, place, gives || asks_for_anything(controls), controls));
  if (place != Place::list && !gives && !controls.destroy && !asks_for_anything(controls)) {
    return Error::of(ErrorCode::invalid_argument,
                     util::Fault{"", "nothing that can be changed was given", "parameters, PHASE, ACTION=DELETE, ..."});
  }
  ASSIGN_OR_RETURN(controls.given, read_given(request, task_pairs, names, bytes));
  return controls;
}

util::Result<std::chrono::seconds> read_execution_duration(std::string_view text) {
  if (const auto seconds = read_count(util::trim(text))) return std::chrono::seconds{*seconds};
  return bad("EXECUTIONDURATION", text, "is not a whole number of seconds", "0 (the largest allowed) or more");
}

util::Result<util::Instant> read_instant(std::string_view name, std::string_view text) {
  auto instant = util::parse_instant(util::trim(text));
  if (instant.ok()) return instant;
  Error error = std::move(instant).error();
  for (util::Fault& fault : error.faults) fault.input = name;
  return Error::of(error.code, std::move(error.faults));
}

util::Result<Phase> read_phase(std::string_view text) {
  if (const auto phase = parse_phase(text)) return *phase;
  return bad("PHASE", text, "is not a phase",
             "PENDING, QUEUED, EXECUTING, COMPLETED, ERROR, ABORTED, UNKNOWN, HELD, SUSPENDED or ARCHIVED");
}

util::Result<std::int64_t> read_wait(std::string_view text) {
  const std::string_view number = util::trim(text);
  if (number == "-1") return -1;
  if (const auto seconds = read_count(number)) return *seconds;
  return bad("WAIT", text, "is not a number of seconds", "a whole number of seconds, or -1 to wait for a change");
}

util::Result<std::int64_t> read_last(std::string_view text) {
  const auto count = read_count(util::trim(text));
  if (count && *count >= 1) return *count;
  return bad("LAST", text, "is not a count", "a whole number from 1");
}

}  // namespace uws::rest

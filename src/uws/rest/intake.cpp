#include "uws/rest/intake.h"

#include <algorithm>
#include <limits>

#include "util/text.h"

namespace uws::rest {
namespace {

using util::Error;
using util::ErrorCode;

Error bad(std::string_view input, std::string_view value, std::string reason, std::string accepted) {
  return Error::of(
      ErrorCode::invalid_argument,
      util::Fault{std::string(input), "'" + util::shown(value) + "' " + std::move(reason), std::move(accepted)});
}

/// The values of one control parameter; several different ones are a fault.
class Controls {
 public:
  void add(const std::string& name, const std::string& value) { pairs_.emplace_back(util::to_upper(name), value); }

  util::Result<std::optional<std::string>> take(std::string_view name) const {
    std::optional<std::string> found;
    for (const auto& [key, value] : pairs_) {
      if (key != name) continue;
      if (found && *found != value) return bad(name, value, "contradicts '" + util::shown(*found) + "'", "one value");
      found = value;
    }
    return found;
  }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

util::Status read_controls(const Controls& controls, Wishes& wishes) {
  ASSIGN_OR_RETURN(const auto phase, controls.take("PHASE"));
  if (phase) {
    const bool run = util::iequals(*phase, "RUN");
    if (!run && !util::iequals(*phase, "ABORT")) return bad("PHASE", *phase, "cannot be asked for", "RUN or ABORT");
    wishes.phase = run ? PhaseWish::run : PhaseWish::abort;
  }
  ASSIGN_OR_RETURN(wishes.run_id, controls.take("RUNID"));
  if (wishes.run_id && (wishes.run_id->size() > 256 || !util::is_xml_text(*wishes.run_id))) {
    return bad("RUNID", *wishes.run_id, "cannot be kept", "at most 256 bytes of text that XML can carry");
  }
  ASSIGN_OR_RETURN(const auto duration, controls.take("EXECUTIONDURATION"));
  if (duration) {
    ASSIGN_OR_RETURN(wishes.execution_duration, read_execution_duration(*duration));
  }
  ASSIGN_OR_RETURN(const auto destruction, controls.take("DESTRUCTION"));
  if (destruction) {
    ASSIGN_OR_RETURN(wishes.destruction, read_destruction(*destruction));
  }
  ASSIGN_OR_RETURN(const auto action, controls.take("ACTION"));
  if (action) {
    if (!util::iequals(*action, "DELETE")) return bad("ACTION", *action, "is not an action", "DELETE");
    wishes.destroy = true;
  }
  return {};
}

/// The NAME of a value that is, or ends with, param:NAME.
std::optional<std::string_view> reference_in(std::string_view value) {
  constexpr std::string_view scheme = "param:";
  if (value.starts_with(scheme)) return value.substr(scheme.size());
  const auto comma = value.find(',');
  if (comma == std::string_view::npos || !value.substr(comma + 1).starts_with(scheme)) return std::nullopt;
  return value.substr(comma + 1 + scheme.size());
}

/// A plain field can be referred to as well as a file: then its text is the upload.
util::Result<std::shared_ptr<Upload>> upload_of(const std::string& text, StoredBytes& bytes) {
  ASSIGN_OR_RETURN(auto upload, bytes.upload(text.size()));
  RETURN_IF_ERROR(upload->write(text));
  RETURN_IF_ERROR(upload->finish());
  return upload;
}

}  // namespace

std::function<util::Result<std::shared_ptr<util::ByteSink>>(const http::Request&, const http::PartHead&)> upload_sinks(
    StoredBytes& bytes, std::uint64_t limit_bytes) {
  return [&bytes, limit_bytes](const http::Request&,
                               const http::PartHead&) -> util::Result<std::shared_ptr<util::ByteSink>> {
    ASSIGN_OR_RETURN(auto upload, bytes.upload(limit_bytes));
    return std::shared_ptr<util::ByteSink>(std::move(upload));
  };
}

util::Result<Wishes> read_wishes(const http::Request& request, StoredBytes& bytes) {
  Wishes wishes;
  Controls controls;
  std::vector<std::pair<std::string, std::string>> plain;
  for (const http::Pairs* pairs : {&request.query, &request.form}) {
    for (const auto& [name, value] : *pairs) {
      if (is_control_parameter(name)) {
        controls.add(name, value);
      } else {
        plain.emplace_back(name, value);
      }
    }
  }
  RETURN_IF_ERROR(read_controls(controls, wishes));
  for (const auto& [name, value] : plain) {
    if (!util::is_xml_text(name) || name.empty() || name.size() > 256) {
      return bad("", name, "cannot be the name of a parameter", "1 to 256 bytes of text that XML can carry");
    }
  }
  if (!request.body.empty()) wishes.given.document = Document{request.media_type, request.body};

  std::vector<std::string_view> references;
  for (const auto& [name, value] : plain) {
    if (const auto reference = reference_in(value)) references.push_back(*reference);
  }
  std::vector<Parameter>& parameters = wishes.given.parameters;
  std::vector<std::pair<std::string, std::shared_ptr<Upload>>> fields;  // nothing is taken before all of it is there
  for (const auto& [name, value] : plain) {
    if (std::find(references.begin(), references.end(), name) == references.end()) {
      parameters.push_back({name, value, false, {}, {}, 0});
      continue;
    }
    ASSIGN_OR_RETURN(auto upload, upload_of(value, bytes));
    fields.emplace_back(name, std::move(upload));
  }
  for (const auto& [name, upload] : fields) parameters.push_back(upload->take(name, "text/plain"));
  for (const http::UploadedPart& part : request.parts) {
    auto& upload = dynamic_cast<Upload&>(*part.sink);  // upload_sinks() made it
    parameters.push_back(upload.take(part.name, part.media_type));
  }
  return wishes;
}

util::Result<std::chrono::seconds> read_execution_duration(std::string_view text) {
  constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();  // xs:int
  const std::string_view digits = util::trim(text);
  const bool whole = !digits.empty() && std::all_of(digits.begin(), digits.end(), util::is_digit);
  if (!whole)
    return bad("EXECUTIONDURATION", text, "is not a whole number of seconds", "0 (the largest allowed) or more");
  const auto seconds = util::parse_unsigned(digits).value_or(longest);
  return std::chrono::seconds{std::min<std::uint64_t>(seconds, longest)};
}

util::Result<util::Instant> read_destruction(std::string_view text) {
  auto instant = util::parse_instant(util::trim(text));
  if (instant.ok()) return instant;
  Error error = std::move(instant).error();
  for (util::Fault& fault : error.faults) fault.input = "DESTRUCTION";
  return Error::of(error.code, std::move(error.faults));
}

util::Result<Phase> read_phase(std::string_view text) {
  if (const auto phase = parse_phase(text)) return *phase;
  return bad("PHASE", text, "is not a phase",
             "PENDING, QUEUED, EXECUTING, COMPLETED, ERROR, ABORTED, UNKNOWN, HELD, SUSPENDED or ARCHIVED");
}

util::Result<std::int64_t> read_wait(std::string_view text) {
  constexpr std::uint64_t longest = 1U << 30U;
  if (text == "-1") return -1;
  const bool whole = !text.empty() && std::all_of(text.begin(), text.end(), util::is_digit);
  if (!whole)
    return bad("WAIT", text, "is not a number of seconds", "a whole number of seconds, or -1 to wait for a change");
  return static_cast<std::int64_t>(std::min(util::parse_unsigned(text).value_or(longest), longest));
}

}  // namespace uws::rest

// Reads what a request gives for the task: name=value pairs, uploaded parts, a document.
#include <algorithm>
#include <set>

#include "http/media_type.h"
#include "util/part_reference.h"
#include "util/text.h"
#include "uws/rest/request_reader.h"
#include "uws/rest/stored_content.h"

namespace uws::rest {
namespace {

using util::Error;
using util::ErrorCode;
using util::Fault;

constexpr std::string_view document_name = "TASK";
constexpr std::uint64_t longest_document = 256U << 10U;
constexpr std::uint64_t longest_plain_value = 1U << 20U;
constexpr std::size_t most_parts = 1000;  // limited because each part needs a sync of the disk

Error bad(std::string_view input, std::string reason, std::string accepted) {
  return Error::of(ErrorCode::invalid_argument,
                   Fault{util::for_display(input), std::move(reason), std::move(accepted)});
}

/// The NAME if the value is param:NAME, or ends with ",param:NAME". The text before that may contain commas too.
std::optional<std::string_view> reference_in(std::string_view value) {
  for (auto comma = value.npos;;) {
    const std::string_view target = util::trim(value.substr(comma + 1));  // the whole value at first
    if (const auto name = util::part_reference(target)) return name;
    const bool is_url = target.substr(0, target.find(',')).find("://") != target.npos;
    comma = value.find(',', comma + 1);
    if (is_url || comma == value.npos) return std::nullopt;
  }
}

/// Adds the reference of the whole value, and that of each piece of a list such as DALI's UPLOAD:
/// "A,param:NAME;B,param:NAME".
void add_references(std::string_view value, std::set<std::string>& references) {
  if (const auto whole = reference_in(value)) references.emplace(*whole);
  if (value.find(';') == std::string_view::npos) return;
  for (const std::string_view piece : util::split(value, ';')) {
    if (const auto one = reference_in(piece)) references.emplace(*one);
  }
}

bool refers_to_document(const std::pair<std::string, std::string>& pair) {
  return util::iequals(pair.first, document_name) && util::part_reference(pair.second);
}

/// True if a reference means the form field `field`: by its exact name, or case-insensitively if no field has exactly
/// the name of the reference.
bool is_meant(const std::string& field, const std::set<std::string>& references, const http::Pairs& form) {
  return std::any_of(references.begin(), references.end(), [&](const std::string& reference) {
    const auto meant = util::find_part(form, reference, [](const auto& pair) { return std::string_view(pair.first); });
    return meant != form.end() && meant->first == field;
  });
}

/// Replaces an invalid media type, because it is written into documents and sent back as Content-Type.
std::string safe_media_type(const std::string& sent) {
  constexpr std::size_t longest = 200;
  const bool fine = sent.size() <= longest && http::parse_media_type(sent) &&
                    std::all_of(sent.begin(), sent.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  return fine ? sent : "application/octet-stream";
}

/// A part of a multipart body to which param:NAME may refer: a file or a plain field. The text of a field is then
/// treated as an upload.
struct Part {
  std::string name;
  std::string media_type;
  std::shared_ptr<Upload> upload;  // null for a field
  std::string text;                // the text of a field
};

/// The text of a part. `name` is the input in faults.
util::Result<std::string> text_of(const Part& part, std::string_view name) {
  if (!part.upload) return part.text;
  util::Result<std::string> text = part.upload->read(longest_document);
  if (text.ok()) return text;
  Error error = std::move(text).error();
  for (Fault& fault : error.faults) fault.input = name;
  return error.faults.empty() ? error : Error::of(error.code, std::move(error.faults));
}

util::Result<std::vector<Part>> parts_of(const http::Request& request, const std::set<std::string>& references,
                                         const TaskNames& task_names) {
  std::vector<Part> parts;
  for (const http::UploadedPart& part : request.parts) {
    RETURN_IF_ERROR(check_parameter_name(part.name));
    auto upload = std::dynamic_pointer_cast<Upload>(part.sink);  // upload_sinks() made it
    if (!upload) return Error::of(ErrorCode::internal, "a part went to a place that is none of ours");
    parts.push_back({part.name, safe_media_type(part.media_type), std::move(upload), {}});
  }
  if (request.media_type == "multipart/form-data") {
    for (const auto& [name, value] : request.form) {
      if (is_meant(name, references, request.form)) parts.push_back({name, "text/plain", nullptr, value});
    }
  }
  if (parts.size() > most_parts) {
    return Error::of(ErrorCode::too_large,
                     Fault{"", "too many parts are referred to", "at most " + std::to_string(most_parts)});
  }
  std::set<std::string> names;
  for (const Part& part : parts) {
    if (task_names.is_value_part != nullptr && task_names.is_value_part(part.name)) continue;
    if (!names.insert(part.name).second) return bad(part.name, "names two parts", "a name of its own for each part");
  }
  return parts;
}

/// Takes the part of TASK=param:NAME out of `parts`: it is the document and no upload.
util::Result<std::optional<Document>> take_document(const http::Pairs& given, std::vector<Part>& parts) {
  std::optional<Document> document;
  for (const auto& pair : given) {
    if (!refers_to_document(pair)) continue;
    if (document) return bad(document_name, "is given more than once", "one document");
    const std::string_view name = *util::part_reference(pair.second);
    const auto part = util::find_part(parts, name, [](const Part& other) { return std::string_view(other.name); });
    if (part == parts.end()) {
      return bad(document_name, "there is no part '" + util::for_display(name) + "' in this request",
                 "param: and the name of a part of the same multipart body");
    }
    ASSIGN_OR_RETURN(std::string text, text_of(*part, document_name));
    document = Document{http::media_type_word(part->media_type), std::move(text)};
    parts.erase(part);
  }
  return document;
}

/// Takes the parts that are values out of `parts` (see TaskNames): they are no uploads.
util::Result<std::vector<Parameter>> take_values(std::vector<Part>& parts, const TaskNames& names) {
  std::vector<Parameter> values;
  if (names.is_value_part == nullptr) return values;
  std::uint64_t bytes = 0;
  for (const Part& part : parts) {
    if (!names.is_value_part(part.name)) continue;
    ASSIGN_OR_RETURN(std::string text, text_of(part, part.name));
    bytes += text.size();
    if (bytes > longest_document) {
      return Error::of(ErrorCode::too_large, Fault{util::for_display(part.name), "and the parts before it are too long",
                                                   "at most " + std::to_string(longest_document) + " bytes together"});
    }
    values.push_back({part.name, std::move(text), false, {}, http::media_type_word(part.media_type), 0});
  }
  std::erase_if(parts, [&](const Part& part) { return names.is_value_part(part.name); });
  return values;
}

util::Result<std::shared_ptr<Upload>> upload_of(std::string_view text, StoredBytes& bytes) {
  ASSIGN_OR_RETURN(auto upload, bytes.upload(text.size()));
  RETURN_IF_ERROR(upload->write(text));
  RETURN_IF_ERROR(upload->finish());
  RETURN_IF_ERROR(upload->sync());
  return upload;
}

/// Writes the blobs of all fields before it takes any upload, so that no blob is left behind if this fails.
util::Result<std::vector<Parameter>> take_uploads(std::vector<Part> parts, StoredBytes& bytes) {
  for (Part& part : parts) {
    if (part.upload) continue;
    ASSIGN_OR_RETURN(part.upload, upload_of(part.text, bytes));
  }
  std::vector<Parameter> parameters;
  parameters.reserve(parts.size());
  for (Part& part : parts) parameters.push_back(part.upload->take(std::move(part.name), std::move(part.media_type)));
  return parameters;
}

/// The blob of a PUT whose body was too large to be held in memory; null: the bytes are in request.body.
std::shared_ptr<Upload> upload_in(const http::Request& request) {
  return std::dynamic_pointer_cast<Upload>(request.sink);
}

/// The name of the upload that a PUT to `name` replaces, or to which a value of the job refers, in its own spelling.
/// nullopt: the PUT gives a plain value.
std::optional<std::string> upload_meant(const Job& job, const std::string& name) {
  if (const Parameter* there = find_upload(job.parameters, name)) return there->name;
  const auto reference = [](const Parameter& parameter) {
    return parameter.by_reference ? std::string_view() : reference_in(parameter.value).value_or("");
  };
  const auto waiting = util::find_part(job.parameters, name, reference);
  return waiting == job.parameters.end() ? std::nullopt : std::optional(std::string(reference(*waiting)));
}

util::Result<std::string> plain_value(const http::Request& request, const std::string& name) {
  const auto upload = upload_in(request);
  if (!upload) return request.body;
  auto text = upload->read(longest_plain_value);
  if (text.ok() || text.error().code != ErrorCode::too_large) return text;
  return Error::of(ErrorCode::too_large,
                   Fault{util::for_display(name), "is too long for a plain value, and no INPUT refers to it",
                         "at most " + std::to_string(longest_plain_value) +
                             " bytes, or first INPUT=path,param:" + util::for_display(name)});
}

}  // namespace

util::Result<JobRequest> read_value(const http::Request& request, const Job& job, const std::string& name,
                                    StoredBytes& bytes) {
  JobRequest given;
  given.base_url = request.base_url;
  if (const auto meant = upload_meant(job, name)) {
    auto upload = upload_in(request);
    if (!upload) {
      ASSIGN_OR_RETURN(upload, upload_of(request.body, bytes));
    }
    given.parameters.push_back(upload->take(*meant, safe_media_type(request.media_type)));
  } else {
    ASSIGN_OR_RETURN(std::string text, plain_value(request, name));
    given.parameters.push_back({name, std::move(text), false, {}, {}, 0});
  }
  return given;
}

util::Status check_parameter_name(std::string_view name) {
  constexpr std::size_t longest = 256;
  const bool fine = !name.empty() && name.size() <= longest && util::is_xml_text(name) && name != "." && name != "..";
  if (fine) return {};
  return bad("", "'" + util::for_display(name) + "' cannot be the name of a parameter",
             "1 to 256 bytes of text that XML can carry");
}

std::function<util::Result<std::shared_ptr<util::ByteSink>>(const http::Request&, const http::PartHead&)> upload_sinks(
    StoredBytes& bytes, std::uint64_t limit_bytes) {
  return [&bytes, limit_bytes](const http::Request&,
                               const http::PartHead&) -> util::Result<std::shared_ptr<util::ByteSink>> {
    ASSIGN_OR_RETURN(auto upload, bytes.upload(limit_bytes));
    return std::shared_ptr<util::ByteSink>(std::move(upload));
  };
}

util::Result<JobRequest> read_given(const http::Request& request, const http::Pairs& given, const TaskNames& names,
                                    StoredBytes& bytes) {
  std::set<std::string> references;
  for (const auto& [name, value] : given) {
    RETURN_IF_ERROR(check_parameter_name(name));
    add_references(value, references);
  }
  ASSIGN_OR_RETURN(std::vector<Part> parts, parts_of(request, references, names));
  const auto is_part = [&](const std::string& name) {
    return std::any_of(parts.begin(), parts.end(), [&](const Part& part) { return !part.upload && part.name == name; });
  };
  JobRequest result;
  result.base_url = request.base_url;
  for (const auto& pair : given) {
    if (refers_to_document(pair) || is_part(pair.first)) continue;
    result.parameters.push_back({pair.first, pair.second, false, {}, {}, 0});
  }
  ASSIGN_OR_RETURN(result.document, take_document(given, parts));
  ASSIGN_OR_RETURN(std::vector<Parameter> values, take_values(parts, names));
  std::move(values.begin(), values.end(), std::back_inserter(result.parameters));
  if (!request.body.empty()) result.document = Document{request.media_type, request.body};
  ASSIGN_OR_RETURN(std::vector<Parameter> uploads, take_uploads(std::move(parts), bytes));
  std::move(uploads.begin(), uploads.end(), std::back_inserter(result.parameters));
  return result;
}

}  // namespace uws::rest

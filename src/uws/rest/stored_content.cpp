#include "uws/rest/stored_content.h"

#include <algorithm>

#include "http/content.h"
#include "http/media_type.h"
#include "http/problem.h"
#include "util/part_reference.h"
#include "util/text.h"

namespace uws::rest {
namespace {

/// True for media types that a browser shows without running anything in them.
bool is_inert(std::string_view media_type) {
  const auto parsed = http::parse_media_type(media_type);
  const std::string type = parsed ? parsed->word : "";
  constexpr std::string_view shown_as_they_are[] = {"text/plain", "text/csv",  "application/json", "image/png",
                                                    "image/jpeg", "image/gif", "image/webp"};
  return std::find(std::begin(shown_as_they_are), std::end(shown_as_they_are), type) != std::end(shown_as_they_are);
}

/// Replaces by '_' each character that is not ASCII or would need escaping in a quoted string, and '%', because some
/// clients decode %XX.
std::string ascii_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) == 0x80U) continue;  // a continuation byte of UTF-8
    const bool is_plain = byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '%';
    plain += is_plain ? c : '_';
  }
  return plain;
}

std::string from_hex(std::string_view hex) {
  std::string escaped;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) escaped += "%" + std::string(hex.substr(i, 2));
  return util::percent_decode(escaped).value_or("");
}

}  // namespace

StoredFile stored(const ResultEntry& result, std::optional<util::Instant> end_time) {
  const std::string name = result.path.substr(result.path.rfind('/') + 1);
  return {result.blob, name.empty() ? result.id : name, result.media_type, result.size_bytes, result.sha256, end_time};
}

StoredFile stored(const Parameter& upload) {
  return {upload.blob, upload.name, upload.media_type, upload.size_bytes, ""};
}

std::string served_type(const std::string& media_type) {
  // A browser splits the value at commas, even within a parameter, and takes the last piece as the type.
  const auto type = http::parse_media_type(media_type);
  if (!type || media_type.find(',') != std::string::npos) return "application/octet-stream";
  return type->word == "text/plain" && type->parameters.empty() ? "text/plain; charset=utf-8" : media_type;
}

void protect(http::Response& response, const std::string& media_type, const std::string& file_name) {
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Content-Security-Policy", "sandbox; default-src 'none'");
  const std::string disposition = is_inert(media_type) ? "inline" : "attachment";
  response.headers.set("Content-Disposition", disposition + "; filename=\"" + ascii_name(file_name) +
                                                  "\"; filename*=UTF-8''" + util::percent_encode(file_name));
}

const Parameter* find_upload(const std::vector<Parameter>& parameters, std::string_view name) {
  const auto found = util::find_part(parameters, name, [](const Parameter& parameter) {
    return parameter.by_reference ? std::string_view(parameter.name) : std::string_view();
  });
  return found == parameters.end() ? nullptr : &*found;
}

/// A blob never changes, so its id is as good a validator as its digest.
std::string etag_of(const StoredFile& what) { return "\"" + (what.sha256.empty() ? what.blob : what.sha256) + "\""; }

http::Response stored_content(const http::Request& request, const StoredBytes& bytes, const StoredFile& what) {
  if (what.blob.empty()) {
    return http::problem(request, util::Error::of(util::ErrorCode::not_found, "its bytes are deleted"));
  }
  http::Content content;
  content.size = what.size_bytes;
  content.media_type = served_type(what.media_type);
  content.etag = etag_of(what);
  content.modified = what.modified;
  content.open = [&bytes, blob = what.blob](std::uint64_t offset, std::uint64_t length) {
    return bytes.open(blob, offset, length);
  };
  http::Response response = http::content_response(request, content);
  if (response.status == 200 || response.status == 206 || response.status == 304) {
    protect(response, content.media_type, what.file_name);
    response.headers.set("Cache-Control", "private, no-cache");
    if (!what.sha256.empty()) response.headers.set("Digest", "sha-256=" + util::to_base64(from_hex(what.sha256)));
  }
  return response;
}

}  // namespace uws::rest

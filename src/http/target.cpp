#include "http/target.h"

#include <utility>

#include "http/form.h"
#include "util/text.h"

namespace http {
namespace {

util::Error bad_path(std::string_view segment, std::string reason, std::string accepted) {
  return util::Error::of(
      util::ErrorCode::invalid_argument,
      util::Fault{"path segment '" + util::for_display(segment) + "'", std::move(reason), std::move(accepted)});
}

util::Result<std::string> decode_segment(std::string_view raw) {
  auto decoded = util::percent_decode(raw);
  if (!decoded) return bad_path(raw, "holds a '%' without two hexadecimal digits", "percent-encoding as in %2F");
  if (decoded->find('\0') != std::string::npos) return bad_path(raw, "holds a NUL byte", "text");
  if (!util::is_utf8(*decoded)) return bad_path(raw, "is not valid UTF-8", "percent-encoded UTF-8");
  if (*decoded == "." || *decoded == "..") return bad_path(raw, "is a dot segment", "a resolved path");
  return *std::move(decoded);
}

}  // namespace

util::Result<Target> parse_target(std::string_view target, std::size_t max_pairs) {
  Target result{{}, {}, Pairs()};
  const auto query_begin = target.find('?');
  std::string_view path = target.substr(0, query_begin);
  if (query_begin != std::string_view::npos) {
    result.query = parse_pairs(target.substr(query_begin + 1), max_pairs, "query");
  }
  for (const std::string_view raw : util::split(path, '/')) {
    if (raw.empty()) continue;
    ASSIGN_OR_RETURN(std::string segment, decode_segment(raw));
    result.path += "/" + segment;
    result.segments.push_back(std::move(segment));
  }
  if (result.path.empty()) result.path = "/";
  return result;
}

}  // namespace http

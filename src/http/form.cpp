#include "http/form.h"

#include <string>
#include <utility>

#include "util/text.h"

namespace http {
namespace {

util::Error bad_input(std::string_view input, std::string reason, std::string accepted) {
  return util::Error::of(util::ErrorCode::invalid_argument,
                         util::Fault{util::for_display(input), std::move(reason), std::move(accepted)});
}

util::Result<std::string> decode(std::string_view raw, std::string_view input) {
  auto decoded = util::percent_decode(raw, true);
  if (!decoded) return bad_input(input, "holds a '%' without two hexadecimal digits", "percent-encoding as in %26");
  RETURN_IF_ERROR(check_pair_text(*decoded, input));
  return *std::move(decoded);
}

}  // namespace

util::Status check_pair_text(std::string_view text, std::string_view input) {
  if (text.find('\0') != std::string_view::npos) return bad_input(input, "holds a NUL byte", "text");
  if (!util::is_utf8(text)) return bad_input(input, "is not valid UTF-8", "UTF-8 text");
  return {};
}

util::Status check_is_form(std::string_view body) {
  const std::string_view text = util::trim(body);
  const std::string_view name = text.substr(0, text.find_first_of("=&"));
  const bool is_json = text.starts_with('{') || text.starts_with('[');
  const bool is_yaml = name.find(": ") != std::string_view::npos || name.find(":\n") != std::string_view::npos;
  if (!is_json && !is_yaml) return {};
  const std::string what = is_json ? "JSON" : "YAML";
  return util::Error::of(util::ErrorCode::unsupported_media,
                         util::Fault{"Content-Type",
                                     "says application/x-www-form-urlencoded, and the body looks like " + what +
                                         ": send Content-Type: application/" + util::to_lower(what),
                                     "names and values, or a document with its type"});
}

util::Error too_many_pairs(std::size_t max_pairs, std::string_view where) {
  return util::Error::of(util::ErrorCode::too_large,
                         util::Fault{std::string(where), "holds too many parameters",
                                     "at most " + std::to_string(max_pairs) + " in query and form together"});
}

util::Result<Pairs> parse_pairs(std::string_view text, std::size_t max_pairs, std::string_view where) {
  Pairs pairs;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (piece.empty()) continue;
    if (pairs.size() == max_pairs) return too_many_pairs(max_pairs, where);
    const auto equals = std::min(piece.find('='), piece.size());
    ASSIGN_OR_RETURN(std::string name, decode(piece.substr(0, equals), where));
    ASSIGN_OR_RETURN(std::string value, decode(piece.substr(std::min(equals + 1, piece.size())), name));
    pairs.emplace_back(std::move(name), std::move(value));
  }
  return pairs;
}

}  // namespace http

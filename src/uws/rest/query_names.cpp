#include "uws/rest/query_names.h"

#include <algorithm>
#include <string>

#include "util/text.h"

namespace uws::rest {
namespace {

/// Bytes of ignored names after which no more are listed.
constexpr std::size_t longest_list = 200;

bool is_known(std::string_view name, const std::vector<std::string_view>& known) {
  return std::any_of(known.begin(), known.end(), [&](std::string_view other) { return util::iequals(name, other); });
}

/// True if the two words have all letters of the longer one but one in common: "list" is a misspelling of LAST, "page"
/// is not.
bool is_slip(std::string_view name, std::string_view known) {
  std::string letters = util::to_upper(known);
  std::size_t common = 0;
  for (const char letter : util::to_upper(name)) {
    const std::size_t at = letters.find(letter);
    if (at == std::string::npos) continue;
    letters.erase(at, 1);
    ++common;
  }
  return common + 1 >= std::max(name.size(), known.size());
}

std::string all_of(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

}  // namespace

util::Status check_query_names(const http::Request& request, const std::vector<std::string_view>& known) {
  for (const auto& [name, value] : request.query) {
    if (is_known(name, known)) continue;
    const auto near = util::nearest(name, known);
    if (!near || !is_slip(name, *near)) continue;
    return util::Error::of(util::ErrorCode::invalid_argument,
                           util::Fault{util::for_display(name),
                                       "is not known here; did you mean " + std::string(*near) + "?", all_of(known)});
  }
  return {};
}

void tell_ignored_names(const http::Request& request, const std::vector<std::string_view>& known,
                        http::Response& response) {
  std::string ignored;
  for (const auto& [name, value] : request.query) {
    if (is_known(name, known) || ignored.size() > longest_list) continue;
    ignored += (ignored.empty() ? "" : ", ") + util::percent_encode(name.substr(0, longest_list));
  }
  if (ignored.empty()) return;
  response.headers.set("Warning", "299 - \"ignored: " + ignored + "; known here: " + all_of(known) + "\"");
}

}  // namespace uws::rest

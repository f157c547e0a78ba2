// Parses Content-Type, Content-Disposition and similar fields: a word, then parameters (RFC 9110 section 5.6.6). Any
// thread may call.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

struct Parameterized {
  std::string word;                                             // lower case
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, values unquoted

  const std::string* parameter(std::string_view name) const;
};

/// nullopt when malformed, or when a parameter is given twice.
std::optional<Parameterized> parse_parameterized(std::string_view text);

/// As above, and the word must be "type/subtype".
std::optional<Parameterized> parse_media_type(std::string_view text);

/// "type/subtype" in lower case, without parameters; empty when malformed.
std::string media_type_word(std::string_view text);

bool is_token(std::string_view text);

}  // namespace http

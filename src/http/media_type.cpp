#include "http/media_type.h"

#include <algorithm>

#include "util/text.h"

namespace http {
namespace {

bool is_token_char(char c) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return util::is_alnum(c) || marks.find(c) != std::string_view::npos;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

/// The text up to the next blank or semicolon.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find_first_of("; \t"));
  text.remove_prefix(word.size());
  return word;
}

std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    // A backslash escapes only a quote or a backslash, because some clients send Windows paths as file names.
    const bool escape = text.front() == '\\' && text.size() > 1 && (text[1] == '"' || text[1] == '\\');
    if (escape) text.remove_prefix(1);
    value += text.front();
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

std::optional<std::pair<std::string, std::string>> take_parameter(std::string_view& text) {
  const std::string_view name = text.substr(0, text.find('='));
  if (name.size() == text.size() || !is_token(name)) return std::nullopt;
  text.remove_prefix(name.size() + 1);
  std::optional<std::string> value;
  if (!text.empty() && text.front() == '"') {
    value = take_quoted(text);
  } else {
    value = take_word(text);
    if (value->empty()) value.reset();
  }
  if (!value) return std::nullopt;
  return std::pair{util::to_lower(name), *std::move(value)};
}

}  // namespace

bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char); }

const std::string* Parameterized::parameter(std::string_view name) const {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const auto& entry) { return entry.first == name; });
  return found == parameters.end() ? nullptr : &found->second;
}

std::optional<Parameterized> parse_parameterized(std::string_view text) {
  text = util::trim(text);
  Parameterized result;
  result.word = util::to_lower(take_word(text));
  if (result.word.empty()) return std::nullopt;
  while (true) {
    skip_blanks(text);
    if (text.empty()) return result;
    if (text.front() != ';') return std::nullopt;
    text.remove_prefix(1);
    skip_blanks(text);
    if (text.empty() || text.front() == ';') continue;  // an empty parameter: some clients send a final ';'
    auto parameter = take_parameter(text);
    if (!parameter || result.parameter(parameter->first) != nullptr) return std::nullopt;
    result.parameters.push_back(*std::move(parameter));
  }
}

std::optional<Parameterized> parse_media_type(std::string_view text) {
  auto result = parse_parameterized(text);
  if (!result) return std::nullopt;
  const auto slash = result->word.find('/');
  const std::string_view word = result->word;
  if (slash == std::string::npos || !is_token(word.substr(0, slash)) || !is_token(word.substr(slash + 1))) {
    return std::nullopt;
  }
  return result;
}

std::string media_type_word(std::string_view text) {
  auto type = parse_media_type(text);
  return type ? std::move(type->word) : std::string();
}

}  // namespace http

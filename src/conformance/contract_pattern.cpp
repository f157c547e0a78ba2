#include "conformance/contract_pattern.h"

#include <algorithm>
#include <utility>

#include "conformance/service.h"

namespace conformance {
namespace {

/// The text before the first variable, the variable's name, and the text after it. Without a variable, `before` is the
/// whole text.
struct Pieces {
  std::string_view before;
  std::string_view name;
  std::string_view rest;
};

Pieces pieces_of(std::string_view text) {
  for (auto open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
    const auto close = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_*", open + 1);
    if (close == text.npos || text[close] != '}' || close == open + 1) continue;  // no variable: a brace of JSON, say
    return {text.substr(0, open), text.substr(open + 1, close - open - 1), text.substr(close + 1)};
  }
  return {text, {}, {}};
}

}  // namespace

std::string Variables::fill(std::string_view text) const {
  std::string filled;
  while (true) {
    const Pieces pieces = pieces_of(text);
    filled += pieces.before;
    if (pieces.name.empty()) return filled;
    const auto found = values_.find(pieces.name);
    if (found == values_.end()) throw CheckFailed{"nothing before gives {" + std::string(pieces.name) + "} a value"};
    filled += found->second;
    text = pieces.rest;
  }
}

bool Variables::match(std::string_view pattern, std::string_view text) {
  Values values = values_;
  if (!match(pattern, text, values)) return false;
  values_ = std::move(values);
  return true;
}

bool Variables::match(std::string_view pattern, std::string_view text, Values& values) {
  const Pieces pieces = pieces_of(pattern);
  if (!text.starts_with(pieces.before)) return false;
  text.remove_prefix(pieces.before.size());
  if (pieces.name.empty()) return text.empty();
  if (pieces.name == "*") {
    for (std::size_t skipped = 0; skipped <= text.size(); ++skipped) {
      Values tried = values;
      if (!match(pieces.rest, text.substr(skipped), tried)) continue;
      values = std::move(tried);
      return true;
    }
    return false;
  }
  if (const auto known = values.find(pieces.name); known != values.end()) {
    if (!text.starts_with(known->second)) return false;
    text.remove_prefix(known->second.size());
  } else {
    const auto end = std::min(text.find_first_of("/?#&;,<> \t\n"), text.size());
    if (end == 0) return false;
    values.emplace(pieces.name, text.substr(0, end));
    text.remove_prefix(end);
  }
  return match(pieces.rest, text, values);
}

}  // namespace conformance

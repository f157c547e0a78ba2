#include "data/node.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "util/text.h"

namespace data {
namespace {

std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), util::is_digit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

/// Removes -?(0|[1-9][0-9]*) from the front of `text`; false when the text does not begin so.
bool take_integer(std::string_view& text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const std::string_view digits = take_digits(text);
  return digits.size() == 1 || (digits.size() > 1 && digits.front() != '0');
}

/// True when the text is a number in JSON's syntax (RFC 8259 section 6).
bool is_number(std::string_view text) {
  if (!take_integer(text)) return false;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    if (take_digits(text).empty()) return false;
  }
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
    if (take_digits(text).empty()) return false;
  }
  return text.empty();
}

bool is_integer(std::string_view text) { return take_integer(text) && text.empty(); }

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Node Node::boolean(bool value) {
  Node node;
  node.kind_ = Kind::boolean;
  node.text_ = value ? "true" : "false";
  return node;
}

Node Node::number(std::int64_t value) {
  Node node;
  node.kind_ = Kind::number;
  node.text_ = std::to_string(value);
  return node;
}

Node Node::number(double value) {
  if (!std::isfinite(value)) return {};
  constexpr double most_plain = 1e15;  // whole numbers below this are written without an exponent
  std::array<char, 32> text{};
  char* const last = text.data() + text.size();
  const bool plain = std::trunc(value) == value && std::abs(value) < most_plain;
  const auto end = plain ? std::to_chars(text.data(), last, value, std::chars_format::fixed).ptr
                         : std::to_chars(text.data(), last, value).ptr;
  Node node;
  node.kind_ = Kind::number;
  node.text_.assign(text.data(), end);
  return node;
}

Node Node::string(std::string value) {
  Node node;
  node.kind_ = Kind::string;
  node.text_ = std::move(value);
  return node;
}

Node Node::plain(std::string text) {
  Node node;
  node.kind_ = Kind::plain;
  node.text_ = std::move(text);
  return node;
}

Node Node::array() {
  Node node;
  node.kind_ = Kind::array;
  return node;
}

Node Node::strings(const std::vector<std::string>& values) {
  Node node = array();
  for (const std::string& value : values) node.push(string(value));
  return node;
}

Node Node::object() {
  Node node;
  node.kind_ = Kind::object;
  return node;
}

std::optional<bool> Node::as_bool() const {
  if (kind_ != Kind::boolean && kind_ != Kind::plain) return std::nullopt;
  if (text_ == "true") return true;
  if (text_ == "false") return false;
  return std::nullopt;
}

std::optional<std::int64_t> Node::as_int() const {
  const bool may_be = kind_ == Kind::number || kind_ == Kind::plain;
  return may_be && is_integer(text_) ? number_from<std::int64_t>(text_) : std::nullopt;
}

std::optional<double> Node::as_double() const {
  const bool may_be = kind_ == Kind::number || kind_ == Kind::plain;
  return may_be && is_number(text_) ? number_from<double>(text_) : std::nullopt;
}

std::optional<std::string> Node::as_string() const {
  if (kind_ == Kind::string || kind_ == Kind::plain) return text_;
  return std::nullopt;
}

const Node* Node::find(std::string_view key) const {
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const auto& member) { return member.first == key; });
  return found == members_.end() ? nullptr : &found->second;
}

Node& Node::push(Node item) { return items_.emplace_back(std::move(item)); }

Node& Node::set(std::string key, Node value) {
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const auto& member) { return member.first == key; });
  if (found != members_.end()) return found->second = std::move(value);
  return members_.emplace_back(std::move(key), std::move(value)).second;
}

void Node::set_place(std::size_t line, std::size_t column) {
  line_ = line;
  column_ = column;
}

std::string child_pointer(const std::string& pointer, std::string_view key) {
  std::string child = pointer + "/";
  for (const char c : key) {
    if (c == '~') {
      child += "~0";
    } else if (c == '/') {
      child += "~1";
    } else {
      child += c;
    }
  }
  return child;
}

std::string child_pointer(const std::string& pointer, std::size_t index) {
  return pointer + "/" + std::to_string(index);
}

}  // namespace data

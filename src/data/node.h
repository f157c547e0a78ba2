// A bounded tree of values, read from JSON or YAML, with the place of each value in its source.
//
// YAML scalars that are not quoted are kept as their text, and become a number or a boolean only when the reader asks
// for one: 1.10 stays "1.10", `no` stays "no". JSON strings are never numbers. Parsing bounds size, depth and count,
// refuses duplicate keys, bad UTF-8 and (in YAML) more than one document; aliases are counted as what they expand to.
// Not thread-safe; freely copied and moved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/result.h"

namespace data {

struct Limits {
  std::size_t bytes = 1U << 20U;
  std::size_t depth = 64;
  std::size_t nodes = 100'000;
};

enum class Kind { null, boolean, number, string, plain, array, object };  // plain: an unquoted YAML scalar

class Node {
 public:
  Node() = default;
  static Node null() { return {}; }
  static Node boolean(bool value);
  static Node number(std::int64_t value);
  /// null when it is not finite.
  static Node number(double value);
  static Node string(std::string value);
  /// As if it had been read from YAML without quotes.
  static Node plain(std::string text);
  static Node array();
  static Node strings(const std::vector<std::string>& values);
  static Node object();

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_object() const { return kind_ == Kind::object; }
  bool is_scalar() const { return !is_array() && !is_object() && !is_null(); }

  /// nullopt when the value is not of that type. A plain scalar is of every type that its text can be: true or false,
  /// a whole number without leading zeros, a number as JSON writes it, a string.
  std::optional<bool> as_bool() const;
  std::optional<std::int64_t> as_int() const;
  std::optional<double> as_double() const;
  std::optional<std::string> as_string() const;
  /// The text of any scalar as it was written: "1.10", "true"; empty for null, arrays and objects.
  const std::string& text() const { return text_; }

  const std::vector<Node>& items() const { return items_; }
  /// In the order of the source.
  const std::vector<std::pair<std::string, Node>>& members() const { return members_; }
  const Node* find(std::string_view key) const;

  Node& push(Node item);
  /// Replaces a member of that name.
  Node& set(std::string key, Node value);

  /// From 1; 0 where unknown (made by program, or read from JSON). Of a member: where its key stands.
  std::size_t line() const { return line_; }
  std::size_t column() const { return column_; }
  void set_place(std::size_t line, std::size_t column);

 private:
  friend class Builder;
  Kind kind_ = Kind::null;
  std::string text_;
  std::vector<Node> items_;
  std::vector<std::pair<std::string, Node>> members_;
  std::size_t line_ = 0;
  std::size_t column_ = 0;
};

struct Place {
  std::size_t line = 0;  // from 1; 0: unknown
  std::size_t column = 0;
};

/// Over a limit is too_large, anything else invalid_argument; the fault's input is the place, the pointer or both.
util::Result<Node> parse_json(std::string_view text, const Limits& limits = {});
/// An empty document is null. Tags and merge keys (`<<`) are refused. `failed_at` is told where an error stands.
util::Result<Node> parse_yaml(std::string_view text, const Limits& limits = {}, Place* failed_at = nullptr);

enum class Language { json, yaml };

/// By its media type; without one that says anything (none, text/plain, application/octet-stream) JSON when it begins
/// like an object, else YAML. Any other type is unsupported_media.
util::Result<Language> language_of(std::string_view text, std::string_view media_type);
util::Result<Node> parse_document(std::string_view text, std::string_view media_type, const Limits& limits = {});

/// Compact, members in order, UTF-8 as it is; plain scalars as strings unless JSON numbers, true, false or null.
std::string to_json(const Node& node);

/// Block style, members in order; strings in double quotes, so that no reader takes one for anything else.
std::string to_yaml(const Node& node);

/// "/engines/0/socket": `pointer` extended by a key or an index (RFC 6901).
std::string child_pointer(const std::string& pointer, std::string_view key);
std::string child_pointer(const std::string& pointer, std::size_t index);

}  // namespace data

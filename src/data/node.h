// A tree of values of limited size, read from JSON or YAML. Nodes from YAML know their place in the source.
//
// YAML scalars without quotes are kept as text and become a number or a boolean only when the reader asks for one: 1.10
// stays "1.10", `no` stays "no". JSON strings are never numbers. Parsing limits size, depth and number of values, and
// refuses duplicate keys, invalid UTF-8 and (in YAML) several documents; aliases count as what they expand to. A Node
// is a plain value that can be copied and moved; it is not thread-safe.
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
  /// The null node when `value` is not finite.
  static Node number(double value);
  static Node string(std::string value);
  /// A node as from an unquoted YAML scalar.
  static Node plain(std::string text);
  static Node array();
  static Node strings(const std::vector<std::string>& values);
  static Node object();

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_object() const { return kind_ == Kind::object; }
  bool is_scalar() const { return !is_array() && !is_object() && !is_null(); }

  /// nullopt when the value is not of that type. A plain scalar has every type that its text allows: a boolean (true or
  /// false), an integer without leading zeros, a number in JSON's syntax, and always a string.
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
  /// Adds a member or replaces the one of that name.
  Node& set(std::string key, Node value);

  /// Counted from 1; 0: unknown (not read from YAML). For the member of an object, the place of its key.
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
  std::size_t line = 0;  // counted from 1; 0: unknown
  std::size_t column = 0;
};

/// `too_large` when a limit is exceeded, `invalid_argument` for all other errors. The fault's input is the place in the
/// text, the JSON pointer, or both.
util::Result<Node> parse_json(std::string_view text, const Limits& limits = {});
/// As parse_json(). An empty document is null. Tags and merge keys (`<<`) are refused. `failed_at`: gets the place of
/// an error.
util::Result<Node> parse_yaml(std::string_view text, const Limits& limits = {}, Place* failed_at = nullptr);

enum class Language { json, yaml };

/// The language of a document, by its media type. If that does not tell (none, text/plain, application/octet-stream):
/// JSON when the text begins with '{', else YAML. Any other media type is `unsupported_media`.
util::Result<Language> language_of(std::string_view text, std::string_view media_type);
util::Result<Node> parse_document(std::string_view text, std::string_view media_type, const Limits& limits = {});

/// Compact JSON with the members in order; UTF-8 is not escaped. A plain scalar becomes a number, true or false if its
/// text is one, else a string.
std::string to_json(const Node& node);

/// YAML in block style with the members in order. Strings are double-quoted, so that no reader takes one for another
/// type.
std::string to_yaml(const Node& node);

/// "/engines/0/socket": `pointer` extended by a key or an index (RFC 6901).
std::string child_pointer(const std::string& pointer, std::string_view key);
std::string child_pointer(const std::string& pointer, std::size_t index);

}  // namespace data

#include <algorithm>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "data/builder.h"
#include "data/node.h"
#include "util/text.h"

namespace data {
namespace {

/// The text after the colon of "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ...".
std::string_view reason_of(std::string_view what) {
  if (const auto id = what.find("] "); id != what.npos) what.remove_prefix(id + 2);
  if (what.substr(0, 11) != "parse error") return what;
  const auto place = what.find(": ");
  return place == what.npos ? what : what.substr(place + 2);
}

class JsonEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonEvents(Builder& builder, std::string_view text) : builder_(builder), text_(text) {}

  /// Refuses NUL characters: nlohmann takes one outside of a string for the end, and would not read the rest.
  bool accept_characters() {
    const auto nul = text_.find('\0');
    return nul == text_.npos || builder_.refuse(util::ErrorCode::invalid_argument, "holds a NUL character",
                                                "text without NUL", place_of(nul + 1));
  }

  bool null() override { return builder_.value({}, {}); }
  bool boolean(bool value) override { return builder_.value(Node::boolean(value), {}); }
  /// Called only for numbers with a minus sign. For "-0" the value alone would lose the sign.
  bool number_integer(number_integer_t value) override { return number(value == 0 ? "-0" : std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& text) override { return number(text); }
  bool string(string_t& value) override { return builder_.value(Node::string(std::move(value)), {}); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*count*/) override { return builder_.open(Kind::object, {}); }
  bool key(string_t& text) override { return builder_.key(std::move(text), {}); }
  bool end_object() override { return builder_.close(); }
  bool start_array(std::size_t /*count*/) override { return builder_.open(Kind::array, {}); }
  bool end_array() override { return builder_.close(); }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& error) override {
    constexpr std::size_t longest_reason = 200;
    return builder_.refuse(util::ErrorCode::invalid_argument,
                           "is not JSON: " + util::for_display(reason_of(error.what()), longest_reason),
                           "a JSON document (RFC 8259)", place_of(position));
  }

 private:
  bool number(std::string text) { return builder_.value(Builder::scalar(Kind::number, std::move(text)), {}); }

  /// The place of the byte at `position`, which is counted from 1.
  Place place_of(std::size_t position) const {
    const std::string_view before = text_.substr(0, position == 0 ? 0 : position - 1);
    const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return {1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
            before.size() - line_start + 1};
  }

  Builder& builder_;
  std::string_view text_;
};

void write_string(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (!util::is_utf8(text)) return write_string(out, util::to_utf8(text));
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7F) {
          out += "\\u00";
          out += digits[byte >> 4U];
          out += digits[byte & 0xFU];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void write(std::string& out, const Node& node) {
  char separator = '\0';
  const auto separate = [&] {
    if (separator != '\0') out += separator;
    separator = ',';
  };
  switch (node.kind()) {
    case Kind::null:
      out += "null";
      break;
    case Kind::boolean:
    case Kind::number:
      out += node.text();
      break;
    case Kind::string:
      write_string(out, node.text());
      break;
    case Kind::plain:
      if (node.as_bool() || node.as_double()) {
        out += node.text();
      } else {
        write_string(out, node.text());
      }
      break;
    case Kind::array:
      out += '[';
      for (const Node& item : node.items()) {
        separate();
        write(out, item);
      }
      out += ']';
      break;
    case Kind::object:
      out += '{';
      for (const auto& [key, value] : node.members()) {
        separate();
        write_string(out, key);
        out += ':';
        write(out, value);
      }
      out += '}';
      break;
  }
}

}  // namespace

util::Result<Node> parse_json(std::string_view text, const Limits& limits) {
  Builder builder(limits);
  if (!builder.accept_size(text.size())) return builder.error();
  JsonEvents events(builder, text);
  if (!events.accept_characters()) return builder.error();
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &events)) return builder.error();
  return builder.take();
}

std::string to_json(const Node& node) {
  std::string out;
  write(out, node);
  return out;
}

}  // namespace data

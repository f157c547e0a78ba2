#include <algorithm>
#include <string>

#include <yaml-cpp/yaml.h>

#include "data/node.h"
#include "util/text.h"

namespace data {
namespace {

/// True for a key that every YAML reader takes for the same string without quotes.
bool is_plain_key(const std::string& key) {
  const auto in_name = [](char c) { return util::is_alnum(c) || c == '_' || c == '-'; };
  const bool is_word = key.size() > 1 && util::is_alpha(key.front()) && std::all_of(key.begin(), key.end(), in_name);
  const bool means_more = util::iequals(key, "true") || util::iequals(key, "false") || util::iequals(key, "null") ||
                          util::iequals(key, "yes") || util::iequals(key, "no") || util::iequals(key, "on") ||
                          util::iequals(key, "off");
  return is_word && !means_more;
}

void write_string(YAML::Emitter& out, const std::string& text) {
  if (text.find('\x7F') != std::string::npos) out << YAML::EscapeNonAscii;  // YAML 1.1 allows DEL only as an escape
  out << YAML::DoubleQuoted << (util::is_utf8(text) ? text : util::to_utf8(text));
}

/// A key may have at most 1024 characters before ":" on its line (YAML 1.2 section 7.4.2), and an escape has up to 10.
constexpr std::size_t longest_simple_key = 1024 / 10;

void write(YAML::Emitter& out, const Node& node) {
  switch (node.kind()) {
    case Kind::null:
      out << YAML::Null;
      break;
    case Kind::boolean:
    case Kind::number:
      out << node.text();
      break;
    case Kind::string:
      write_string(out, node.text());
      break;
    case Kind::plain:
      if (node.as_bool() || node.as_double()) {
        out << node.text();
      } else {
        write_string(out, node.text());
      }
      break;
    case Kind::array:
      if (node.items().empty()) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const Node& item : node.items()) write(out, item);
      out << YAML::EndSeq;
      break;
    case Kind::object:
      if (node.members().empty()) out << YAML::Flow;
      out << YAML::BeginMap;
      for (const auto& [key, value] : node.members()) {
        if (key.size() > longest_simple_key) out << YAML::LongKey;
        out << YAML::Key;
        if (is_plain_key(key)) {
          out << key;
        } else {
          write_string(out, key);
        }
        out << YAML::Value;
        write(out, value);
      }
      out << YAML::EndMap;
      break;
  }
}

}  // namespace

std::string to_yaml(const Node& node) {
  YAML::Emitter out;
  out.SetIndent(2);
  write(out, node);
  return std::string(out.c_str(), out.size()) + "\n";
}

}  // namespace data

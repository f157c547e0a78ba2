#include "data/xml.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "util/text.h"

namespace data {
namespace {

/// The reference for a character that must be escaped; empty: none is needed. White space other than ' ' is escaped
/// where an XML parser would normalise it.
std::string_view reference(char c, bool in_attribute) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\r':
      return "&#13;";
    case '"':
      return in_attribute ? "&quot;" : std::string_view{};
    case '\n':
      return in_attribute ? "&#10;" : std::string_view{};
    case '\t':
      return in_attribute ? "&#9;" : std::string_view{};
    default:
      return {};
  }
}

/// Characters that are never escaped. Most text consists of them.
constexpr std::array<bool, 256> verbatim = [] {
  std::array<bool, 256> table{};
  for (unsigned c = ' '; c <= '~'; ++c) table[c] = c != '&' && c != '<' && c != '>' && c != '"';
  return table;
}();
bool is_verbatim(char c) { return verbatim[static_cast<unsigned char>(c)]; }

/// True for ASCII names of XML, with or without a namespace prefix.
[[maybe_unused]] bool is_name(std::string_view name) {
  if (name.empty() || !(util::is_alpha(name.front()) || name.front() == '_')) return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:") == name.npos;
}

bool may_be_element(std::string_view key) {
  const auto in_name = [](char c) { return util::is_alnum(c) || c == '_' || c == '-'; };
  return !key.empty() && (util::is_alpha(key.front()) || key.front() == '_') &&
         std::all_of(key.begin(), key.end(), in_name);
}

void write_member(XmlWriter& xml, const std::string& key, const Node& node) {
  if (node.is_array()) {
    for (const Node& item : node.items()) write_member(xml, key, item);
    return;
  }
  if (may_be_element(key)) {
    xml.open(key);
  } else {
    xml.open("entry").attribute("name", key);
  }
  write_node(xml, node);
  xml.close();
}

}  // namespace

void append_escaped(std::string& out, std::string_view text, XmlPlace place) {
  if (std::all_of(text.begin(), text.end(), is_verbatim)) {
    out.append(text);
    return;
  }
  if (!util::is_xml_text(text)) return append_escaped(out, util::to_xml_text(text), place);
  std::size_t written = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view escaped = reference(text[at], place == XmlPlace::attribute);
    if (escaped.empty()) continue;
    out.append(text, written, at - written).append(escaped);
    written = at + 1;
  }
  out.append(text, written);
}

XmlWriter::XmlWriter() : out_("<?xml version=\"1.0\"?>\n") {}

XmlWriter& XmlWriter::open(std::string_view name) {
  assert(is_name(name));
  end_start_tag();
  out_.append("<").append(name);
  open_.push_back(names_.size());
  names_.append(name);
  in_start_tag_ = true;
  return *this;
}

XmlWriter& XmlWriter::attribute(std::string_view name, std::string_view value) {
  assert(in_start_tag_ && is_name(name));
  out_.append(" ").append(name).append("=\"");
  append_escaped(out_, value, XmlPlace::attribute);
  out_ += '"';
  return *this;
}

XmlWriter& XmlWriter::text(std::string_view value) {
  assert(!open_.empty());
  end_start_tag();
  append_escaped(out_, value, XmlPlace::element);
  return *this;
}

XmlWriter& XmlWriter::close() {
  assert(!open_.empty());
  const std::size_t name = open_.back();
  if (in_start_tag_) {
    out_ += "/>";
    in_start_tag_ = false;
  } else {
    out_.append("</").append(names_, name).append(">");
  }
  open_.pop_back();
  names_.resize(name);
  return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, std::string_view value) { return open(name).text(value).close(); }

std::string XmlWriter::take() { return std::exchange(out_, {}); }

std::string XmlWriter::finish() {
  while (!open_.empty()) close();
  return take();
}

void XmlWriter::end_start_tag() {
  if (in_start_tag_) out_ += '>';
  in_start_tag_ = false;
}

void write_node(XmlWriter& xml, const Node& node) {
  for (const auto& [key, value] : node.members()) write_member(xml, key, value);
  if (node.is_scalar()) xml.text(node.text());
}

}  // namespace data

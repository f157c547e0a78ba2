// Writes XML documents that are always well-formed. Used by one thread at a time.
//
// Characters that XML 1.0 does not allow are replaced. The XML declaration names no encoding, because some clients
// parse text that is already decoded (U61).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "data/node.h"

namespace data {

class XmlWriter {
 public:
  XmlWriter();

  XmlWriter& open(std::string_view name);
  /// Must follow open() or another attribute() directly.
  XmlWriter& attribute(std::string_view name, std::string_view value);
  XmlWriter& text(std::string_view value);
  XmlWriter& close();
  /// <name>value</name>
  XmlWriter& element(std::string_view name, std::string_view value);

  /// Reserves memory for that many more bytes, so that a long document is not copied while it grows.
  void reserve(std::size_t bytes) { out_.reserve(out_.size() + bytes); }
  /// Returns and removes what was written so far, so that a long document can be sent in pieces.
  std::string take();
  /// Closes all open elements and returns the rest.
  std::string finish();

 private:
  void end_start_tag();
  std::string out_;
  std::string names_;              // the names of the open elements, concatenated
  std::vector<std::size_t> open_;  // where each of them begins in names_
  bool in_start_tag_ = false;
};

enum class XmlPlace { element, attribute };
/// Appends the text, escaped for that place. Only for code that writes the same small piece of markup thousands of
/// times; all other code uses XmlWriter.
void append_escaped(std::string& out, std::string_view text, XmlPlace place);

/// Writes a node into the open element. A member of an object becomes an element of its name, or <entry name="key"> if
/// the key is not a valid name; a member that is an array repeats its element; a scalar becomes text. The elements are
/// in no namespace, because validators such as taplint warn of a namespace without a published schema.
void write_node(XmlWriter& xml, const Node& node);

}  // namespace data

// XML out: a writer that cannot make a document that is not well-formed.
//
// Text is filtered to what XML 1.0 can carry. No encoding in the declaration: some clients parse decoded text (U61).
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
  /// Only right after open(), or after another attribute().
  XmlWriter& attribute(std::string_view name, std::string_view value);
  XmlWriter& text(std::string_view value);
  XmlWriter& close();
  /// <name>value</name>
  XmlWriter& element(std::string_view name, std::string_view value);

  /// Room for that many bytes more: spares a long document its growing pains.
  void reserve(std::size_t bytes) { out_.reserve(out_.size() + bytes); }
  /// What was written so far is taken: lets a long document stream out in pieces.
  std::string take();
  /// Closes what is open and takes the rest.
  std::string finish();

 private:
  void end_start_tag();
  std::string out_;
  std::string names_;              // of the open elements, one after the other
  std::vector<std::size_t> open_;  // where each begins
  bool in_start_tag_ = false;
};

enum class XmlPlace { element, attribute };
/// The text as it may stand there. For what writes the same small piece of markup thousands of times; all else uses
/// XmlWriter.
void append_escaped(std::string& out, std::string_view text, XmlPlace place);

/// Into the open element: an object is its members as elements, a list is its element repeated, a scalar is text. They
/// are in no namespace: validators that look for the schema of each namespace, such as taplint, warn of one that nobody
/// published. A key that can be no element's name is <entry name="key">.
void write_node(XmlWriter& xml, const Node& node);

}  // namespace data

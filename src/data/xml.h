// XML out: a writer that cannot make a document that is not well-formed.
//
// Text is filtered to what XML 1.0 can carry. No encoding in the declaration: some clients parse decoded text (U61).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

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

  /// What was written so far is taken: lets a long document stream out in pieces.
  std::string take();
  /// Closes what is open and takes the rest.
  std::string finish();

 private:
  void end_start_tag();
  std::string out_;
  std::vector<std::string> open_;
  bool in_start_tag_ = false;
};

}  // namespace data

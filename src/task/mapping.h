// A template that makes a container task document from the taskinfo of a task type.
//
//   "{}"                     the taskinfo itself
//   {image: "{registry}/{image_name}", ports: ["http://:{port}"], args: "{args}"}
//
// A string that is just one name in braces is replaced by that member of taskinfo, whatever its type; a name within a
// longer string is replaced by the text of the member. A string that names a missing member is left out, together with
// the list item or object member whose value it is. Computes only; any thread may call.
#pragma once

#include <set>
#include <string>

#include "data/node.h"
#include "util/result.h"

namespace task {

class Mapping {
 public:
  /// Fails with invalid_argument and every fault of the template. `pointer`: prefix of the JSON pointers of the faults.
  static util::Result<Mapping> compile(const data::Node& text, const std::string& pointer = {});

  data::Node apply(const data::Node& taskinfo) const;

  bool is_identity() const { return is_identity_; }
  /// The members of taskinfo that the template uses.
  const std::set<std::string>& names() const { return names_; }
  /// The JSON pointer into taskinfo of the value that is at `pointer` in the document; of several names in one string,
  /// the last. Returns `pointer` itself for a value that is fixed in the template.
  std::string origin_of(const std::string& pointer) const;

 private:
  data::Node template_;
  bool is_identity_ = false;
  std::set<std::string> names_;
};

}  // namespace task

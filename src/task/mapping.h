// How the taskinfo of a task type becomes a ContainerTask document: a template, which is data.
//
//   "{}"                     the taskinfo itself
//   {image: "{registry}/{image_name}", ports: ["http://:{port}"], args: "{args}"}
//
// A string that is one name in braces becomes that member, whatever it is; names within a longer string become their
// text. What names a member that is not there is left out: with the item of a list, or the member, that it stands in.
// Computes only; any thread.
#pragma once

#include <set>
#include <string>

#include "data/node.h"
#include "util/result.h"

namespace task {

class Mapping {
 public:
  /// Every fault of the template, with its pointer below `pointer`.
  static util::Result<Mapping> compile(const data::Node& text, const std::string& pointer = {});

  data::Node apply(const data::Node& taskinfo) const;

  bool is_identity() const { return is_identity_; }
  /// The members of taskinfo that it uses.
  const std::set<std::string>& names() const { return names_; }
  /// Where in taskinfo the value came from that stands at `pointer` of the document, of several names the last; the
  /// pointer itself for what the template says without help.
  std::string origin_of(const std::string& pointer) const;

 private:
  data::Node template_;
  bool is_identity_ = false;
  std::set<std::string> names_;
};

}  // namespace task

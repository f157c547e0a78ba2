// What a planner answers: YES with the ways to go, or NO with every reason (ExecutionPlanner note; docs/planner.md).
#pragma once

#include <string>
#include <vector>

#include "data/node.h"
#include "util/result.h"

namespace planner {

struct Interface {
  std::string servicetype;
  data::Node serviceinfo = data::Node::object();  // at least its endpoint
  std::string platform;                           // whose it is; may be empty
};

struct Reason {
  int httpcode = 400;  // what a POST of the same task would be answered with
  std::string text;
  std::string path;  // a pointer into the request; may be empty
};

struct Answer {
  bool is_yes = false;
  std::string tasktype;  // as it was asked for
  std::vector<Interface> interfaces;
  std::vector<Reason> reasons;
  std::vector<std::string> notes;
  data::Node resources = data::Node::object();  // empty: nothing was asked of them
};

Reason reason_of(int httpcode, const util::Fault& fault);

/// Both spellings of the published words; the first interface once more at the top.
data::Node to_node(const Answer& answer);
/// Either spelling, with interfaces or with one service at the top. invalid_argument for what is no answer.
util::Result<Answer> answer_of(const data::Node& document);

}  // namespace planner

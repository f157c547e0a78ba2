// A planner's answer: YES with the interfaces of the platforms that accept the task, or NO with every reason
// (ExecutionPlanner note; docs/planner.md). Values and pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "data/node.h"
#include "util/result.h"

namespace planner {

struct Interface {
  std::string servicetype;
  data::Node serviceinfo = data::Node::object();  // has at least the member `endpoint`
  std::string platform;                           // the name of the platform; empty for this service itself
};

struct Reason {
  int httpcode = 400;  // the status with which a POST of the same task would be answered
  std::string text;
  std::string path;  // a JSON pointer into the request; may be empty
};

struct Answer {
  bool is_yes = false;
  std::string tasktype;  // spelled as in the request
  std::vector<Interface> interfaces;
  std::vector<Reason> reasons;
  std::vector<std::string> notes;
  data::Node resources = data::Node::object();  // empty if the request names no resources
};

Reason reason_of(int httpcode, const util::Fault& fault);

/// The answer as a document. It has "responseword" and "responseinfo" and also the note's misspellings of them. The
/// first interface is repeated at the top level.
data::Node to_node(const Answer& answer);
/// Reads an answer, in either spelling, with a list of interfaces or with one service at the top level.
/// `invalid_argument` for a document that is not a planner's answer.
util::Result<Answer> answer_of(const data::Node& document);

}  // namespace planner

// The interface through which the planner asks this service itself whether its job list would accept a task. It is
// implemented by JobListService, which uses the code that also judges the POST, so that both give the same answer;
// tests implement it with a fake.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "http/message.h"
#include "planner/answer.h"
#include "planner/options.h"
#include "planner/rules.h"
#include "task/planner_request.h"

namespace planner {

class OwnService {
 public:
  struct Decision {
    std::vector<Reason> reasons;  // empty: a POST of the task would be answered with 303
    ResourceLimits resources;
  };
  using Done = std::function<void(Decision)>;

  virtual ~OwnService() = default;
  /// False if the policy refuses the image by its name, so that looking for the image is useless.
  virtual bool would_inspect(const task::ImageReference& image) const = 0;
  /// Judges a question about a task of a type that this service runs. A question without taskinfo asks whether this
  /// service would run any task of that type for the caller. Any thread may call it; `done` is called at once or later,
  /// on any thread.
  virtual void judge(const Question& question, Done done) = 0;
};

}  // namespace planner

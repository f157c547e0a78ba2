// What this service says of a task that would be posted to its job list: the planner's seam to whoever judges the POST,
// so that both say the same. tests/fakes has another one.
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
  struct Judgement {
    std::vector<Reason> reasons;  // none: a POST is answered with 303
    Means means;
  };
  using Done = std::function<void(Judgement)>;

  virtual ~OwnService() = default;
  /// False: policy refuses that image anyway.
  virtual bool would_look_at(const task::ImageReference& image) const = 0;
  /// Of a type that this service runs. Without taskinfo: whether it would run any such task for him. Any thread; `done`
  /// at once or later, on any thread.
  virtual void judge(const Question& question, Done done) = 0;
};

}  // namespace planner

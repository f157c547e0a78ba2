// "Can I do this, here?": the ExecutionPlanner's answer for this service and for the platforms of its configuration.
//
// Owner: main. Any thread may ask; answers come at once, or later from another thread, when an image had to be looked
// for or the database was asked. The catalogue, the platforms and what their rules say are constant.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/message.h"
#include "planner/answer.h"
#include "planner/options.h"
#include "planner/own_service.h"
#include "planner/rules.h"
#include "planner/unknown_types.h"
#include "task/planner_request.h"

namespace planner {

/// Where an image is, and what it is; asked where a rule needs it. Answers on any thread, within a time of its own.
using FindImage = std::function<void(const task::ImageReference&, executor::ImageBook::Found)>;

class Planner {
 public:
  using Done = std::function<void(Answer)>;

  Planner(const Options& options, OwnService& own, FindImage find_image);

  /// `base_url`: as the asker addressed us.
  void ask(const task::PlannerRequest& request, const http::Identity& who, const std::string& base_url, Done done);

  const task::Catalogue& catalogue() const { return options_.catalogue; }
  const UnknownTypes& unknown_types() const { return unknown_types_; }

 private:
  struct Asking;
  struct Offer {
    const Platform& platform;
    const Acceptance& acceptance;
  };

  const std::vector<Offer>& offers_for(const task::TaskType& type) const;
  bool needs_image(const Question& question) const;
  void judge(const std::shared_ptr<Asking>& asking);
  void judge_platforms(Asking& asking) const;

  const Options& options_;
  std::unordered_map<std::string, std::vector<Offer>> offers_;  // by the task type's name; in the order of the file
  OwnService& own_;
  const FindImage find_image_;
  UnknownTypes unknown_types_;
};

}  // namespace planner

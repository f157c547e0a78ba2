// Answers "can I do this, here?" in the sense of the ExecutionPlanner note: for this service and for the platforms in
// its configuration.
//
// Owner: the service (service.cpp). Any thread may call ask(). The answer comes at once, or later on another thread, if
// an image had to be looked for or the database was asked. The catalogue, the platforms and their rules never change.
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

/// Looks for an image on the engines and in its registry. It is called only if a rule depends on the image. It answers
/// on any thread, and has its own time limit.
using FindImage = std::function<void(const task::ImageReference&, executor::ImageBook::Found)>;

class Planner {
 public:
  using Done = std::function<void(Answer)>;

  Planner(const Options& options, OwnService& own, FindImage find_image);

  /// `base_url`: the URL by which the caller addressed this service.
  void ask(const task::PlannerRequest& request, const http::Identity& who, const std::string& base_url, Done done);

  const task::Catalogue& catalogue() const { return options_.catalogue; }
  const UnknownTypes& unknown_types() const { return unknown_types_; }

 private:
  struct Inquiry;
  struct Offer {
    const Platform& platform;
    const Acceptance& acceptance;
  };

  const std::vector<Offer>& offers_for(const task::TaskType& type) const;
  bool needs_image(const Question& question) const;
  void judge(const std::shared_ptr<Inquiry>& asking);
  void judge_platforms(Inquiry& asking) const;

  const Options& options_;
  /// By the name of the task type; each list is in the order of the configuration file.
  std::unordered_map<std::string, std::vector<Offer>> offers_;
  OwnService& own_;
  const FindImage find_image_;
  UnknownTypes unknown_types_;
};

}  // namespace planner

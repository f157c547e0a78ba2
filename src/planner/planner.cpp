#include "planner/planner.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "util/text.h"

namespace planner {
namespace {

/// How the caller spells the names of types. The answer uses the same spelling first.
enum class Spelling { canonical, uri, word };

Spelling spelling_of(const std::string& tasktype) {
  if (tasktype.starts_with("uri://")) return Spelling::uri;
  return tasktype.find_first_of(":/") == tasktype.npos ? Spelling::word : Spelling::canonical;
}

/// The names of a service type in the answer: in the caller's spelling first, then others that clients may look for.
std::vector<std::string> names_of(const task::Catalogue& catalogue, const std::string& service_type, Spelling spelling,
                                  const std::string& base_url) {
  const task::ServiceType* type = catalogue.find_service_type(service_type, base_url);
  const std::string canonical = type != nullptr ? catalogue.uri_of(*type, base_url) : service_type;
  const std::string uri = "uri://" + service_type;
  switch (spelling) {
    case Spelling::word:
      return {service_type, uri, canonical};
    case Spelling::uri:
      return {uri, canonical};
    case Spelling::canonical:
      break;
  }
  return {canonical, uri};
}

/// The scalar members of taskinfo, percent-encoded for use in a URL.
data::Node encoded(const data::Node& taskinfo) {
  data::Node all = data::Node::object();
  for (const auto& [name, value] : taskinfo.members()) {
    if (value.is_scalar()) all.set(name, data::Node::string(util::percent_encode(value.text())));
  }
  return all;
}

data::Node own_serviceinfo(const std::string& base_url) {
  data::Node info = data::Node::object();
  info.set("endpoint", data::Node::string(base_url + "/jobs"));
  info.set("capabilities", data::Node::string(base_url + "/capabilities"));
  info.set("openapi", data::Node::string(base_url + "/openapi.yaml"));
  return info;
}

Reason unknown_type(const std::string& tasktype) {
  return {403, "the task type '" + util::for_display(tasktype, 200) + "' is not known here", "/tasktype"};
}

Reason nobody_runs(const task::TaskType& type) {
  return {403, "tasks of type " + type.name + " are not run here", "/tasktype"};
}

/// The request with the default values of its task type filled in.
task::PlannerRequest whole(task::PlannerRequest request, const task::TaskType& type) {
  if (request.taskinfo && type.taskinfo) request.taskinfo = type.taskinfo->with_defaults(*std::move(request.taskinfo));
  return request;
}

}  // namespace

/// One question while it is being answered.
struct Planner::Inquiry {
  Inquiry(task::PlannerRequest request_, http::Identity who_, std::string base_url_, const task::TaskType& type_,
          Done done_)
      : request(whole(std::move(request_), type_)),
        who(std::move(who_)),
        base_url(std::move(base_url_)),
        type(type_),
        done(std::move(done_)),
        question(understand(who, type, request)) {
    answer.tasktype = request.tasktype;
    answer.notes = question.notes;
  }

  void add_interface(const task::Catalogue& catalogue, const std::string& service_type, const data::Node& serviceinfo,
                     const std::string& platform) {
    for (const std::string& name : names_of(catalogue, service_type, spelling_of(request.tasktype), base_url)) {
      answer.interfaces.push_back({name, serviceinfo, platform});
    }
  }
  void give() {
    answer.is_yes = !answer.interfaces.empty();
    if (answer.is_yes) answer.reasons.clear();
    done(std::move(answer));
  }

  const task::PlannerRequest request;
  const http::Identity who;
  const std::string base_url;
  const task::TaskType& type;
  const Done done;
  Question question;
  Answer answer;
};

Planner::Planner(const Options& options, OwnService& own, FindImage find_image)
    : options_(options), own_(own), find_image_(std::move(find_image)) {
  for (const Platform& platform : options.platforms) {
    for (const Acceptance& acceptance : platform.accepts) {
      offers_[acceptance.task_type].push_back({platform, acceptance});
    }
  }
}

const std::vector<Planner::Offer>& Planner::offers_for(const task::TaskType& type) const {
  static const std::vector<Offer> none;
  const auto found = offers_.find(type.name);
  return found == offers_.end() ? none : found->second;
}

void Planner::ask(const task::PlannerRequest& request, const http::Identity& who, const std::string& base_url,
                  Done done) {
  const task::TaskType* type = catalogue().find_task_type(request.tasktype, base_url);
  if (type == nullptr) {
    unknown_types_.note(request.tasktype);
    Answer answer;
    answer.tasktype = request.tasktype;
    answer.reasons = {unknown_type(request.tasktype)};
    return done(std::move(answer));
  }
  const auto inquiry = std::make_shared<Inquiry>(request, who, base_url, *type, std::move(done));
  if (!needs_image(inquiry->question)) return judge(inquiry);
  find_image_(*inquiry->question.task->image, [this, inquiry](executor::ImageKnowledge image) {
    inquiry->question.image = std::move(image);
    judge(inquiry);
  });
}

/// Whether the answer of our own job list or of a platform depends on the image. For our own job list it does not if
/// the policy refuses the image by its name.
bool Planner::needs_image(const Question& question) const {
  if (!question.task || !question.task->image) return false;
  if (catalogue().runs(question.type) != nullptr && own_.would_inspect(*question.task->image)) return true;
  const std::vector<Offer>& offers = offers_for(question.type);
  return std::any_of(offers.begin(), offers.end(),
                     [&](const Offer& offer) { return needs_inspection(question, offer.acceptance); });
}

void Planner::judge(const std::shared_ptr<Inquiry>& inquiry) {
  if (catalogue().runs(inquiry->type) == nullptr) {
    judge_platforms(*inquiry);
    return inquiry->give();
  }
  own_.judge(inquiry->question, [this, inquiry](OwnService::Decision decision) {
    Answer& answer = inquiry->answer;
    const bool asks_for_resources = !inquiry->request.resources.members().empty();
    const data::Node resources =
        asks_for_resources ? resources_of(inquiry->request, decision.resources) : data::Node::object();
    if (decision.reasons.empty()) {
      answer.resources = resources;
      const data::Node info = own_serviceinfo(inquiry->base_url);
      inquiry->add_interface(catalogue(), "docker-uws", info, "");
      inquiry->add_interface(catalogue(), "simple-docker-uws", info, "");
    }
    answer.reasons = std::move(decision.reasons);
    judge_platforms(*inquiry);
    if (answer.interfaces.empty()) answer.resources = resources;  // NO: show what this service could give
    inquiry->give();
  });
}

void Planner::judge_platforms(Inquiry& inquiry) const {
  const Question& question = inquiry.question;
  Answer& answer = inquiry.answer;
  const std::vector<Offer>& offers = offers_for(inquiry.type);
  for (const auto& [platform, acceptance] : offers) {
    std::vector<Reason> reasons = reasons_against(question, acceptance);
    if (reasons.empty()) {
      const data::Node taskinfo = encoded(inquiry.request.taskinfo.value_or(data::Node::object()));
      for (const std::size_t index : acceptance.services) {
        const Service& service = platform.services[index];
        inquiry.add_interface(catalogue(), service.service_type, service.serviceinfo.apply(taskinfo), platform.name);
      }
      if (!inquiry.request.resources.members().empty() && answer.resources.members().empty()) {
        answer.resources = resources_of(inquiry.request, acceptance.resources);
      }
    }
    for (Reason& reason : reasons) {
      reason.text = platform.title + ": " + reason.text;
      answer.reasons.push_back(std::move(reason));
    }
  }
  if (offers.empty() && catalogue().runs(inquiry.type) == nullptr) answer.reasons.push_back(nobody_runs(inquiry.type));
}

}  // namespace planner

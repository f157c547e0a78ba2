#include "planner/rules.h"

#include <algorithm>
#include <iterator>

#include "task/image_pattern.h"
#include "util/quantity.h"
#include "util/text.h"

namespace planner {
namespace {

using util::Fault;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return util::for_display(text, 500);
}

std::string seconds_text(std::chrono::seconds time) { return std::to_string(time.count()) + "s"; }

bool is_allowed(const ImageRules& rules, const task::ImageReference& image) {
  const auto allows = [&](const std::string& pattern) { return task::matches(pattern, image); };
  return rules.allow.empty() || std::any_of(rules.allow.begin(), rules.allow.end(), allows);
}

bool names_port(const task::ContainerTask& task) {
  return std::any_of(task.ports.begin(), task.ports.end(),
                     [](const task::Port& port) { return port.protocol == "tcp"; });
}

bool wants_look(const ImageRules& rules, const task::ContainerTask& task) {
  const bool for_port = rules.port == PortEvidence::image || (rules.port == PortEvidence::either && !names_port(task));
  const bool for_platform = !rules.platforms.empty() && task.platform.empty();
  return rules.must_exist || for_port || for_platform;
}

bool has_role(const http::Identity& who, const std::vector<std::string>& roles) {
  return std::any_of(roles.begin(), roles.end(), [&](const std::string& role) {
    if (role == "anybody") return true;
    if (role == "user") return who.user.has_value();
    if (role == "administrator") return who.administrator;
    return std::find(who.groups.begin(), who.groups.end(), role) != who.groups.end();
  });
}

/// Collects the reasons for which the rules refuse the image of a task.
class ImageCheck {
 public:
  ImageCheck(const Question& question, const ImageRules& rules)
      : question_(question), rules_(rules), path_(task::pointer_of(question.type, question.request, "IMAGE")) {}

  std::vector<Reason> run() {
    const task::ContainerTask& task = *question_.task;
    if (!task.image) return {{400, "is missing, and what is run here depends on it", path_}};
    judge_name(*task.image);
    if (!reasons_.empty()) return std::move(reasons_);
    if (wants_look(rules_, task) && question_.image.error) {
      reasons_.push_back(image_reason(*question_.image.error, path_));
      return std::move(reasons_);
    }
    judge_platform(task);
    judge_port(task);
    return std::move(reasons_);
  }

 private:
  void refuse(std::string path, std::string reason, std::string accepted) {
    reasons_.push_back(reason_of(403, Fault{std::move(path), std::move(reason), std::move(accepted)}));
  }

  void judge_name(const task::ImageReference& image) {
    if (!is_allowed(rules_, image)) {
      refuse(path_, image.to_string() + " is not among the images that are run", joined(rules_.allow));
    }
    if (rules_.needs_digest && image.digest.empty()) {
      refuse(path_, image.to_string() + " has no digest", image.name() + "@sha256:…");
    }
  }

  void judge_platform(const task::ContainerTask& task) {
    if (rules_.platforms.empty()) return;
    const auto is_listed = [&](const std::string& platform) {
      return std::find(rules_.platforms.begin(), rules_.platforms.end(), platform) != rules_.platforms.end();
    };
    if (!task.platform.empty() && !is_listed(task.platform)) {
      return refuse(task::pointer_of(question_.type, question_.request, "PLATFORM"),
                    "'" + util::for_display(task.platform) + "' is not run", joined(rules_.platforms));
    }
    const auto& facts = question_.image.facts;
    if (!facts) return;
    const std::vector<std::string> platforms = executor::platforms_of(*facts);
    const auto is_there = [&](const std::string& platform) {
      return task.platform.empty() ? is_listed(platform) : platform == task.platform;
    };
    if (std::none_of(platforms.begin(), platforms.end(), is_there)) {
      refuse(path_, "the image is for " + joined(platforms), joined(rules_.platforms));
    }
  }

  void judge_port(const task::ContainerTask& task) {
    if (rules_.port == PortEvidence::not_needed) return;
    const bool told = names_port(task);
    const auto& facts = question_.image.facts;
    const bool exposed = facts && std::any_of(facts->exposed_ports.begin(), facts->exposed_ports.end(),
                                              [](const std::string& port) { return port.ends_with("/tcp"); });
    const std::string port_path = task::pointer_of(question_.type, question_.request, "PORT");
    if (rules_.port == PortEvidence::taskinfo && !told) {
      refuse(port_path, "no TCP port is named", "the port that it listens on");
    } else if (rules_.port == PortEvidence::image && !exposed) {
      refuse(path_, "the image exposes no TCP port", "an image with EXPOSE");
    } else if (rules_.port == PortEvidence::either && !told && !exposed) {
      refuse(port_path, "no TCP port is named, and the image exposes none", "the port that it listens on");
    }
  }

  const Question& question_;
  const ImageRules& rules_;
  const std::string path_;
  std::vector<Reason> reasons_;
};

/// Adds a reason for each resource of which more is asked for than there is.
class ResourceCheck {
 public:
  explicit ResourceCheck(std::vector<Reason>& reasons) : reasons_(reasons) {}

  template <typename Amount, typename Format>
  void at_most(const std::string& path, const std::optional<Amount>& asked, const std::optional<Amount>& most,
               Format format) {
    if (!asked || !most || *asked <= *most) return;
    reasons_.push_back(
        reason_of(403, Fault{path, format(*asked) + " are more than is given", "at most " + format(*most)}));
  }

  void starts_within(const std::optional<std::chrono::seconds>& asked,
                     const std::optional<std::chrono::seconds>& least) {
    if (!asked || !least || *least <= *asked) return;
    reasons_.push_back(
        reason_of(503, Fault{"/resources/maxstartup", "it would not start within " + seconds_text(*asked),
                             "from " + seconds_text(*least)}));
  }

 private:
  std::vector<Reason>& reasons_;
};

/// The resources that the task needs: as the request says, and where it says nothing, as the task itself says.
task::AskedResources wanted(const Question& question) {
  task::AskedResources asked;
  if (const auto read = task::asked_resources(question.request); read.ok()) asked = *read;
  if (question.task) {
    if (!asked.min_millicores) asked.min_millicores = question.task->millicores;
    if (!asked.min_memory_bytes) asked.min_memory_bytes = question.task->memory_bytes;
    if (!asked.min_storage_bytes) asked.min_storage_bytes = question.task->disk_bytes;
  }
  return asked;
}

}  // namespace

Question understand(const http::Identity& who, const task::TaskType& type, const task::PlannerRequest& request) {
  Question question{who, type, request};
  question.notes = request.notes;
  if (!type.task || !request.taskinfo) {
    question.faults = task::shape_faults(type, request);
    return question;
  }
  auto planned = task::plan(type, request);
  if (planned.ok()) {
    question.task = std::move(planned->task);
    question.notes = std::move(planned->notes);
  } else {
    question.faults = std::move(planned).error().faults;
  }
  return question;
}

bool needs_inspection(const Question& question, const Acceptance& acceptance) {
  if (!question.task || !question.task->image || !acceptance.image) return false;
  const task::ImageReference& image = *question.task->image;
  const bool is_nameable =
      is_allowed(*acceptance.image, image) && (!acceptance.image->needs_digest || !image.digest.empty());
  return is_nameable && has_role(question.who, acceptance.roles) && wants_look(*acceptance.image, *question.task);
}

Reason image_reason(const util::Error& error, const std::string& path) {
  const int httpcode = error.code == util::ErrorCode::unavailable || error.code == util::ErrorCode::timeout ? 503 : 403;
  return {httpcode, error.message, path};
}

std::vector<Reason> reasons_against(const Question& question, const Acceptance& acceptance) {
  std::vector<Reason> reasons;
  for (const Fault& fault : question.faults) reasons.push_back(reason_of(400, fault));
  if (!has_role(question.who, acceptance.roles)) {
    const int httpcode = question.who.anonymous() ? 401 : 403;
    reasons.push_back({httpcode, "it is for " + joined(acceptance.roles) + " only", ""});
  }
  if (question.request.taskinfo && acceptance.taskinfo) {
    for (const Fault& fault : acceptance.taskinfo->check(*question.request.taskinfo, "/taskinfo")) {
      reasons.push_back(reason_of(403, fault));
    }
  }
  if (question.task && acceptance.image) {
    std::vector<Reason> more = ImageCheck(question, *acceptance.image).run();
    std::move(more.begin(), more.end(), std::back_inserter(reasons));
  }
  std::vector<Reason> more = resource_reasons(wanted(question), acceptance.resources);
  std::move(more.begin(), more.end(), std::back_inserter(reasons));
  return reasons;
}

std::vector<Reason> resource_reasons(const task::AskedResources& asked, const ResourceLimits& resources) {
  std::vector<Reason> reasons;
  ResourceCheck check(reasons);
  check.at_most("/resources/mincores", asked.min_millicores, resources.max_millicores, util::format_millicores);
  check.at_most("/resources/minmemory", asked.min_memory_bytes, resources.max_memory_bytes, util::format_bytes);
  check.at_most("/resources/minstorage", asked.min_storage_bytes, resources.max_storage_bytes, util::format_bytes);
  check.at_most("/resources/minduration", asked.min_duration, resources.max_duration, seconds_text);
  check.starts_within(asked.max_startup, resources.min_startup);
  return reasons;
}

data::Node resources_of(const task::PlannerRequest& request, const ResourceLimits& resources) {
  data::Node node = data::Node::object();
  const auto echo = [&](const char* name) {
    const data::Node* asked = request.resources.find(name);
    if (asked != nullptr && asked->is_scalar()) node.set(name, *asked);
  };
  const auto say = [&](const char* name, std::optional<std::string> text) {
    if (text) node.set(name, data::Node::string(*std::move(text)));
  };
  // The memory of a machine is not a round number, so it is rounded down to whole mebibytes.
  const auto bytes = [](const std::optional<std::int64_t>& amount) {
    constexpr std::int64_t mebibyte = 1 << 20;
    if (!amount) return std::optional<std::string>();
    return std::optional(util::format_short_bytes(*amount < mebibyte ? *amount : *amount / mebibyte * mebibyte));
  };
  const auto time = [](const std::optional<std::chrono::seconds>& amount) {
    return amount ? std::optional(seconds_text(*amount)) : std::nullopt;
  };
  echo("mincores");
  if (resources.max_millicores)
    node.set("maxcores", data::Node::plain(util::format_millicores(*resources.max_millicores)));
  echo("minmemory");
  say("maxmemory", bytes(resources.max_memory_bytes));
  echo("minstorage");
  say("maxstorage", bytes(resources.max_storage_bytes));
  say("minstartup", time(resources.min_startup));
  echo("maxstartup");
  echo("minduration");
  say("maxduration", time(resources.max_duration));
  return node;
}

}  // namespace planner

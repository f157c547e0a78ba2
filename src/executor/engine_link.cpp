#include "executor/engine_link.h"

#include <algorithm>
#include <utility>

#include "util/log.h"
#include "util/metrics.h"

namespace executor {
namespace {

constexpr std::chrono::milliseconds shortest_pause{250};
constexpr std::chrono::milliseconds longest_pause{10'000};
constexpr std::chrono::milliseconds unknown_pause{500};

util::Level& is_up(const std::string& engine) {
  return util::metrics().level("docker_uws_engine_up", "1: it answers.", {{"engine", engine}});
}

}  // namespace

EngineLink::EngineLink(util::EventLoop& loop, EngineOptions options, std::unique_ptr<Engine> engine, Listener listener)
    : loop_(loop),
      options_(std::move(options)),
      listener_(std::move(listener)),
      pause_(shortest_pause),
      engine_(std::move(engine)) {
  is_up(name()).set(0);
}

void EngineLink::start() {
  engine_->watch([this](std::optional<RunId> run) { listener_.hint(*this, std::move(run)); });
  describe();
}

void EngineLink::describe() {
  if (describing_) return;
  describing_ = true;
  engine_->describe([this](util::Result<Description> answer) {
    describing_ = false;
    on_described(std::move(answer));
  });
}

void EngineLink::on_described(util::Result<Description> answer) {
  if (!answer.ok()) {
    trouble_ = answer.error().message;
    loop_.after(pause_, [this] { describe(); });
    pause_ = std::min(2 * pause_, longest_pause);
    return listener_.away(*this);
  }
  up_ = true;
  is_up(name()).set(1);
  up_since_ = util::now();
  trouble_.clear();
  description_ = std::move(answer).value();
  util::log_info("engine answers",
                 {{"engine", name()}, {"kind", description_->kind}, {"version", description_->version}});
  for (const std::string& note : description_->notes) {
    util::log_info("engine's note", {{"engine", name()}, {"note", note}});
  }
  if (description_->refusal) {
    util::log_error("nothing is run on this engine", {{"engine", name()}, {"why", *description_->refusal}});
  }
  listener_.described(*this);
  ask();
}

void EngineLink::not_answered(const util::Error& error) {
  if (!up_) return;
  up_ = false;
  is_up(name()).set(0);
  was_away_ = true;
  trouble_ = error.message;
  util::log_warning("engine does not answer", {{"engine", name()}, {"why", error.message}});
  listener_.away(*this);
  if (util::now() - up_since_ >= longest_pause) {
    pause_ = shortest_pause;
    return describe();
  }
  // An engine that answers this and never that is not asked without a pause.
  loop_.after(std::exchange(pause_, std::min(2 * pause_, longest_pause)), [this] { describe(); });
}

void EngineLink::inspect(const RunId& run) {
  to_ask_.insert(run);
  ask();
}

void EngineLink::ask() {
  if (asking_ || !up_ || to_ask_.empty()) return;
  asking_ = true;
  const std::set<RunId> asked = std::exchange(to_ask_, {});
  engine_->inspect({asked.begin(), asked.end()}, [this, asked](const util::Result<std::vector<RunStatus>>& answer) {
    asking_ = false;
    on_statuses(asked, answer);
  });
}

void EngineLink::on_statuses(const std::set<RunId>& asked, const util::Result<std::vector<RunStatus>>& answer) {
  if (!answer.ok()) {
    to_ask_.insert(asked.begin(), asked.end());
    return not_answered(answer.error());
  }
  for (const RunStatus& status : *answer) {
    if (status.state == RunState::unknown) {
      to_ask_later_.insert(status.id);
    } else {
      listener_.status(*this, status);
    }
  }
  ask_later();
  ask();
}

void EngineLink::ask_later() {
  if (to_ask_later_.empty() || ask_later_set_) return;
  ask_later_set_ = true;
  loop_.after(unknown_pause, [this] {
    ask_later_set_ = false;
    to_ask_.merge(to_ask_later_);
    to_ask_later_.clear();
    ask();
  });
}

}  // namespace executor

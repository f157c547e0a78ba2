#include "executor/engine_link.h"

#include <algorithm>
#include <utility>

#include "util/clock.h"
#include "util/log.h"
#include "util/metrics.h"

namespace executor {
namespace {

constexpr std::chrono::milliseconds shortest_pause{250};
constexpr std::chrono::milliseconds longest_pause{10'000};
constexpr std::chrono::milliseconds unknown_pause{500};
/// Inspections under way at once: calls for many runs each, and calls for one suspect run each.
constexpr int most_batches = 4;
constexpr int most_suspects_asked = 16;
/// After an answer the engine is not pinged again for this long.
constexpr std::chrono::milliseconds trust{1000};

util::Gauge& is_up(const std::string& engine) {
  return util::metrics().gauge("docker_uws_engine_up", "1: it answers.", {{"engine", engine}});
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
  engine_->watch([this](std::optional<RunId> run) { run ? listener_.hint(*this, std::move(run)) : on_watched(); });
  describe();
}

/// From now on the engine sends hints. Earlier events may have been missed, perhaps because the engine was restarted.
void EngineLink::on_watched() {
  watched_since_ = util::now();
  listener_.hint(*this, std::nullopt);
  if (!std::exchange(is_watched_, true) || !up_) return;
  was_away_ = true;
  may_be_new_ = true;
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
    if (!up_) return on_silence(answer.error());
    // The engine was asked because it may have been restarted. A failed answer does not mean that it is away.
    failed(answer.error());
    return describe_later();
  }
  const bool was_up = std::exchange(up_, true);
  answered_at_ = util::Clock::now();
  pause_ = shortest_pause;
  description_ = std::move(answer).value();
  if (!was_up || std::exchange(may_be_new_, false)) announce();
  ask();
  ask_later();
}

void EngineLink::on_silence(const util::Error& error) {
  const bool was_up = std::exchange(up_, false);
  was_away_ = was_away_ || was_up;
  is_up(name()).set(0);
  // Log only the first failure, and each change of the reason.
  if (was_up || trouble_ != error.message) {
    util::log_warning("engine does not answer", {{"engine", name()}, {"why", error.message}});
  }
  trouble_ = error.message;
  describe_later();
  listener_.away(*this);
}

void EngineLink::describe_later() {
  if (std::exchange(describe_set_, true)) return;
  loop_.after(pause_, [this] {
    describe_set_ = false;
    describe();
  });
  pause_ = std::min(2 * pause_, longest_pause);
}

void EngineLink::announce() {
  is_up(name()).set(1);
  watched_since_ = util::now();
  may_be_new_ = false;
  util::log_info("engine answers",
                 {{"engine", name()}, {"kind", description_->kind}, {"version", description_->version}});
  for (const std::string& note : description_->notes) {
    util::log_info("engine's note", {{"engine", name()}, {"note", note}});
  }
  if (description_->refusal) {
    util::log_error("nothing is run on this engine", {{"engine", name()}, {"why", *description_->refusal}});
  }
  listener_.described(*this);
}

void EngineLink::failed(const util::Error& error) {
  if (!is_silence(error)) {
    return util::log_info("engine failed at a call", {{"engine", name()}, {"why", error.message}});
  }
  if (!up_ || std::exchange(is_doubted_, true)) return;
  const auto since = util::Clock::now() - answered_at_;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(trust - since);
  loop_.after(std::max(left, std::chrono::milliseconds{0}), [this] {
    engine_->ping([this](const util::Status& pong) {
      is_doubted_ = false;
      answered_at_ = util::Clock::now();
      if (!pong.ok() && is_silence(pong.error()) && up_) on_silence(pong.error());
    });
  });
}

void EngineLink::inspect(const RunId& run) {
  if (suspects_.contains(run)) return;  // ask_later() repeats the inspection of suspects
  to_ask_.insert(run);
  ask();
}

void EngineLink::ask() {
  if (batches_ >= most_batches || !up_ || to_ask_.empty()) return;
  ++batches_;
  const std::set<RunId> asked = std::exchange(to_ask_, {});
  engine_->inspect({asked.begin(), asked.end()}, [this, asked](const util::Result<std::vector<RunStatus>>& answer) {
    --batches_;
    on_statuses(asked, answer);
    ask();
  });
}

/// Inspects each suspect run in a call of its own, so that one that gets no answer does not delay the others.
void EngineLink::ask_of_suspects() {
  while (up_ && !suspects_to_ask_.empty() && suspects_asked_ < most_suspects_asked) {
    const RunId run = suspects_to_ask_.extract(suspects_to_ask_.begin()).value();
    ++suspects_asked_;
    engine_->inspect({run}, [this, run](const util::Result<std::vector<RunStatus>>& answer) {
      --suspects_asked_;
      on_statuses({run}, answer);
    });
  }
}

void EngineLink::on_statuses(const std::set<RunId>& asked, const util::Result<std::vector<RunStatus>>& answer) {
  if (!answer.ok()) {
    suspects_.insert(asked.begin(), asked.end());
    suspects_to_ask_.insert(asked.begin(), asked.end());
    failed(answer.error());
    // The engine is up but gives no answer about this run.
    if (up_ && asked.size() == 1) {
      RunStatus unknown;
      unknown.id = *asked.begin();
      listener_.status(*this, unknown);
    }
    return ask_later();
  }
  for (const RunStatus& status : *answer) {
    if (status.state == RunState::unknown) {
      suspects_.insert(status.id);
      suspects_to_ask_.insert(status.id);
    } else {
      suspects_.erase(status.id);
    }
    listener_.status(*this, status);
  }
  ask_later();
}

void EngineLink::ask_later() {
  if (suspects_to_ask_.empty() || ask_later_set_) return;
  ask_later_set_ = true;
  loop_.after(unknown_pause, [this] {
    ask_later_set_ = false;
    ask_of_suspects();
    if (up_) ask_later();
  });
}

}  // namespace executor

#include "docker/engine.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "docker/api/events.h"
#include "docker/differences.h"
#include "docker/images/image.h"
#include "docker/images/image_search.h"
#include "docker/logs/log_follower.h"
#include "docker/probe.h"
#include "docker/runs/collection.h"
#include "docker/runs/disk.h"
#include "docker/runs/inspection.h"
#include "docker/runs/listing.h"
#include "docker/runs/removal.h"
#include "docker/runs/submission.h"
#include "util/async.h"
#include "util/text.h"
#include "util/worker_pool.h"

namespace docker {
namespace {

/// The longest time from a signal to the end that it caused. An engine that shuts down waits no longer for a container.
constexpr std::chrono::seconds longest_goodbye{60};

/// When to inspect a run after its start, if the engine reports ends late.
constexpr std::array first_looks{std::chrono::milliseconds{5}, std::chrono::milliseconds{50}};

using executor::RunId;
using executor::RunState;
using executor::RunStatus;
using util::Callback;

class DockerEngine : public executor::Engine {
 public:
  DockerEngine(Options options, net::Client& client, util::EventLoop& loop)
      : options_(std::move(options)),
        api_(std::make_shared<Api>(options_.socket, client, loop)),
        post_(api_->poster()),
        puller_(*api_, options_),
        networks_(*api_, options_),
        events_(*api_, options_.installation,
                {[this](const RunId& id, int signal, util::Instant when) { note_signal(id, signal, when); },
                 [this](const RunId& id) { note_death(id); }}) {}

  const std::string& name() const override { return options_.name; }
  void ping(Callback<void> done) override { api_->ping(std::move(done)); }
  void describe(Callback<executor::Description> done) override;
  void submit(executor::RunSpec spec, Callback<RunStatus> done) override;
  void inspect(std::vector<RunId> runs, Callback<std::vector<RunStatus>> done) override;
  void cancel(const RunId& run, std::chrono::seconds grace, Callback<void> done) override;
  void logs(const RunId& run, std::shared_ptr<executor::LogSink> sink, Callback<void> done) override;
  void collect(const RunId& run, std::vector<executor::OutputPattern> outputs,
               std::shared_ptr<executor::OutputSink> sink, Callback<executor::CollectedOutputs> done) override;
  void release(const RunId& run, Callback<void> done) override;
  void watch(std::function<void(std::optional<RunId>)> hint) override;
  void image(const task::ImageReference& reference, Callback<executor::ImageFacts> done) override;
  void disk_space(Callback<std::optional<executor::DiskSpace>> done) override;
  void disk_use(std::vector<RunId> runs, Callback<std::map<RunId, std::uint64_t>> done) override;
  void list_owned(Callback<std::vector<RunId>> done) override;

 private:
  /// The state of a run that is kept here.
  struct Run {
    std::shared_ptr<Submission> submission;    // null while the engine's facts are asked for
    std::vector<Callback<RunStatus>> waiting;  // callers of submit(); not empty while a submission is under way
    std::vector<util::Task> after_submission;
    std::optional<RunStatus> refused;  // set if the run ended without a start; the engine may not know the reason
    Submission::Report report;
    bool is_unwanted = false;
    bool died_meanwhile = false;  // the container ended while the submission was under way
    bool has_ended = false;       // an inspection has shown the end
    std::optional<std::pair<int, util::Instant>> foreign_signal;
  };

  void learn_facts(util::Callback<Facts> done);
  void begin(executor::RunSpec spec, const Facts& facts);
  void submitted(const RunId& id, util::Result<RunStatus> result);
  /// The status of a run that is being submitted or was refused: it is known without asking the engine.
  std::optional<RunStatus> known_status(const RunId& id) const;
  RunStatus with_our_part(RunStatus status) const;
  void end_reading(const RunId& id);
  void merge(const std::vector<RunId>& runs, const std::vector<RunStatus>& answered,
             const Callback<std::vector<RunStatus>>& done);
  void note_signal(const RunId& id, int signal, util::Instant when);
  void note_death(const RunId& id);
  void hint_after_start(const RunId& id);
  /// Cancels the submission of a run, and runs `task` when it has ended. Returns false if there is no submission.
  bool give_up_submission(const RunId& id, util::Task task);
  void send_stop(const RunId& id, std::chrono::seconds grace, const Callback<void>& done);
  void after_refused_stop(const RunId& id, std::chrono::seconds grace, const Answer& answer,
                          const Callback<void>& done);
  void remove(const RunId& id, const Callback<void>& done);

  const Options options_;
  const std::shared_ptr<Api> api_;  // no callback of a call comes after its destruction
  const util::Poster post_;
  Puller puller_;
  Networks networks_;
  PasswdBook passwds_;
  Turns turns_{*api_, options_.longest_turn};
  Events events_;
  util::WorkerPool workers_{"files", 1, 1000};
  util::WorkerPool disk_workers_{"engine-disk", 1, 10};
  std::optional<std::pair<std::uint64_t, Facts>> facts_;  // with the epoch of api_ in which they were read
  std::vector<util::Callback<Facts>> facts_askers_;
  std::map<RunId, Run> runs_;
  std::map<RunId, std::weak_ptr<LogReader>> readings_;
  std::map<RunId, std::weak_ptr<Collection>> collections_;
  Rlimits rlimits_;
  std::function<void(std::optional<RunId>)> hint_;
};

/// Callers that ask at the same time share one probe, because Podman runs a dozen programs for each answer.
void DockerEngine::learn_facts(util::Callback<Facts> done) {
  if (facts_ && facts_->first == api_->epoch()) return done(facts_->second);
  facts_askers_.push_back(std::move(done));
  if (facts_askers_.size() > 1) return;
  probe(*api_, workers_, options_, [this](const util::Result<Facts>& facts) {
    if (facts.ok()) facts_.emplace(api_->epoch(), *facts);
    for (const auto& asker : std::exchange(facts_askers_, {})) asker(facts);
  });
}

void DockerEngine::describe(Callback<executor::Description> done) {
  facts_.reset();  // the caller wants the present facts
  rlimits_ = {};
  learn_facts([done = std::move(done)](util::Result<Facts> facts) {
    if (!facts.ok()) return done(std::move(facts).error());
    done(std::move(facts->description));
  });
}

// The start of a run.

void DockerEngine::submit(executor::RunSpec spec, Callback<RunStatus> done) {
  auto& run = runs_[spec.id];
  if (run.refused) {
    return post_([done = std::move(done), status = *run.refused] { done(status); });
  }
  run.waiting.push_back(std::move(done));
  if (run.waiting.size() > 1) return;  // a submission is already under way
  const auto id = spec.id;
  learn_facts([this, id, spec = std::move(spec)](util::Result<Facts> facts) mutable {
    if (!facts.ok()) return submitted(id, std::move(facts).error());
    begin(std::move(spec), *facts);
  });
}

void DockerEngine::begin(executor::RunSpec spec, const Facts& facts) {
  const auto id = spec.id;
  auto& run = runs_[id];
  if (facts.description.refusal) {
    RunStatus status;
    status.id = id;
    status.state = RunState::ended;
    status.ended.emplace();
    status.ended->cause = executor::EndCause::start_refused;
    status.ended->memory = executor::MemoryEvidence::none;
    status.ended->detail = *facts.description.refusal;
    return submitted(id, std::move(status));
  }
  Submission::Callbacks callbacks;
  callbacks.on_change = [this, id] {
    if (hint_) post_([this, id] { hint_(id); });
  };
  callbacks.on_done = [this, id](util::Result<RunStatus> result) { submitted(id, std::move(result)); };
  run.submission = std::make_shared<Submission>(
      SubmissionContext{*api_, puller_, networks_, passwds_, turns_, workers_, rlimits_, options_}, std::move(spec),
      facts, std::move(callbacks));
  const auto submission = run.submission;
  if (run.is_unwanted) submission->cancel();
  submission->begin();
}

void DockerEngine::submitted(const RunId& id, util::Result<RunStatus> result) {
  auto& run = runs_[id];
  if (const auto submission = std::exchange(run.submission, nullptr)) run.report = submission->report();
  const bool is_refused =
      result.ok() && result->state == RunState::ended && result->ended->cause != executor::EndCause::exited;
  if (is_refused) run.refused = *result;
  const bool is_started = result.ok() && result->state == RunState::running;
  post_([waiting = std::exchange(run.waiting, {}), after = std::exchange(run.after_submission, {}),
         result = std::move(result)] {
    for (const auto& done : waiting) done(result);
    for (const auto& task : after) task();
  });
  if (is_started) hint_after_start(id);
}

/// The run may have ended already, so a hint makes the executor inspect it.
void DockerEngine::hint_after_start(const RunId& id) {
  if (!hint_) return;
  const auto hint = [this, id] { hint_(id); };
  if (runs_[id].died_meanwhile) return post_(hint);
  if (!facts_ || !reports_ends_late(facts_->second.kind)) return;
  for (const auto delay : first_looks) api_->after(delay, hint);
}

bool DockerEngine::give_up_submission(const RunId& id, util::Task task) {
  const auto found = runs_.find(id);
  if (found == runs_.end() || found->second.waiting.empty()) return false;
  auto& run = found->second;
  run.is_unwanted = true;
  run.after_submission.push_back(std::move(task));
  if (const auto submission = run.submission) submission->cancel();
  return true;
}

// A run after its start.

std::optional<RunStatus> DockerEngine::known_status(const RunId& id) const {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return std::nullopt;
  const auto& run = found->second;
  if (run.refused) return run.refused;
  if (run.waiting.empty()) return std::nullopt;
  const auto& report = run.submission ? run.submission->report() : run.report;
  RunStatus status;
  status.id = id;
  status.state = RunState::preparing;
  status.progress = report.progress;
  status.image_digest = report.image_digest;
  status.steps = report.steps;
  return status;
}

RunStatus DockerEngine::with_our_part(RunStatus status) const {
  const auto found = runs_.find(status.id);
  if (found == runs_.end()) return status;
  status.steps = found->second.report.steps;
  if (status.image_digest.empty()) status.image_digest = found->second.report.image_digest;
  if (const auto& sent = found->second.foreign_signal; sent && status.ended) {
    const bool is_recent = !status.ended->finished_at || *status.ended->finished_at - sent->second < longest_goodbye;
    if (is_recent) status.ended->foreign_signal = sent->first;
  }
  return status;
}

void DockerEngine::note_signal(const RunId& id, int signal, util::Instant when) {
  const auto found = runs_.find(id);
  if (found == runs_.end() || found->second.is_unwanted) return;
  found->second.foreign_signal.emplace(signal, when);
}

void DockerEngine::note_death(const RunId& id) {
  end_reading(id);
  const auto found = runs_.find(id);
  if (found != runs_.end() && !found->second.waiting.empty()) found->second.died_meanwhile = true;
}

void DockerEngine::inspect(std::vector<RunId> runs, Callback<std::vector<RunStatus>> done) {
  const bool is_known = std::all_of(runs.begin(), runs.end(), [this](const RunId& run) { return known_status(run); });
  if (is_known) return post_([this, runs = std::move(runs), done = std::move(done)] { merge(runs, {}, done); });
  learn_facts([this, runs = std::move(runs), done = std::move(done)](util::Result<Facts> facts) {
    if (!facts.ok()) return done(std::move(facts).error());
    std::vector<Inspection::Question> questions;
    for (const auto& run : runs) {
      const auto& ours = runs_[run];
      if (!known_status(run)) questions.push_back({run, {facts->kind, ours.is_unwanted, {}}});
    }
    std::make_shared<Inspection>(*api_, std::move(questions),
                                 [this, runs, done](const util::Result<std::vector<RunStatus>>& answered) {
                                   if (!answered.ok()) return done(answered.error());
                                   merge(runs, *answered, done);
                                 })
        ->begin();
  });
}

/// Combines the statuses that the engine answered with those that are known here.
void DockerEngine::merge(const std::vector<RunId>& runs, const std::vector<RunStatus>& answered,
                         const Callback<std::vector<RunStatus>>& done) {
  std::map<RunId, RunStatus> by_run;
  for (const auto& status : answered) {
    by_run[status.id] = with_our_part(status);
    if (status.state != RunState::ended) continue;  // if absent, the container may exist and not be started yet
    runs_[status.id].has_ended = true;
    end_reading(status.id);
  }
  std::vector<RunStatus> statuses;
  for (const auto& run : runs) {
    // The run may have been submitted meanwhile.
    const auto known = known_status(run);
    statuses.push_back(known ? *known : by_run[run]);
    statuses.back().id = run;
  }
  done(std::move(statuses));
}

void DockerEngine::end_reading(const RunId& id) {
  const auto found = readings_.find(id);
  if (found == readings_.end()) return;
  if (const auto reading = found->second.lock()) reading->over();
  readings_.erase(found);
}

void DockerEngine::cancel(const RunId& run, std::chrono::seconds grace, Callback<void> done) {
  if (give_up_submission(run, [this, run, grace, done] { send_stop(run, grace, done); })) return;
  send_stop(run, grace, done);
}

void DockerEngine::send_stop(const RunId& id, std::chrono::seconds grace, const Callback<void>& done) {
  if (known_status(id)) return post_([done] { done({}); });
  runs_[id].is_unwanted = true;
  Request request;
  request.method = "POST";
  request.path = "/containers/" + util::percent_encode(id.name()) + "/stop?t=" + std::to_string(grace.count());
  request.timeout = grace + std::chrono::minutes{1};
  api_->call(std::move(request), [this, id, grace, done](util::Result<Answer> result) {
    if (!result.ok()) return done(std::move(result).error());
    if (result->ok() || result->status == 304 || result->status == 404) return done({});
    after_refused_stop(id, grace, *result, done);
  });
}

/// The engine refused a stop: the run may have ended by itself, or be paused.
void DockerEngine::after_refused_stop(const RunId& id, std::chrono::seconds grace, const Answer& answer,
                                      const Callback<void>& done) {
  inspect_run(*api_, id, {}, [this, id, grace, answer, done](const util::Result<RunStatus>& status) {
    if (!status.ok()) return done(status.error());
    if (status->state != RunState::running) return done({});
    if (!status->is_paused) return done(answer.error());
    Request request;
    request.method = "POST";
    request.path = "/containers/" + util::percent_encode(id.name()) + "/unpause";
    api_->call(std::move(request), [this, id, grace, done](util::Result<Answer> result) {
      if (!result.ok()) return done(std::move(result).error());
      if (!result->ok()) return done(result->error());
      send_stop(id, grace, done);
    });
  });
}

void DockerEngine::logs(const RunId& run, std::shared_ptr<executor::LogSink> sink, Callback<void> done) {
  if (known_status(run)) return post_([done = std::move(done)] { done({}); });  // never started
  learn_facts([this, run, sink = std::move(sink), done = std::move(done)](util::Result<Facts> facts) {
    if (!facts.ok()) return done(std::move(facts).error());
    readings_[run] = read_logs(*api_, *facts, run.name(), runs_[run].has_ended, sink, done);
  });
}

void DockerEngine::collect(const RunId& run, std::vector<executor::OutputPattern> outputs,
                           std::shared_ptr<executor::OutputSink> sink, Callback<executor::CollectedOutputs> done) {
  auto posted = [post = post_, done = std::move(done)](util::Result<executor::CollectedOutputs> result) {
    post([done, result = std::move(result)] { done(result); });
  };
  learn_facts([this, run, outputs = std::move(outputs), sink = std::move(sink),
               posted = std::move(posted)](util::Result<Facts> facts) {
    if (!facts.ok()) return posted(std::move(facts).error());
    const auto collection = std::make_shared<Collection>(*api_, facts->kind, run.name(), outputs, sink, posted);
    collections_[run] = collection;
    collection->begin();
  });
}

void DockerEngine::release(const RunId& run, Callback<void> done) {
  runs_[run].is_unwanted = true;
  end_reading(run);
  if (const auto collection = collections_[run].lock()) collection->stop();
  collections_.erase(run);
  if (give_up_submission(run, [this, run, done] { remove(run, done); })) return;
  remove(run, done);
}

void DockerEngine::remove(const RunId& id, const Callback<void>& done) {
  learn_facts([this, id, done](const util::Result<Facts>& facts) {
    if (!facts.ok()) return done(facts.error());
    std::make_shared<Removal>(*api_, facts->kind, id, [this, id, done](const util::Result<void>& result) {
      if (!result.ok()) return done(result);
      runs_.erase(id);
      readings_.erase(id);
      done(result);
    })->begin();
  });
}

void DockerEngine::watch(std::function<void(std::optional<RunId>)> hint) {
  hint_ = std::move(hint);
  events_.follow(hint_);
}

void DockerEngine::image(const task::ImageReference& reference, Callback<executor::ImageFacts> done) {
  find_image(*api_, reference, [reference, done = std::move(done)](util::Result<Answer> result) {
    if (!result.ok()) return done(std::move(result).error());
    if (!result->ok()) return done(result->error());
    const auto image = result->json();
    if (!image.ok()) return done(image.error());
    done(image_facts(*image, reference));
  });
}

void DockerEngine::disk_space(Callback<std::optional<executor::DiskSpace>> done) {
  learn_facts([this, done = std::move(done)](const util::Result<Facts>& facts) {
    if (!facts.ok()) return done(facts.error());
    measure_disk(disk_workers_, post_, data_root_of(*facts, options_), done);
  });
}

void DockerEngine::disk_use(std::vector<RunId> runs, Callback<std::map<RunId, std::uint64_t>> done) {
  ask_disk_use(*api_, runs, std::move(done));
}

void DockerEngine::list_owned(Callback<std::vector<RunId>> done) {
  learn_facts([this, done = std::move(done)](const util::Result<Facts>& facts) {
    if (!facts.ok()) return done(facts.error());
    list_runs(*api_, facts->kind, options_.installation, done);
  });
}

}  // namespace

std::unique_ptr<executor::Engine> make_engine(Options options, net::Client& client, util::EventLoop& loop) {
  return std::make_unique<DockerEngine>(std::move(options), client, loop);
}

}  // namespace docker

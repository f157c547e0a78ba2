#include "executor/run.h"

#include <algorithm>
#include <utility>

#include "util/failpoint.h"

namespace executor {
namespace {

/// While an engine prepares a run, it sends many hints; the run is inspected only once in this time.
constexpr std::chrono::milliseconds inspect_pause{300};

}  // namespace

Run::Run(RunContext& context, EngineLink& link, Claim claim)
    : context_(context), link_(link), job_(std::move(claim.job)), row_(std::move(claim.row)) {
  if (auto task = context_.admission.task_of(job_.list, job_.parameters); task.ok()) task_ = std::move(task).value();
  info_.engine = link_.name();
  if (task_.image) info_.image = task_.image->to_string();
  info_.millicores = context_.admission.policy().millicores(task_);
  info_.memory_bytes = context_.admission.policy().memory_bytes(task_);
  info_.steps["claimed"] = row_.claimed_at;
  running_.pauses = row_.pauses;
}

void Run::begin() {
  stage_ = Stage::fetching;
  // The configuration may have changed since the job was accepted.
  if (const auto runnable = context_.admission.runnable(job_.list, job_.parameters); !runnable.ok()) {
    return conclude(refused(runnable.error().faults));
  }
  arm_staging_timeout();
  fetch_inputs();
}

void Run::arm_staging_timeout() {
  staging_.timer = context_.loop.after(context_.options.runs.staging_timeout, here(&Run::on_staging_timeout));
}

void Run::fetch_inputs() {
  auto inputs = InputFetch::by_url(task_);
  if (inputs.empty()) return on_fetched(InputFetch::Fetched{});
  staging_.fetch = std::make_shared<InputFetch>(
      InputFetch::Context{context_.client, context_.admission.addresses(), context_.blobs, context_.options.inputs,
                          context_.poster, util::traces().of(job_.id)},
      std::move(inputs), InputFetch::Listener{here(&Run::show_progress), here(&Run::on_fetched)});
  staging_.fetch->start();
}

void Run::on_fetched(util::Result<InputFetch::Fetched> fetched) {
  if (!fetched.ok()) return conclude(staging_failed(fetched.error()));
  staging_.fetched = std::move(fetched).value();
  stage_ = Stage::submitting;
  submit();
}

void Run::submit() {
  if (stage_ != Stage::submitting || stopping_.reason != Stop::none) return;
  if (!context_.leads) return after(commit_pause, &Run::submit);
  auto spec = make_spec(row_.id, task_, context_.admission.policy(), context_.options.runs, job_.parameters,
                        staging_.fetched, context_.blobs);
  if (!spec.ok()) return conclude(staging_failed(spec.error()));
  name_job(*spec, job_);
  show_progress({"handed to the engine " + link_.name(), std::nullopt});
  link_.engine().submit(std::move(spec).value(), here(&Run::on_submitted));
}

void Run::again_after_pause(void (Run::*member)()) {
  after(repeating_.pause, member);
  repeating_.pause = std::min(2 * repeating_.pause, longest_pause);
}

bool Run::tries_again(const util::Error& error, void (Run::*member)()) {
  link_.failed(error);
  const bool is_answer = !is_silence(error) && error.code != util::ErrorCode::too_many;
  if (is_answer && ++repeating_.refusals >= most_refusals) return false;
  again_after_pause(member);
  return true;
}

void Run::on_submitted(util::Result<RunStatus> answer) {
  if (stage_ != Stage::submitting) return;
  if (!answer.ok()) {
    if (stopping_.reason == Stop::none) {
      if (!tries_again(answer.error(), &Run::submit)) conclude(engine_failed(link_.name(), answer.error().message));
      return;
    }
    link_.failed(answer.error());
    return inspect();
  }
  take_facts(*answer);
  if (answer->state == RunState::running) return started(*answer);
  if (answer->state == RunState::ended && answer->ended) return on_ended(*answer->ended);
  if (answer->state == RunState::waiting || answer->state == RunState::preparing) {
    staging_.is_accepted = true;
    note_engine_queue(*answer);
  }
  inspect();
}

/// The run was accepted and has not started.
void Run::note_engine_queue(const RunStatus& status) {
  show_progress(status.progress);
  if (status.state == RunState::waiting) {
    if (staging_.timer) context_.loop.cancel(*std::exchange(staging_.timer, std::nullopt));
  } else if (!staging_.timer) {
    arm_staging_timeout();
  }
}

void Run::on_staging_timeout() {
  staging_.timer.reset();
  if (stage_ == Stage::fetching || stage_ == Stage::submitting) stop(Stop::staging);
}

void Run::recover(bool destroyed) {
  stopping_.job_is_destroyed = destroyed;
  if (destroyed) {
    stopping_.reason = Stop::destroy;
  } else if (uws::is_ended(job_.phase)) {
    releasing_.hold_is_ended = true;
    return release();
  } else if (job_.abort_time) {
    stopping_.reason = Stop::abort;
    stopping_.sent_at = job_.abort_time;
  }
  stage_ = Stage::recovering;
  link_.inspect(row_.id);
}

void Run::on_recovered(const RunStatus& status) {
  take_facts(status);
  const bool was_started = job_.phase == uws::Phase::executing || job_.phase == uws::Phase::suspended;
  if (was_started) running_.started_at = job_.start_time;
  switch (status.state) {
    case RunState::running:
      return started(status);
    case RunState::ended:
      if (!status.ended) return;
      note_missed_deadline(*status.ended);
      return on_ended(*status.ended);
    case RunState::absent:
      if (was_started) return on_lost();
      return stopping_.reason == Stop::none ? begin() : conclude(stopped_early(stopping_.reason, {}));
    case RunState::waiting:
    case RunState::preparing:
      if (status.state == RunState::waiting && link_.description() && link_.description()->capabilities.has_queue) {
        stage_ = Stage::submitting;
        staging_.is_accepted = true;
        note_engine_queue(status);
        return act_on_stop();
      }
      if (stopping_.reason == Stop::none) return begin();
      stage_ = Stage::submitting;
      return act_on_stop();
    case RunState::unknown:
      return;
  }
}

/// Notices that the run ended at or after its deadline: an earlier process stopped it, or it ran on while none watched.
void Run::note_missed_deadline(const RunEnd& ended) {
  const auto started = running_.started_at ? running_.started_at : ended.started_at;
  if (stopping_.reason != Stop::none || job_.execution_duration.count() == 0 || !started || !ended.finished_at) return;
  if (running_.pauses.since) return;  // the end of the pause is unknown
  const auto deadline = *started + job_.execution_duration + running_.pauses.total;
  if (*ended.finished_at < deadline) return;
  stopping_.reason = Stop::duration;
  stopping_.sent_at = deadline;
}

void Run::on_hint() {
  if (stage_ == Stage::running || stage_ == Stage::recovering) return link_.inspect(row_.id);
  if (stage_ != Stage::submitting) return;
  if (std::exchange(inspect_is_scheduled_, true)) return;
  after(inspect_pause, &Run::inspect);
}

void Run::inspect() {
  inspect_is_scheduled_ = false;
  if (stage_ == Stage::running || stage_ == Stage::submitting) link_.inspect(row_.id);
}

void Run::on_status(const RunStatus& status) {
  const bool submitting = stage_ == Stage::submitting;
  if (!submitting && stage_ != Stage::running && stage_ != Stage::recovering) return;
  if (status.state == RunState::unknown) {  // the link asks again
    if (++repeating_.unknown >= most_unknown && stopping_.reason != Stop::none) give_up_stopping();
    return;
  }
  repeating_.unknown = 0;
  if (stage_ == Stage::recovering) return on_recovered(status);
  take_facts(status);
  // The answer of submit() will tell more than this status. A run that is to be stopped does not wait for that answer.
  if (submitting && !staging_.is_accepted && stopping_.reason == Stop::none) {
    if (status.state == RunState::waiting || status.state == RunState::preparing) show_progress(status.progress);
    return;
  }
  switch (status.state) {
    case RunState::ended:
      if (status.ended) on_ended(*status.ended);
      return;
    case RunState::absent:
      if (!submitting || stopping_.reason == Stop::none) return on_lost();
      return conclude(stopped_early(stopping_.reason, context_.options.runs.staging_timeout));
    case RunState::running:
      if (submitting) return started(status);
      note_pause(status.is_paused);
      if (running_.probes.empty()) probe_ports(status.endpoints);
      return;
    case RunState::waiting:
    case RunState::preparing:
      if (stopping_.reason == Stop::none) return note_engine_queue(status);
      if (!std::exchange(inspect_is_scheduled_, true)) after(inspect_pause, &Run::inspect);
      return;
    case RunState::unknown:
      return;
  }
}

void Run::take_facts(const RunStatus& status) {
  for (const auto& [step, when] : status.steps) info_.steps[step] = when;
  if (!status.image_digest.empty()) info_.image_digest = status.image_digest;
  for (const std::string& note : status.notes) {
    if (std::find(info_.notes.begin(), info_.notes.end(), note) == info_.notes.end()) info_.notes.push_back(note);
  }
  if (const auto& description = link_.description())
    info_.engine_version = description->kind + " " + description->version;
}

void Run::started(const RunStatus& status) {
  stage_ = Stage::running;
  repeating_.pause = first_pause;
  repeating_.refusals = 0;
  progress_.reset();
  if (staging_.timer) context_.loop.cancel(*std::exchange(staging_.timer, std::nullopt));
  if (!running_.started_at) running_.started_at = status.started_at.value_or(util::now());
  info_.steps.emplace("started", *running_.started_at);
  follow_logs();
  probe_ports(status.endpoints);
  show();
  if (job_.phase == uws::Phase::queued) commit_executing();  // so a client that sees EXECUTING finds the logs
  arm_duration();
  note_pause(status.is_paused);
  if (stopping_.reason != Stop::none) send_cancel();
}

void Run::arm_duration() {
  if (running_.timer) context_.loop.cancel(*std::exchange(running_.timer, std::nullopt));
  if (job_.execution_duration.count() == 0 || running_.pauses.since) return;
  const auto left = *running_.started_at + job_.execution_duration + running_.pauses.total - util::now();
  running_.timer = context_.loop.after(std::max(left, std::chrono::milliseconds{0}), here(&Run::on_duration));
}

std::optional<util::Instant> Run::ends_at_the_latest() const {
  if (job_.execution_duration.count() == 0 || running_.pauses.since) return std::nullopt;
  return running_.started_at.value_or(util::now()) + job_.execution_duration + running_.pauses.total;
}

std::optional<util::Instant> Run::expected_hold_end() const {
  if (running_.pauses.since || !running_.started_at) return std::nullopt;
  if (job_.execution_duration.count() == 0) return std::nullopt;
  return expected_end(*running_.started_at, job_.execution_duration + running_.pauses.total,
                      context_.options.runs.stop_grace);
}

void Run::commit_executing() {
  if (stage_ != Stage::running) return;
  if (!context_.leads) return after(commit_pause, &Run::commit_executing);
  running_.commit_in_flight = true;
  context_.database.write(
      [&jobs = context_.jobs, id = job_.id, fence = job_.fence, start = *running_.started_at, info = to_node(info_),
       run = row_.id.name(), end = expected_hold_end()](store::Transaction& transaction) -> util::Result<bool> {
        const bool is_executing = jobs.executing(transaction, id, fence, start, info);
        if (is_executing) ledger::expect_end(transaction, run, end);
        util::failpoint("executing.begun");
        if (is_executing) return true;
        // An earlier commit may have succeeded although its answer was lost. Then the job still belongs to this run.
        const auto job = jobs.find(transaction.session(), id);
        return job && job->fence == fence && job->phase == uws::Phase::executing &&
               !jobs.is_destroyed(transaction.session(), id);
      },
      later(&Run::on_executing_committed));
}

void Run::on_executing_committed(util::Result<bool> answer) {
  running_.commit_in_flight = false;
  util::failpoint("executing.committed");
  if (std::exchange(end_.waits_for_commit, false)) return commit_end();
  if (!answer.ok()) return after(commit_pause, &Run::commit_executing);
  if (!*answer) return stop(Stop::destroy);
  job_.phase = uws::Phase::executing;
  follow_pause();
}

void Run::follow_logs() {
  if (stage_ != Stage::running && stage_ != Stage::collecting) return;
  if (logs_.recorder) {
    logs_.recorder->rewind();
  } else {
    logs_.recorder =
        std::make_shared<LogRecorder>(context_.blobs, static_cast<std::uint64_t>(context_.options.runs.max_log_bytes));
  }
  link_.engine().logs(row_.id, logs_.recorder, here(&Run::on_logs));
}

void Run::on_logs(const util::Result<void>& answer) {
  if (stage_ != Stage::running && stage_ != Stage::collecting) return;
  if (!answer.ok()) {
    if (stage_ == Stage::running) {
      link_.failed(answer.error());
      return again_after_pause(&Run::follow_logs);
    }
    if (!tries_again(answer.error(), &Run::follow_logs)) read_log_no_more("cannot be read: " + answer.error().message);
    return;
  }
  util::failpoint("logs.read");
  logs_.are_whole = true;
  if (stage_ == Stage::running) link_.inspect(row_.id);
  seal_when_whole();
}

void Run::probe_ports(const std::vector<Endpoint>& endpoints) {
  for (const Endpoint& endpoint : endpoints) {
    const auto port = std::find_if(task_.ports.begin(), task_.ports.end(), [&](const task::Port& other) {
      return other.number == endpoint.container_port && other.protocol == endpoint.protocol;
    });
    if (port == task_.ports.end()) continue;
    const auto& about = link_.description();
    running_.probes.push_back(std::make_shared<PortProbe>(
        context_.loop, context_.poster, context_.client, *port, endpoint,
        probe_address(endpoint, link_.options().probe_host, about && about->is_here), [weak = weak_from_this()](bool) {
          if (const auto self = weak.lock()) self->show();
        }));
    running_.probes.back()->start();
  }
}

void Run::show_progress(Progress progress) {
  progress_ = std::move(progress);
  show();
}

void Run::show() {
  if (stopping_.job_is_destroyed) return;
  uws::LiveState live;
  if (running_.pauses.since) {
    set_progress(live.info, {"paused on the engine " + link_.name(), std::nullopt});
  } else if (progress_) {
    set_progress(live.info, *progress_);
  }
  if (logs_.recorder) {
    live.results.push_back({"stdout", "text/plain", "", logs_.recorder->out()});
    live.results.push_back({"stderr", "text/plain", "", logs_.recorder->err()});
  }
  data::Node endpoints = data::Node::array();
  for (const auto& probe : running_.probes) {
    if (!probe->answers()) continue;
    const task::Port& port = probe->port();
    const std::string href = port_href(link_.options().port_url, port, probe->endpoint());
    live.results.push_back({port.name, port.scheme.empty() ? "application/octet-stream" : "text/html", href, nullptr});
    data::Node node = data::Node::object();
    node.set("name", data::Node::string(port.name));
    node.set("port", data::Node::number(std::int64_t{port.number}));
    node.set("protocol", data::Node::string(port.protocol));
    node.set("url", data::Node::string(href));
    endpoints.push(std::move(node));
  }
  if (!endpoints.items().empty()) live.info.set("endpoints", std::move(endpoints));
  if (job_.execution_duration.count() > 0 && !running_.pauses.since) {
    live.quote = running_.started_at.value_or(row_.claimed_at) + job_.execution_duration + running_.pauses.total;
  }
  context_.board->set(job_.id, std::move(live));
}

}  // namespace executor

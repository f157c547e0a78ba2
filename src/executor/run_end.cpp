// The end of a run: stop the container, collect logs and outputs, commit the end of the job, release.
#include <algorithm>
#include <iterator>
#include <utility>

#include "executor/result_ids.h"
#include "executor/run.h"
#include "util/failpoint.h"
#include "util/log.h"
#include "util/metrics.h"
#include "util/text.h"
#include "util/trace.h"

namespace executor {
namespace {

constexpr std::chrono::milliseconds worker_pause{100};
/// How much longer than the grace period a stop may take before it is requested again.
constexpr std::chrono::seconds beyond_grace{5};

std::vector<store::BlobId> blobs_of(const std::vector<uws::ResultEntry>& results) {
  std::vector<store::BlobId> blobs;
  blobs.reserve(results.size());
  for (const uws::ResultEntry& result : results) blobs.push_back(result.blob);
  return blobs;
}

}  // namespace

void Run::stop(Stop reason) {
  if (reason == Stop::destroy) {
    stopping_.job_is_destroyed = true;
    context_.board->remove(job_.id);
  }
  if (stage_ == Stage::collecting && stopping_.job_is_destroyed) return conclude({});  // the results are not needed
  if (stage_ == Stage::collecting || stage_ == Stage::committing || stage_ == Stage::releasing) return;
  if (stopping_.reason == reason || (stopping_.reason != Stop::none && reason != Stop::destroy)) return;
  stopping_.reason = reason;
  act_on_stop();
}

void Run::act_on_stop() {
  if (stage_ == Stage::fetching) {
    if (staging_.fetch) staging_.fetch->cancel();
    return conclude(stopped_early(stopping_.reason, context_.options.runs.staging_timeout));
  }
  if (stopping_.reason == Stop::none) return;
  if (stage_ == Stage::submitting || stage_ == Stage::running) send_cancel();
}

void Run::send_cancel() {
  if (stage_ != Stage::submitting && stage_ != Stage::running) return;
  if (!stopping_.sent_at) stopping_.sent_at = util::now();
  link_.engine().cancel(row_.id, context_.options.runs.stop_grace,
                        [stopped = here(&Run::on_cancelled)](const util::Result<void>& answer) {
                          // Not in on_cancelled(): the run may be over before the engine answers.
                          if (answer.ok()) util::failpoint("stop.sent");
                          stopped(answer);
                        });
}

void Run::on_cancelled(const util::Result<void>& answer) {
  if (stage_ != Stage::submitting && stage_ != Stage::running) return;
  if (!answer.ok()) {
    if (!tries_again(answer.error(), &Run::send_cancel)) give_up_stopping();
    return;
  }
  inspect();
  after(context_.options.runs.stop_grace + beyond_grace, &Run::send_cancel);
}

/// The engine cannot stop the container, or cannot tell its state. The run ends; release() removes the container.
void Run::give_up_stopping() {
  util::log_warning("a run that cannot be stopped politely is removed", {{"run", row_.id.name()}});
  if (logs_.recorder) logs_.recorder.reset();
  conclude(verdict_of(facts()));
}

void Run::on_duration() {
  running_.timer.reset();
  stop(Stop::duration);
}

void Run::note_disk_use(std::uint64_t bytes) {
  if (stage_ != Stage::running || bytes <= static_cast<std::uint64_t>(context_.options.runs.max_disk_bytes)) return;
  stopping_.disk_bytes = bytes;
  stop(Stop::disk);
}

/// True if the job may return to the queue after the disk was full. Space may become free later, but the number of
/// attempts is limited, because the image or the inputs may be too large for the disk.
bool Run::may_go_back() const {
  constexpr std::int64_t most_claims = 5;
  return stopping_.reason == Stop::none && !stopping_.job_is_destroyed && !running_.started_at &&
         job_.fence < most_claims;
}

void Run::on_lost() {
  logs_.recorder.reset();
  conclude(lost(link_.name()));
}

void Run::on_ended(const RunEnd& ended) {
  util::failpoint("exit.seen");
  stage_ = Stage::collecting;
  running_.probes.clear();
  if (staging_.timer) context_.loop.cancel(*std::exchange(staging_.timer, std::nullopt));
  if (running_.timer) context_.loop.cancel(*std::exchange(running_.timer, std::nullopt));
  info_.ended = ended;
  info_.steps["ended"] = ended.finished_at.value_or(util::now());
  if (ended.cause == EndCause::no_space && may_go_back()) {
    util::log_warning("a job goes back into the queue: the engine's disk is full",
                      {{"job", job_.id}, {"engine", link_.name()}, {"why", ended.detail}});
    releasing_.job_goes_back = true;
    return release();
  }
  if (stopping_.job_is_destroyed || ended.cause != EndCause::exited) return conclude(verdict_of(facts()));

  if (!running_.started_at) running_.started_at = ended.started_at.value_or(info_.steps["ended"]);
  info_.steps.emplace("started", *running_.started_at);
  info_.steps["ended"] = std::max(info_.steps["ended"], *running_.started_at);
  repeating_.pause = first_pause;
  repeating_.refusals = 0;
  collecting_.timer = context_.loop.after(context_.options.runs.collect_timeout, here(&Run::on_collect_timeout));
  if (!logs_.recorder) follow_logs();
  if (!task_.outputs.empty()) show_progress({"collecting results", std::nullopt});
  collect();
}

void Run::collect() {
  if (stage_ != Stage::collecting || collecting_.outputs_are_whole) return;
  if (task_.outputs.empty()) {
    collecting_.outputs_are_whole = true;
    return seal_when_whole();
  }
  const RunOptions& limits = context_.options.runs;
  auto collector =
      std::make_shared<OutputCollector>(context_.blobs, context_.workers, task_,
                                        OutputCollector::Limits{static_cast<std::uint64_t>(limits.max_output_bytes),
                                                                static_cast<std::uint64_t>(limits.max_output_files)});
  link_.engine().collect(row_.id, patterns_of(task_), collector,
                         [weak = weak_from_this(), collector](util::Result<CollectedOutputs> answer) {
                           if (const auto self = weak.lock()) self->on_collected(collector, std::move(answer));
                         });
}

void Run::on_collected(std::shared_ptr<OutputCollector> collector, util::Result<CollectedOutputs> answer) {
  if (stage_ != Stage::collecting || collecting_.outputs_are_whole) return;
  if (!answer.ok()) {
    if (!tries_again(answer.error(), &Run::collect)) collect_no_more("the outputs: " + answer.error().message);
    return;
  }
  util::failpoint("outputs.read");
  collecting_.outputs = std::move(collector);
  collecting_.outputs_are_whole = true;
  for (const auto& [index, why] : answer->missing) {
    if (index >= task_.outputs.size()) continue;
    const task::Output& output = task_.outputs[index];
    collecting_.missing.push_back("declared output '" +
                                  util::for_display(output.name.empty() ? output.pattern : output.name, 200) +
                                  "' was not made: " + util::to_xml_text(why));
  }
  for (const std::string& note : answer->notes) collecting_.notes.push_back("no output: " + util::to_xml_text(note));
  seal_when_whole();
}

void Run::on_collect_timeout() {
  collecting_.timer.reset();
  if (stage_ != Stage::collecting) return;
  const std::string when =
      "did not come within " + std::to_string(context_.options.runs.collect_timeout.count()) + " s";
  if (!collecting_.outputs_are_whole) return collect_no_more("the outputs " + when);
  read_log_no_more(when);
}

/// Gives up reading the log. The part that was read becomes a result, and the verdict does not change.
void Run::read_log_no_more(const std::string& why) {
  collecting_.notes.push_back("the log is not whole: the rest " + why);
  logs_.are_whole = true;
  seal_when_whole();
}

void Run::collect_no_more(std::string why) {
  collecting_.failure = std::move(why);
  logs_.are_whole = true;
  collecting_.outputs_are_whole = true;
  seal_when_whole();
}

/// Turns logs and outputs into results. run() is called on a worker; the loop reads the members afterwards.
struct Run::Sealing {
  std::shared_ptr<LogRecorder> logs;
  std::shared_ptr<OutputCollector> outputs;
  bool one_output = false;
  bool declares_result = false;

  std::vector<uws::ResultEntry> results;
  std::vector<std::string> notes;
  std::string stderr_tail;
  util::Status status;

  void run(store::BlobStore& blobs) {
    if (outputs) results = outputs->keep();
    util::failpoint("outputs.saved");
    if (outputs && !outputs->trouble().empty()) {
      status = util::Error::of(util::ErrorCode::unavailable, "an output could not be stored: " + outputs->trouble());
      return;
    }
    auto primary = std::find_if(results.begin(), results.end(),
                                [](const uws::ResultEntry& result) { return result.id == "result"; });
    if (one_output && results.size() == 1) primary = results.begin();
    const bool output_is_primary = primary != results.end();
    if (output_is_primary) primary->primary = true;
    // If a declared primary result was not made, stdout must not become the primary result in its place.
    const bool is_missing = !output_is_primary && (declares_result || (one_output && results.empty()));
    status = add("stdout", *logs->out(), !output_is_primary && !is_missing);
    if (status.ok()) status = add("stderr", *logs->err(), false);
    util::failpoint("logs.saved");
    if (!status.ok()) return;
    status = blobs.sync(blobs_of(results));
    util::failpoint("results.saved");
  }

  util::Status add(const std::string& id, LogStream& stream, bool primary) {
    auto answer = stream.seal();
    if (!answer.ok()) return util::Error::of(answer.error().code, id + ": " + answer.error().message);
    LogStream::StoredLog sealed = std::move(answer).value();
    if (!sealed.note.empty()) notes.push_back(id + " " + sealed.note);
    if (id == "stderr") stderr_tail = util::to_xml_text(sealed.tail);
    results.push_back({id, sealed.blob, "text/plain", sealed.size_bytes, sealed.sha256, primary});
    return {};
  }
};

void Run::seal_when_whole() {
  if (stage_ != Stage::collecting || !logs_.are_whole || !collecting_.outputs_are_whole) return;
  auto sealing = std::make_shared<Sealing>();
  sealing->logs = logs_.recorder;
  sealing->outputs = collecting_.outputs;
  sealing->one_output = task_.outputs.size() == 1;
  sealing->declares_result = output_called_result(task_.outputs).has_value();
  const auto done = later(&Run::on_sealed);
  const bool taken = context_.workers.try_post([sealing, done, &blobs = context_.blobs] {
    sealing->run(blobs);
    done(sealing);
  });
  if (!taken) return after(worker_pause, &Run::seal_when_whole);
  stage_ = Stage::committing;
  if (collecting_.timer) context_.loop.cancel(*std::exchange(collecting_.timer, std::nullopt));
}

void Run::on_sealed(const std::shared_ptr<Sealing>& sealing) {
  end_.results = std::move(sealing->results);
  std::move(sealing->notes.begin(), sealing->notes.end(), std::back_inserter(info_.notes));
  std::move(collecting_.notes.begin(), collecting_.notes.end(), std::back_inserter(info_.notes));
  info_.steps["collected"] = util::now();
  EndFacts known = facts();
  if (known.unwatched && link_.was_away()) {
    info_.notes.emplace_back("the engine was away when the command ended: the last that it wrote may be missing");
  }
  if (!sealing->status.ok()) {
    remove_blobs_of_results();
    collecting_.failure = sealing->status.error().message;
  }
  known.stderr_tail = std::move(sealing->stderr_tail);
  Verdict verdict = verdict_of(known);
  if (!collecting_.failure.empty()) {
    info_.notes.push_back(collecting_.failure);
    if (verdict.phase != uws::Phase::aborted) verdict = not_collected(collecting_.failure);
  } else if (verdict.phase == uws::Phase::completed && info_.ended->memory == MemoryEvidence::out_of_memory) {
    info_.notes.emplace_back("a process of the container was killed because memory ran out");
  }
  conclude(std::move(verdict));
}

EndFacts Run::facts() const {
  EndFacts facts;
  facts.ended = info_.ended.value_or(RunEnd{});
  facts.ended.detail = util::to_xml_text(facts.ended.detail);
  facts.stop = stopping_.reason;
  facts.engine = link_.name();
  facts.unwatched = facts.ended.finished_at && *facts.ended.finished_at < link_.watched_since();
  facts.stop_sent = stopping_.sent_at;
  facts.image = info_.image;
  facts.command = util::to_xml_text(facts.ended.command);
  if (facts.command.empty() && task_.entrypoint) {
    const std::vector<std::string>& words = task_.entrypoint->empty() ? task_.args : *task_.entrypoint;
    if (!words.empty()) facts.command = words.front();
  }
  facts.workdir = task::working_folder(task_);
  facts.memory_bytes = info_.memory_bytes;
  facts.max_disk_bytes = context_.options.runs.max_disk_bytes;
  facts.disk_bytes = stopping_.disk_bytes;
  facts.execution_duration = job_.execution_duration;
  facts.staging_timeout = context_.options.runs.staging_timeout;
  facts.missing_outputs = collecting_.missing;
  facts.outputs_too_large = collecting_.outputs && collecting_.outputs->is_too_large();
  facts.too_many_outputs = collecting_.outputs && collecting_.outputs->is_too_many();
  return facts;
}

void Run::conclude(Verdict verdict) {
  if (staging_.timer) context_.loop.cancel(*std::exchange(staging_.timer, std::nullopt));
  if (running_.timer) context_.loop.cancel(*std::exchange(running_.timer, std::nullopt));
  if (collecting_.timer) context_.loop.cancel(*std::exchange(collecting_.timer, std::nullopt));
  running_.probes.clear();
  if (stopping_.job_is_destroyed) {
    remove_blobs_of_results();
    return release();
  }
  stage_ = Stage::committing;
  end_.verdict = std::move(verdict);
  end_.time = util::now();
  if (running_.started_at) end_.time = std::max(*end_.time, *running_.started_at);
  commit_end();
}

void Run::commit_end() {
  // Commits of one job stay in order: on PostgreSQL there are several writers.
  if (running_.commit_in_flight) {
    end_.waits_for_commit = true;
    return;
  }
  if (!context_.leads) return after(commit_pause, &Run::commit_end);
  // Built only once, because there may be many results.
  if (!end_.committed) {
    end_.committed = std::make_shared<const uws::JobClaims::Ending>(
        uws::JobClaims::Ending{end_.verdict.phase, running_.started_at, *end_.time, std::move(end_.results),
                               end_.verdict.error, to_node(info_)});
  }
  context_.database.write(
      [&jobs = context_.jobs, board = context_.board, id = job_.id, fence = job_.fence, name = row_.id.name(),
       ending = end_.committed](store::Transaction& transaction) -> util::Result<bool> {
        transaction.after_commit([board, id] { board->remove(id); });
        ledger::end_hold(transaction, name);
        const bool is_ended = jobs.ended(transaction, id, fence, *ending);
        util::failpoint("end.begun");
        if (is_ended) return true;
        // An earlier commit may have succeeded although its answer was lost. Then the results belong to the job.
        const auto job = jobs.find(transaction.session(), id);
        return job && job->fence == fence && uws::is_ended(job->phase);
      },
      later(&Run::on_end_committed));
}

void Run::on_end_committed(util::Result<bool> answer) {
  if (!answer.ok()) {
    util::log_error("the end of a job cannot be committed", {{"job", job_.id}, {"why", answer.error().message}});
    return after(commit_pause, &Run::commit_end);
  }
  util::failpoint("end.committed");
  releasing_.hold_is_ended = true;
  if (!*answer) remove_blobs_of_results();
  util::log_info("job ended", {{"job", job_.id},
                               {"runid", util::for_display(job_.run_id.value_or(""), 200)},
                               {"trace", util::trace_id_of(job_.id)},
                               {"phase", uws::to_string(end_.verdict.phase)}});
  util::metrics()
      .counter("docker_uws_jobs_ended_total", "Jobs whose run came to its end.",
               {{"phase", std::string(uws::to_string(end_.verdict.phase))}})
      .add();
  if (running_.started_at) {
    util::metrics()
        .histogram("docker_uws_job_run_seconds", "From a container's start to its end.")
        .observe(*end_.time - *running_.started_at);
  }
  context_.capacity_freed();
  release();
}

void Run::release() {
  stage_ = Stage::releasing;
  logs_.recorder.reset();
  remove_blobs_of_inputs();
  link_.engine().release(row_.id, here(&Run::on_released));
}

void Run::on_released(const util::Result<void>& answer) {
  if (answer.ok()) {
    util::failpoint("run.removed");
    return commit_released();
  }
  link_.failed(answer.error());
  again_after_pause(&Run::release);
}

void Run::commit_released() {
  if (!context_.leads) return after(commit_pause, &Run::commit_released);
  context_.database.write(
      [&jobs = context_.jobs, id = job_.id, run = row_.id, hold_ended = releasing_.hold_is_ended,
       goes_back = releasing_.job_goes_back](store::Transaction& transaction) -> util::Result<bool> {
        delete_run(transaction, run);
        if (!hold_ended) ledger::end_hold(transaction, run.name());
        if (!goes_back || !jobs.unclaim(transaction, id, run.attempt)) jobs.released(transaction, id, run.attempt);
        util::failpoint("release.begun");
        if (!goes_back) return false;
        // True unless the job was aborted or destroyed meanwhile.
        const auto job = jobs.find(transaction.session(), id);
        return job && job->phase == uws::Phase::queued && !jobs.is_destroyed(transaction.session(), id);
      },
      later(&Run::on_released_committed));
}

void Run::on_released_committed(const util::Result<bool>& answer) {
  if (!answer.ok()) return after(commit_pause, &Run::commit_released);
  util::failpoint("release.committed");
  const bool was_held = !releasing_.hold_is_ended;
  const auto self = shared_from_this();
  context_.over(row_.id);
  if (releasing_.job_goes_back) context_.board->remove(job_.id);
  if (*answer) {
    context_.disk_was_full(job_.id, link_, context_.options.runs.disk_full_pause * (1LL << (job_.fence - 1)));
  }
  if (was_held) context_.capacity_freed();
}

void Run::remove_blobs_of_inputs() {
  std::vector<store::BlobId> blobs;
  for (const auto& [path, stored] : std::exchange(staging_.fetched, {})) blobs.push_back(stored.blob);
  discard(context_.workers, context_.blobs, std::move(blobs));
}

void Run::remove_blobs_of_results() {
  discard(context_.workers, context_.blobs, blobs_of(end_.committed ? end_.committed->results : end_.results));
  end_.results.clear();
}

}  // namespace executor

// Interfaces between the job service, the REST layer and the executor, which implements them; main() connects them.
// tests/fakes has a fake of each.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/node.h"
#include "util/async.h"
#include "util/result.h"
#include "uws/core/job.h"

namespace uws {

/// A whole task in one document, in place of parameters.
struct Document {
  std::string media_type;  // application/json, application/yaml, ...; empty: derived from the text
  std::string text;
};

/// What a client gave for the task of a job, without control parameters.
struct JobRequest {
  std::vector<Parameter> parameters{};  // in the order given; uploads are by_reference
  std::optional<Document> document{};
  std::string base_url{};  // of the URL that the client used: "https://uws.example.org"
};

/// The task of a job, as JobAcceptor accepted it.
struct AcceptedTask {
  std::vector<Parameter> parameters;
  /// The shortest execution duration that the task needs, if what was given says so.
  std::optional<std::chrono::seconds> min_duration = {};
  /// Notes for jobInfo, which replace former ones. Absent: former ones are kept, as only a part of the task was given.
  std::optional<std::vector<std::string>> notes = {};
};

/// Validates what clients give for the jobs of one list, when they give it (U18). Any thread may call; never blocks.
class JobAcceptor {
 public:
  virtual ~JobAcceptor() = default;
  /// Returns the parameters that the job has from now on: `present` with `given` set into it (setting a name replaces
  /// all its values), names in their canonical spelling, a document expanded. Fails with invalid_argument for malformed
  /// or unknown parameters, and with forbidden for what the policy refuses; the faults name each parameter. An
  /// incomplete task is accepted.
  virtual util::Result<AcceptedTask> accept(const Owner& owner, const std::vector<Parameter>& present,
                                            const JobRequest& given) const = 0;
};

/// A place in the queue, which has the jobs of all lists and owners, the longest queued first.
struct QueuePlace {
  util::Instant time{};
  JobId id{};
  auto operator<=>(const QueuePlace&) const = default;
};

/// What the executor must know of a queued job.
struct QueuedJob {
  QueuePlace place;
  ListName list;
  Owner owner;
  std::chrono::seconds execution_duration{0};
  std::vector<Parameter> parameters;  // name, value and by_reference only
};

/// The executor, as the job service calls it. Any thread may call; calls never block.
class RunControl {
 public:
  virtual ~RunControl() = default;
  /// Checks that the task of a job in that list is complete, allowed for this owner, and could ever run here. Otherwise
  /// `forbidden` with every reason (U18, design: "RUN asks Admission"). `done` runs at once or later, on any thread.
  virtual void check_runnable(const ListName& list, const Owner& owner, const std::vector<Parameter>& parameters,
                              util::Callback<void> done) = 0;

  // Hints about jobs that are queued or have a run, given after the commit. A hint may be lost: the database is the
  // truth, and the next start-up finds what was missed.
  virtual void job_queued(const JobId& id) = 0;
  /// Like job_queued(), for a job that was created as QUEUED. Its row need not be read.
  virtual void new_job_queued(QueuedJob job) = 0;
  virtual void job_held(const JobId& id) = 0;
  virtual void abort_wanted(const JobId& id) = 0;
  virtual void job_destroyed(const JobId& id) = 0;
};

/// The bytes of a result that grows while its job runs, such as a log. Any thread may call; reads may block on the
/// local disk.
class ResultSource {
 public:
  virtual ~ResultSource() = default;
  virtual std::uint64_t size() const = 0;
  /// True: the result will not grow any more.
  virtual bool ended() const = 0;
  virtual util::Result<std::size_t> read(std::uint64_t offset, char* buffer, std::size_t capacity) = 0;
  /// Calls `listener`, from any thread, whenever the result has grown or ended, until the returned pointer is dropped.
  virtual std::shared_ptr<void> on_growth(std::function<void()> listener) = 0;
};

/// A result that exists only while its job runs: a growing log, or a port of the container.
struct LiveResult {
  std::string id;
  std::string media_type;
  std::string href;                     // URL of a port; empty: …/results/{id}
  std::shared_ptr<ResultSource> bytes;  // bytes of a log; null for a port
};

/// What is in memory only about a job that is queued or running.
struct LiveState {
  data::Node info = data::Node::object();  // members to add to jobInfo: progress, reason, endpoints
  std::vector<LiveResult> results;         // in the order of U7
  std::optional<util::Instant> quote;
  std::uint64_t revision = 0;  // changes with every other member; part of the ETag
  /// Another service of the installation runs the jobs and has their live state.
  bool is_elsewhere = false;
};

class LiveView {
 public:
  virtual ~LiveView() = default;
  /// Answers from memory and never blocks; any thread may call. Null when there is no live state.
  virtual std::shared_ptr<const LiveState> view(const JobId& id) const = 0;
  /// When a PENDING job would end at the latest if it were run now; nullopt: unknown. Threads as for view().
  virtual std::optional<util::Instant> quote_if_run(const Job& job) const = 0;
};

/// Reports for /availability (VOSI) whether the service is up. Answers from memory; any thread may call.
class Health {
 public:
  struct Report {
    bool available = true;
    std::vector<std::string> notes;  // one for each engine, and other notes for operators
  };
  virtual ~Health() = default;
  virtual Report report() const = 0;
};

}  // namespace uws

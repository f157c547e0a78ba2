// What the job service needs of whoever runs jobs, and of whoever looks at them. Implemented by the executor, injected
// by main; tests/fakes has one of each.
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
#include "util/result.h"
#include "uws/core/job.h"

namespace uws {

/// A whole task in one document, in place of parameters.
struct Document {
  std::string media_type;  // application/json, application/yaml...; empty: to be found out
  std::string text;
};

/// What a client gave, control parameters taken out.
struct JobRequest {
  std::vector<Parameter> parameters{};  // in the order given; uploads are by_reference
  std::optional<Document> document{};
  std::string base_url{};  // as the client addressed us: "https://uws.example.org"
};

/// What a job is to be, of what was given.
struct AcceptedTask {
  std::vector<Parameter> parameters;
  /// The least that the task needs, where what was given says so.
  std::optional<std::chrono::seconds> min_duration = {};
  /// For jobInfo, in place of former ones; absent: the task is changed, and not given anew.
  std::optional<std::vector<std::string>> notes = {};
};

/// Judges what is given to the jobs of one list, when it is given (U18). Computes only: any thread, never blocks.
class JobAcceptor {
 public:
  virtual ~JobAcceptor() = default;
  /// Of the parameters, those that the job has from now on: `present` with `given` set into it (setting a name replaces
  /// all its values), names in their canonical spelling, a document expanded. Faults name each parameter:
  /// invalid_argument when malformed or unknown, forbidden when policy refuses it. An incomplete task is fine.
  virtual util::Result<AcceptedTask> accept(const Owner& owner, const std::vector<Parameter>& present,
                                            const JobRequest& given) const = 0;
};

/// A place in the queue of all lists and owners together: those that wait longest are first.
struct QueuePlace {
  util::Instant time{};
  JobId id{};
  auto operator<=>(const QueuePlace&) const = default;
};

/// What whoever runs jobs must know of one that waits.
struct QueuedJob {
  QueuePlace place;
  ListName list;
  Owner owner;
  std::chrono::seconds execution_duration{0};
  std::vector<Parameter> parameters;  // name, value and by_reference only
};

/// Whoever runs jobs. Any thread may call; calls never block.
class RunControl {
 public:
  using Done = std::function<void(util::Status)>;
  virtual ~RunControl() = default;
  /// Is what a job of that list would run whole, allowed to this owner, and could it ever run here? `forbidden` with
  /// every reason otherwise (U18, design: "RUN asks Admission"). `done` runs at once or later, on any thread.
  virtual void check_runnable(const ListName& list, const Owner& owner, const std::vector<Parameter>& parameters,
                              Done done) = 0;

  // Hints, after the commit; the store is the truth, and start-up finds what a hint missed. Of jobs that have a run, or
  // waited for one.
  virtual void job_queued(const JobId& id) = 0;
  /// The same of a job that was made so: it need not be read.
  virtual void new_job_queued(QueuedJob job) = 0;
  virtual void job_held(const JobId& id) = 0;
  virtual void abort_wanted(const JobId& id) = 0;
  virtual void job_destroyed(const JobId& id) = 0;
};

/// Bytes of a result that grows while its job runs: a log. Any thread; reads may block on the local disk.
class ResultSource {
 public:
  virtual ~ResultSource() = default;
  virtual std::uint64_t size() const = 0;
  /// True: no more will come.
  virtual bool ended() const = 0;
  virtual util::Result<std::size_t> read(std::uint64_t offset, char* buffer, std::size_t capacity) = 0;
  /// Called, from any thread, whenever there is more or the end is reached, until the listener is dropped.
  virtual std::shared_ptr<void> on_growth(std::function<void()> listener) = 0;
};

/// A result that exists only now: a growing log, or a port that answers.
struct LiveResult {
  std::string id;
  std::string media_type;
  std::string href;                     // of a port; empty: …/results/{id}
  std::shared_ptr<ResultSource> bytes;  // of a log; null: href is elsewhere
};

/// What exists only now, of one job.
struct LiveState {
  data::Node info = data::Node::object();  // set into jobInfo: progress, reason, endpoints
  std::vector<LiveResult> results;         // in the order of U7
  std::optional<util::Instant> quote;
  std::uint64_t revision = 0;  // changes with any of it: part of the ETag
  /// Another service runs the jobs: what a run has to show now is there.
  bool is_elsewhere = false;
};

class LiveView {
 public:
  virtual ~LiveView() = default;
  /// From memory, never blocks, any thread; null when there is nothing.
  virtual std::shared_ptr<const LiveState> view(const JobId& id) const = 0;
  /// When a job that is PENDING would end at the latest, were it run now; nullopt: nobody knows. As view().
  virtual std::optional<util::Instant> quote_if_run(const Job& job) const = 0;
};

/// Is the service up? For /availability (VOSI). From memory, any thread.
class Health {
 public:
  struct Report {
    bool available = true;
    std::vector<std::string> notes;  // one per engine, and what else an operator would like to know
  };
  virtual ~Health() = default;
  virtual Report report() const = 0;
};

}  // namespace uws

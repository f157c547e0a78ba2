#include "store/writer.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "store/batch.h"
#include "util/log.h"

namespace store {
namespace {

constexpr int most_runs = 5;
/// Three such pauses are longer than the second during which Reachability::is_in_doubt() prevents an attempt to
/// connect, so that at least one more attempt is made.
constexpr std::chrono::milliseconds pause_before_reconnect{400};

struct Outcome {
  util::Status status;
  std::vector<std::function<void()>> notices;
};

/// Calls the notices and answers of all jobs; true when all jobs have succeeded.
bool answer(std::vector<WriteJob>& jobs, std::vector<Outcome>& outcomes) {
  const bool all_well =
      std::all_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) { return outcome.status.ok(); });
  for (const Outcome& outcome : outcomes) {
    for (const auto& notice : outcome.notices) call_safely("notice after a commit", notice);
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    call_safely("answer of a write", [&] { jobs[i].done(std::move(outcomes[i].status)); });
  }
  return all_well;
}

void fail_all(std::vector<Outcome>& outcomes, const util::Error& error) {
  for (Outcome& outcome : outcomes) {
    outcome.notices.clear();
    if (outcome.status.ok()) outcome.status = error;
  }
}

/// The connection's batches, emptied for a new commit.
Batches& new_batches(Connection& connection) {
  auto& batches = connection.session().local<Batches>();
  batches.clear();
  return batches;
}

/// Runs a group of jobs in one transaction, with a savepoint for each job.
class Group {
 public:
  Group(Connection& connection, std::vector<WriteJob>& jobs) : connection_(connection), jobs_(jobs) {}

  std::vector<Outcome> run() {
    outcomes_.resize(jobs_.size());
    if (const util::Status ready = connection_.ready(); !ready.ok()) {
      reached_ = false;
      fail_all(outcomes_, ready.error());
      return std::move(outcomes_);
    }
    try {
      connection_.begin();
      for (std::size_t i = 0; i < jobs_.size(); ++i) run_one(i);
      connection_.commit();
    } catch (...) {
      const Failure failure = connection_.failed(std::current_exception());
      reached_ = reached_ && reached_database(failure.trouble);
      fail_all(outcomes_, to_error(failure));
    }
    return std::move(outcomes_);
  }

  bool reached() const { return reached_; }

 private:
  /// Throws when the database has rolled back the whole group.
  void run_one(std::size_t i) {
    connection_.mark();
    Batches& batches = new_batches(connection_);
    Transaction transaction(connection_.session());
    try {
      outcomes_[i].status = jobs_[i].work(transaction);
      if (outcomes_[i].status.ok()) batches.write(connection_.session());
    } catch (...) {
      const Failure failure = describe(std::current_exception());
      if (!connection_.in_transaction()) throw;
      reached_ = reached_ && reached_database(failure.trouble);
      outcomes_[i].status = to_error(failure);
    }
    if (!outcomes_[i].status.ok()) {
      connection_.back_to_mark();
      return;
    }
    connection_.release_mark();
    outcomes_[i].notices = transaction.take_notices();
  }

  Connection& connection_;
  std::vector<WriteJob>& jobs_;
  std::vector<Outcome> outcomes_;
  bool reached_ = true;
};

/// Runs all jobs in one transaction without savepoints; nullopt: one has failed, and each must be run alone.
std::optional<std::vector<Outcome>> run_unmarked(Connection& connection, std::vector<WriteJob>& jobs) {
  std::vector<Outcome> outcomes(jobs.size());
  if (const util::Status ready = connection.ready(); !ready.ok()) {
    fail_all(outcomes, ready.error());
    return outcomes;
  }
  try {
    connection.begin();
    Batches& batches = new_batches(connection);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      Transaction transaction(connection.session());
      if (!jobs[i].work(transaction).ok()) {
        connection.rollback();
        return std::nullopt;
      }
      outcomes[i].notices = transaction.take_notices();
    }
    batches.write(connection.session());
    connection.commit();
  } catch (...) {
    connection.failed(std::current_exception());
    return std::nullopt;
  }
  return outcomes;
}

/// Runs a job once in a transaction of its own; nullopt: it should be run again. `run`: counted from 1.
std::optional<Outcome> run_alone(Connection& connection, WriteJob& job, int run, bool& reached) {
  const bool last = run == most_runs;
  reached = true;
  if (util::Status ready = connection.ready(); !ready.ok()) {
    reached = false;
    // An earlier run had a connection, so the database may be reachable again in a moment.
    if (run > 1 && !last) {
      std::this_thread::sleep_for(pause_before_reconnect);
      return std::nullopt;
    }
    return Outcome{std::move(ready), {}};
  }
  bool committing = false;
  try {
    connection.begin();
    Batches& batches = new_batches(connection);
    Transaction transaction(connection.session());
    util::Status status = job.work(transaction);
    if (!status.ok()) {
      connection.rollback();
      return Outcome{std::move(status), {}};
    }
    batches.write(connection.session());
    committing = true;
    connection.commit();
    return Outcome{{}, transaction.take_notices()};
  } catch (...) {
    const Failure failure = connection.failed(std::current_exception());
    reached = reached_database(failure.trouble);
    const bool may_follow_loss = failure.trouble == Trouble::lost && (!committing || job.repeatable);
    if (!last && (failure.trouble == Trouble::again || may_follow_loss)) return std::nullopt;
    return Outcome{to_error(failure), {}};
  }
}

}  // namespace

void call_safely(const char* what, const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    util::log_error("exception in a callback", {{"callback", what}, {"error", error.what()}});
  } catch (...) {
    util::log_error("exception in a callback", {{"callback", what}});
  }
}

bool write_together(Connection& connection, std::vector<WriteJob>& jobs, const std::function<void()>& committed) {
  const bool only_add = std::all_of(jobs.begin(), jobs.end(), [](const WriteJob& job) { return job.repeatable; });
  if (auto outcomes = only_add ? run_unmarked(connection, jobs) : std::nullopt) {
    committed();
    return answer(jobs, *outcomes);
  }
  Group group(connection, jobs);
  std::vector<Outcome> outcomes = group.run();
  committed();
  answer(jobs, outcomes);
  return group.reached();
}

bool add_together(Connection& connection, std::vector<WriteJob>& jobs, const std::function<void()>& committed) {
  auto outcomes = jobs.size() > 1 ? run_unmarked(connection, jobs) : std::nullopt;
  if (!outcomes) {
    bool reached = true;
    for (WriteJob& job : jobs) reached = write_alone(connection, job, committed);
    return reached;
  }
  committed();
  return answer(jobs, *outcomes);
}

bool write_alone(Connection& connection, WriteJob& job, const std::function<void()>& committed) {
  bool reached = true;
  std::optional<Outcome> outcome;
  for (int run = 1; !outcome; ++run) outcome = run_alone(connection, job, run, reached);
  committed();
  for (const auto& notice : outcome->notices) call_safely("notice after a commit", notice);
  call_safely("answer of a write", [&] { job.done(std::move(outcome->status)); });
  return reached;
}

}  // namespace store

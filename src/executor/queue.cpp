#include "executor/queue.h"

#include <set>
#include <utility>

#include "executor/outlook.h"
#include "util/failpoint.h"
#include "util/quantity.h"

namespace executor {
namespace {

constexpr std::size_t at_most = 100;
/// So many that do not fit are looked at: a long queue must not make each round dear.
constexpr std::size_t most_waiting = 20;

class Claiming {
 public:
  Claiming(store::Transaction& transaction, uws::JobService& jobs, const Admission& admission, const Round& round)
      : transaction_(transaction), jobs_(jobs), admission_(admission), round_(round) {}

  util::Result<RoundResult> run() {
    RETURN_IF_ERROR(read_free());
    const std::vector<uws::JobId> queued = jobs_.queued(transaction_.session(), at_most);
    result_.whole_queue = queued.size() < at_most;
    for (const uws::JobId& id : queued) {
      if (result_.waiting.size() == most_waiting) {
        result_.whole_queue = false;
        result_.only_older_wait = true;
        break;
      }
      const auto job = jobs_.find(transaction_.session(), id);
      if (job) RETURN_IF_ERROR(consider(*job));
    }
    return std::move(result_);
  }

 private:
  util::Status read_free() {
    for (const auto& [engine, capacity] : round_.engines) {
      ASSIGN_OR_RETURN(free_[engine], ledger::free(transaction_.session(), engine, now_, std::nullopt));
    }
    return {};
  }

  util::Status consider(const uws::Job& job) {
    const auto task = admission_.task_of(job.list, job.parameters);
    // What is not understood any more is claimed all the same: the run tells why it cannot be.
    const ledger::Amount needs = task.ok() ? needs_of(*task, admission_.policy()) : ledger::Amount{0, 0, 0};
    const std::string engine = roomiest(needs);
    if (engine.empty()) {
      wait(job.id, needs);
      return {};
    }
    return claim(job, needs, engine);
  }

  /// Of the engines with enough free capacity, the one with the most; empty when there is none.
  std::string roomiest(const ledger::Amount& needs) const {
    std::string best;
    for (const auto& [engine, free] : free_) {
      if (closed_.contains(engine) || !needs.fits(free)) continue;
      if (best.empty() || free.millicores > free_.at(best).millicores) best = engine;
    }
    return best;
  }

  void wait(const uws::JobId& id, const ledger::Amount& needs) {
    std::string names;
    for (const auto& [engine, capacity] : round_.engines) {
      if (!needs.fits(capacity)) continue;
      names += (names.empty() ? "" : " or ") + engine;
      const auto passed = round_.passed_over.find(id);
      if (passed != round_.passed_over.end() && passed->second >= round_.max_passed_over) closed_.insert(engine);
    }
    result_.waiting.push_back({id, reason(needs, names), false});
  }

  std::string reason(const ledger::Amount& needs, const std::string& engines) const {
    if (round_.engines.empty()) return "waiting for an engine that answers, and may run jobs";
    const std::string amount = util::format_millicores(needs.millicores) + " cores and " +
                               util::format_bytes(needs.memory_bytes) + " of memory";
    return engines.empty() ? "waiting for an engine with " + amount : "waiting for " + amount + " on " + engines;
  }

  util::Status claim(const uws::Job& queued, const ledger::Amount& needs, const std::string& engine) {
    auto job = jobs_.claim(transaction_, queued.id);
    if (!job) return {};
    const RunRow row{{round_.installation, job->id, job->fence}, engine, now_, {}};
    ASSIGN_OR_RETURN(const bool held,
                     ledger::try_hold(transaction_, {row.id.name(), engine, needs, now_, std::nullopt}));
    if (!held) {
      jobs_.unclaim(transaction_, job->id, job->fence);
      wait(job->id, needs);
      return {};
    }
    insert_run(transaction_, row);
    util::failpoint("claim.begun");
    ledger::Amount& free = free_[engine];
    free.millicores -= needs.millicores;
    free.memory_bytes -= needs.memory_bytes;
    free.slots -= needs.slots;
    for (Waiting& older : result_.waiting) older.passed = true;
    result_.claims.push_back({std::move(*job), row});
    return {};
  }

  store::Transaction& transaction_;
  uws::JobService& jobs_;
  const Admission& admission_;
  const Round& round_;
  const util::Instant now_ = util::now();
  std::map<std::string, ledger::Amount> free_;
  std::set<std::string> closed_;
  RoundResult result_;
};

}  // namespace

util::Result<RoundResult> claim_round(store::Transaction& transaction, uws::JobService& jobs,
                                      const Admission& admission, const Round& round) {
  return Claiming(transaction, jobs, admission, round).run();
}

util::Result<std::optional<std::chrono::seconds>> read_outlook(store::Session& session, uws::JobService& jobs,
                                                               const Admission& admission,
                                                               const std::vector<std::string>& engines,
                                                               const ledger::Amount& needs) {
  constexpr std::size_t longest_queue = 200;
  const util::Instant now = util::now();
  std::map<std::string, ledger::Amount> free;
  std::vector<Taken> taken;
  for (const std::string& engine : engines) {
    ASSIGN_OR_RETURN(free[engine], ledger::free(session, engine, now, std::nullopt));
    for (const ledger::Hold& hold : ledger::holds(session, engine)) {
      const auto run = RunId::parse(hold.id);
      const auto job = run ? jobs.find(session, run->job) : std::nullopt;
      const bool has_end = job && job->execution_duration.count() > 0;
      taken.push_back({engine, hold.amount, std::nullopt});
      if (has_end) taken.back().until = job->start_time.value_or(now) + job->execution_duration;
    }
  }
  const std::vector<uws::JobId> queued = jobs.queued(session, longest_queue + 1);
  if (queued.size() > longest_queue) return std::optional<std::chrono::seconds>();
  std::vector<Ahead> ahead;
  for (const uws::JobId& id : queued) {
    const auto job = jobs.find(session, id);
    const auto task =
        job ? admission.task_of(job->list, job->parameters) : util::Result<task::ContainerTask>(util::Error{});
    if (task.ok()) ahead.push_back({needs_of(*task, admission.policy()), job->execution_duration});
  }
  return starts_within(std::move(free), std::move(taken), ahead, needs, now);
}

util::Result<std::vector<Stock>> read_stock(store::Session& session, uws::JobService& jobs) {
  std::vector<Stock> stock;
  for (RunRow& row : all_runs(session)) {
    auto job = jobs.find(session, row.id.job);
    const bool destroyed = !job || jobs.is_destroyed(session, row.id.job);
    if (!job) {
      job.emplace();
      job->id = row.id.job;
      job->fence = row.id.attempt;
    }
    stock.push_back({{std::move(*job), std::move(row)}, destroyed});
  }
  return stock;
}

}  // namespace executor

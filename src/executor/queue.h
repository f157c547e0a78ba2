// Which queued jobs begin now: oldest first, each claimed together with its hold and its row, in one transaction.
//
// A job that does not fit waits; younger ones may pass it, but only so often: then nobody begins where it could until
// it does. Called in a transaction, on the database's thread; keeps nothing.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "executor/admission.h"
#include "executor/run_store.h"
#include "uws/core/job_service.h"

namespace executor {

struct Round {
  std::string installation;
  std::map<std::string, ledger::Amount> engines;   // those that answer, and what they have in all
  std::map<uws::JobId, std::int64_t> passed_over;  // how often, of the jobs that wait
  std::int64_t max_passed_over = 0;
};

struct Claim {
  uws::Job job;
  RunRow row;
};

/// A claim that is still there: its row is.
struct Stock {
  Claim claim;
  bool destroyed = false;  // its job is, or nothing is known of it any more
};

struct Waiting {
  uws::JobId job;
  std::string reason;
  bool passed = false;  // by a younger one, in this round
};

struct RoundResult {
  std::vector<Claim> claims;
  std::vector<Waiting> waiting;
  bool whole_queue = false;      // nothing queued was left out
  bool only_older_wait = false;  // so many wait that no younger job was looked at
};

util::Result<RoundResult> claim_round(store::Transaction& transaction, uws::JobService& jobs,
                                      const Admission& admission, const Round& round);

util::Result<std::vector<Stock>> read_stock(store::Session& session, uws::JobService& jobs);

/// How soon a task with these needs would start at the latest if it were queued now, on these engines; nullopt: nobody
/// knows, or the queue is too long to tell.
util::Result<std::optional<std::chrono::seconds>> read_outlook(store::Session& session, uws::JobService& jobs,
                                                               const Admission& admission,
                                                               const std::vector<std::string>& engines,
                                                               const ledger::Amount& needs);

}  // namespace executor

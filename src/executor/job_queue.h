// The queued jobs in memory: who waits, for how much, and whose turn it is. The database is the truth; this is what the
// executor has read of it, so that a round of claims, and a place in the queue, cost no statement per waiting job.
//
// Owners take turns: next is the owner whose last job was claimed longest ago, an owner without one before all others.
// So each waiting owner has his turn after at most one job of every other. Of an owner, the longest queued goes first;
// of his jobs with equal needs only that one is looked at. A job that does not fit waits; others may pass it, but only
// so often: then nobody begins where it could until it does.
//
// It has a lock of its own. The executor's loop adds and removes, the database's thread chooses, anybody may ask for a
// job's place.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/ledger.h"
#include "uws/core/job_service.h"
#include "uws/core/seams.h"

namespace executor {

class JobQueue {
 public:
  struct Job {
    uws::QueuePlace place;
    uws::Owner owner;
    ledger::Amount needs;
  };

  /// What there is for those who wait.
  struct Supply {
    std::map<std::string, ledger::Amount> engines;  // those that answer, and what they have in all
    std::map<std::string, std::string> closed;      // of these, where nothing may begin now, and why
    std::map<uws::Owner, std::int64_t> running;     // jobs that hold capacity
    std::int64_t max_running_per_owner = 0;         // 0: no limit
    std::int64_t max_passed_over = 0;
  };

  struct Choice {
    uws::QueuePlace place;
    ledger::Amount needs;
    std::string engine;
  };
  struct Plan {
    std::vector<Choice> choices;                 // in the order in which they are to be claimed
    std::map<uws::JobId, std::int64_t> passed;   // how often these were passed over
    std::map<std::string, ledger::Amount> left;  // of the engines where more may begin
    bool is_whole = true;                        // nobody is left out who could begin
    std::uint64_t round = 0;
  };

  // The loop:

  bool knows(const uws::JobId& id) const;
  /// True when one of them may begin with what the last round left.
  bool add(const std::vector<Job>& jobs);
  /// Forgets who waits, and whose turn it was.
  void clear();
  /// Not queued any more. True when engines were kept for it.
  bool remove(const uws::JobId& id);
  /// A job of this owner was claimed: it is the others' turn.
  void claimed(const uws::JobId& id, const uws::Owner& owner);
  /// Known, shown with this reason, and not offered, until it is removed.
  void set_aside(const uws::JobId& id, const std::string& reason);
  /// What choose() found out counts, with this supply.
  void settle(const Supply& supply, const Plan& plan);
  /// Until the next settle() nobody knows what is free.
  void expect_more();
  /// The first jobs in the order in which they would be offered if all were alike.
  std::vector<uws::JobId> first(std::size_t at_most) const;
  std::size_t size() const;
  std::int64_t waiting_of(const uws::Owner& owner) const;

  /// Read whole in passes: of these, the ones that it does not know.
  void begin_pass();
  std::vector<uws::JobId> unknown_of(const std::vector<uws::QueuePlace>& places);
  /// What the pass did not meet, and was there when it began, is not queued any more.
  void end_pass();

  // Any thread:

  /// Who begins now, with so much free on the engines. Changes nothing; at most so many choices.
  Plan choose(const Supply& supply, std::map<std::string, ledger::Amount> free, std::size_t at_most);
  /// A job of this owner with these needs would begin at once, as far as is known here.
  bool would_begin(const uws::Owner& owner, const ledger::Amount& needs) const;
  /// What its owner is told; null: not queued, as far as is known here.
  std::shared_ptr<const uws::LiveState> view(const uws::JobId& id) const;

 private:
  struct Line;
  struct Entry {
    uws::QueuePlace place;
    ledger::Amount needs;
    Line* line = nullptr;
    std::int64_t passed_over = 0;
    bool is_looked_at = false;
    std::uint64_t added_in = 0;  // round
    std::uint64_t met_in = 0;    // pass
  };
  struct ByPlace {
    bool operator()(const Entry* a, const Entry* b) const { return a->place < b->place; }
  };
  /// The waiting jobs of an owner.
  struct Line {
    uws::Owner owner;
    std::vector<const Entry*> order;
    std::map<ledger::Amount, std::set<const Entry*, ByPlace>> by_needs;
  };
  class Choosing;

  std::uint64_t served(const uws::Owner& owner) const;
  bool has_his_share(const uws::Owner& owner) const;
  bool fits_what_is_left(const uws::Owner& owner, const ledger::Amount& needs) const;
  bool is_before(const Line& a, const Line& b) const;
  void erase(const uws::JobId& id);
  std::size_t jobs_ahead(const Entry& entry) const;
  std::string reason(const Entry& entry) const;

  mutable std::mutex mutex_;
  std::unordered_map<uws::JobId, Entry> entries_;
  std::map<uws::Owner, Line> lines_;
  std::map<ledger::Amount, std::size_t> sizes_;  // how many need just that
  std::map<uws::Owner, std::uint64_t> served_;   // the number of his last claim
  std::map<uws::JobId, std::string> aside_;
  std::uint64_t claims_ = 0;
  std::uint64_t rounds_ = 0;
  std::uint64_t settled_round_ = 0;
  std::uint64_t pass_ = 0;
  Supply supply_;                               // of the last round
  std::map<std::string, ledger::Amount> left_;  // by it
  bool is_left_known_ = false;                  // false: it may have become more
};

}  // namespace executor

// The queued jobs in memory: which jobs wait, what they need, and the order of turns. The database is the truth; this
// is the executor's copy, so that neither a round of claims nor the position of a job costs one SQL statement per job.
//
// Owners take turns: the next turn belongs to the owner whose last job was claimed longest ago; an owner without any
// claim comes first. So each waiting owner gets a turn after at most one job of every other owner. Within one owner,
// the job that was queued first goes first; among jobs of one owner with equal needs, only the oldest is examined. A
// job that does not fit waits, and other jobs may pass it, but only a limited number of times. After that no other job
// starts on an engine that is large enough for it, until it has started.
//
// Owned by the executor. The queue has its own lock: the executor's loop adds and removes jobs, a database thread calls
// choose(), and any thread may ask for the position of a job.
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
#include "uws/core/job_claims.h"
#include "uws/core/seams.h"

namespace executor {

class JobQueue {
 public:
  struct Job {
    uws::QueuePlace place;
    uws::Owner owner;
    ledger::Resources needs;
  };

  /// Capacity and limits for one round of claims.
  struct Supply {
    std::map<std::string, ledger::Resources> engines;  // the engines that answer, with their total capacity
    std::map<std::string, std::string> closed;         // engines on which no job may start now, with the reason
    std::map<uws::Owner, std::int64_t> running;        // number of jobs that hold capacity
    std::int64_t max_running_per_owner = 0;            // 0: no limit
    std::int64_t max_passed_over = 0;
  };

  struct Choice {
    uws::QueuePlace place;
    ledger::Resources needs;
    std::string engine;
  };
  struct Plan {
    std::vector<Choice> choices;                    // in the order in which they are to be claimed
    std::map<uws::JobId, std::int64_t> passed;      // how often each waiting job was passed over in this round
    std::map<std::string, ledger::Resources> left;  // free capacity of the engines on which more jobs may start
    bool is_whole = true;  // false: the round stopped at its limit, more jobs may be able to start
    std::uint64_t round = 0;
  };

  // Called on the loop:

  bool knows(const uws::JobId& id) const;
  /// Adds queued jobs. Returns true if one of them may be able to start with the capacity that the last round left.
  bool add(const std::vector<Job>& jobs);
  /// Forgets all jobs and the order of turns.
  void clear();
  /// Removes a job that is no longer queued. Returns true if engines were kept free for it.
  bool remove(const uws::JobId& id);
  /// Removes a job that was claimed, and moves its owner behind the others in the order of turns.
  void claimed(const uws::JobId& id, const uws::Owner& owner);
  /// Excludes a job from the rounds until it is removed. view() shows it with this reason.
  void set_aside(const uws::JobId& id, const std::string& reason);
  /// Adopts the plan of a round from choose(), with the supply for which it was made.
  void end_round(const Supply& supply, const Plan& plan);
  /// Marks the free capacity as unknown until the next end_round().
  void expect_more();
  /// The first `at_most` jobs in the order of turns, as if all jobs had the same needs.
  std::vector<uws::JobId> first(std::size_t at_most) const;
  std::size_t size() const;
  std::int64_t waiting_of(const uws::Owner& owner) const;

  /// Begins a comparison with the whole queue in the database, which is read in pages.
  void begin_pass();
  /// Takes one page of the pass, and returns the jobs of it that are not known here.
  std::vector<uws::JobId> unknown_of(const std::vector<uws::QueuePlace>& places);
  /// Removes the jobs that were here when the pass began and were in none of its pages: they are no longer queued.
  void end_pass();

  // Called on any thread:

  /// Chooses at most `at_most` jobs that start now, given the free capacity of the engines. Does not change the queue.
  Plan choose(const Supply& supply, std::map<std::string, ledger::Resources> free, std::size_t at_most);
  /// True if, as far as is known here, a job of this owner with these needs would start at once.
  bool would_begin(const uws::Owner& owner, const ledger::Resources& needs) const;
  /// Position and reason, as shown to clients; null: the job is not in this queue.
  std::shared_ptr<const uws::LiveState> view(const uws::JobId& id) const;

 private:
  struct Line;
  struct Entry {
    uws::QueuePlace place;
    ledger::Resources needs;
    Line* line = nullptr;
    std::int64_t passed_over = 0;
    bool is_examined = false;
    std::uint64_t added_in = 0;  // number of the round
    std::uint64_t met_in = 0;    // number of the last pass that found the job
  };
  struct ByPlace {
    bool operator()(const Entry* a, const Entry* b) const { return a->place < b->place; }
  };
  /// The waiting jobs of an owner.
  struct Line {
    uws::Owner owner;
    std::vector<const Entry*> order;
    std::map<ledger::Resources, std::set<const Entry*, ByPlace>> by_needs;
  };
  class ClaimSelection;

  std::uint64_t served(const uws::Owner& owner) const;
  bool has_his_share(const uws::Owner& owner) const;
  bool fits_what_is_left(const uws::Owner& owner, const ledger::Resources& needs) const;
  bool is_before(const Line& a, const Line& b) const;
  void erase(const uws::JobId& id);
  std::size_t jobs_ahead(const Entry& entry) const;
  std::string reason(const Entry& entry) const;

  mutable std::mutex mutex_;
  std::unordered_map<uws::JobId, Entry> entries_;
  std::map<uws::Owner, Line> lines_;
  std::map<ledger::Resources, std::size_t> sizes_;  // number of jobs with exactly these needs
  std::map<uws::Owner, std::uint64_t> served_;      // the number of the owner's last claim
  std::map<uws::JobId, std::string> aside_;
  std::uint64_t claims_ = 0;
  std::uint64_t rounds_ = 0;
  std::uint64_t ended_round_ = 0;
  std::uint64_t pass_ = 0;
  Supply supply_;                                  // of the last round
  std::map<std::string, ledger::Resources> left_;  // free capacity after the last round
  bool is_left_known_ = false;                     // false: more than left_ may be free
};

}  // namespace executor

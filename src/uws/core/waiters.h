// Who waits for a job's phase to change (WAIT, U30 to U32). A waiter is an entry here and a timer; no thread.
//
// Each wake-up reads the job after the change was committed, once for all waiters of that job. Who may not look at it
// any more is told so, at once and in place of the job. Owner: JobService. Any thread may call.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "util/event_loop.h"
#include "uws/core/job_service.h"

namespace uws {

class Waiters : public std::enable_shared_from_this<Waiters> {
 public:
  /// Answers the job whatever its owner; not_found when it is gone or destroyed.
  using Read = std::function<void(const JobId& id, Done<Job> done)>;

  struct Waiter;

  explicit Waiters(Read read);
  ~Waiters();

  /// A waiter that nothing wakes yet.
  static std::shared_ptr<Waiter> make(Caller caller, Done<Job> done);
  /// Answers it, unless it was answered or dropped before.
  static void answer(Waiter& waiter, util::Result<Job> job);
  /// What drops the waiter when it is destroyed.
  std::shared_ptr<void> ticket(std::shared_ptr<Waiter> waiter);

  /// From now on the waiter is answered when the job is in another phase than `seen`, when it is gone, when the caller
  /// may not look at it any more, or after `at_most`; at once when that has happened already.
  void add(const std::shared_ptr<Waiter>& waiter, const Job& seen, std::chrono::milliseconds at_most);
  /// The job's phase changed, or who may look at it, or it was destroyed, and that is committed.
  void changed(const JobId& id);
  /// Changes of any job may have been missed.
  void all_changed();

  /// Answers every waiter with what is. Later ones are answered at once.
  void stop();

 private:
  struct Group {
    std::unordered_set<std::shared_ptr<Waiter>> waiters;
    bool reading = false;
    bool again = false;  // a change came during the reading
  };

  /// False: stopped.
  bool enter(const std::shared_ptr<Waiter>& waiter, std::chrono::milliseconds at_most);
  void read(const JobId& id);
  void answer_with_what_is(const std::shared_ptr<Waiter>& waiter);
  void look(const JobId& id, util::Result<Job> job);
  void expire(const std::shared_ptr<Waiter>& waiter);
  void drop(const std::shared_ptr<Waiter>& waiter);
  void remove(const std::shared_ptr<Waiter>& waiter);

  const Read read_;
  std::mutex mutex_;
  std::unordered_map<JobId, Group> groups_;
  bool stopped_ = false;
  util::EventLoop loop_;  // last: its tasks use all of the above
};

}  // namespace uws

// Requests that wait for a job's phase to change (WAIT, U30 to U32). A waiter takes an entry here and a timer, no
// thread.
//
// After a change was committed, the job is read once for all its waiters. A caller who may not read the job any more is
// answered with that error at once. Owner: JobService. Any thread may call.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "util/async.h"
#include "util/event_loop.h"
#include "uws/core/job_service.h"

namespace uws {

class Waiters : public std::enable_shared_from_this<Waiters> {
 public:
  /// Reads a job of any owner; not_found when there is none or it is destroyed.
  using Read = std::function<void(const JobId& id, util::Callback<Job> done)>;

  struct Waiter;

  explicit Waiters(Read read);
  ~Waiters();

  /// Makes a waiter that no change wakes before add().
  static std::shared_ptr<Waiter> make(Caller caller, util::Callback<Job> done);
  /// Answers the waiter, unless it was answered or dropped before.
  static void answer(Waiter& waiter, util::Result<Job> job);
  /// Returns a ticket that drops the waiter when it is destroyed.
  std::shared_ptr<void> ticket(std::shared_ptr<Waiter> waiter);

  /// The waiter is answered when the job is in another phase than `seen`, when it is destroyed, when the caller may not
  /// read it any more, or after `at_most`; at once if that has happened already.
  void add(const std::shared_ptr<Waiter>& waiter, const Job& seen, std::chrono::milliseconds at_most);
  /// To be called after a commit that changed the job's phase or who may read it, or that destroyed it.
  void changed(const JobId& id);
  /// To be called when notices about changes of any job may have been lost.
  void all_changed();

  /// Answers every waiter with the job as it is. Waiters that are added later are answered at once.
  void stop();

 private:
  struct Group {
    std::unordered_set<std::shared_ptr<Waiter>> waiters;
    bool reading = false;
    bool again = false;  // the job changed while it was being read, and must be read again
  };

  /// Returns false after stop().
  bool enter(const std::shared_ptr<Waiter>& waiter, std::chrono::milliseconds at_most);
  void read(const JobId& id);
  void answer_with_what_is(const std::shared_ptr<Waiter>& waiter);
  void on_read(const JobId& id, util::Result<Job> job);
  void expire(const std::shared_ptr<Waiter>& waiter);
  void drop(const std::shared_ptr<Waiter>& waiter);
  void remove(const std::shared_ptr<Waiter>& waiter);

  const Read read_;
  std::mutex mutex_;
  std::unordered_map<JobId, Group> groups_;
  bool stopped_ = false;
  util::EventLoop loop_;  // the last member, so destroyed first: its tasks use the others
};

}  // namespace uws

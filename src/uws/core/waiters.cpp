#include "uws/core/waiters.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "uws/core/job_rules.h"

namespace uws {

using namespace std::chrono_literals;

struct Waiters::Waiter {
  std::atomic<bool> open{true};
  util::Callback<Job> done;  // used only by the thread that set `open` to false
  Caller caller;
  JobId id;
  Phase phase = Phase::pending;
  std::int64_t version = 0;
  bool entered = false;  // protected by mutex_, as `timer` is
  util::EventLoop::TimerId timer = 0;
};

Waiters::Waiters(Read read) : read_(std::move(read)), loop_("uws-wait") {}

Waiters::~Waiters() = default;

std::shared_ptr<Waiters::Waiter> Waiters::make(Caller caller, util::Callback<Job> done) {
  auto waiter = std::make_shared<Waiter>();
  waiter->caller = std::move(caller);
  waiter->done = std::move(done);
  return waiter;
}

void Waiters::answer(Waiter& waiter, util::Result<Job> job) {
  if (!waiter.open.exchange(false)) return;
  const util::Callback<Job> done = std::exchange(waiter.done, nullptr);
  // The caller may have lost the right to read the job since the request was made.
  if (job.ok()) {
    if (auto fine = check_access(*job, waiter.caller, Access::read); !fine.ok()) return done(std::move(fine).error());
  }
  done(std::move(job));
}

std::shared_ptr<void> Waiters::ticket(std::shared_ptr<Waiter> waiter) {
  struct Ticket {
    Ticket(std::weak_ptr<Waiters> in, std::shared_ptr<Waiter> of) : waiters(std::move(in)), waiter(std::move(of)) {}
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() {
      if (!waiter->open.exchange(false)) return;
      waiter->done = nullptr;
      if (const auto alive = waiters.lock()) alive->drop(waiter);
    }
    std::weak_ptr<Waiters> waiters;
    std::shared_ptr<Waiter> waiter;
  };
  return std::make_shared<Ticket>(weak_from_this(), std::move(waiter));
}

void Waiters::add(const std::shared_ptr<Waiter>& waiter, const Job& seen, std::chrono::milliseconds at_most) {
  waiter->id = seen.id;
  waiter->phase = seen.phase;
  waiter->version = seen.version;
  if (enter(waiter, at_most)) {
    // A change between the reading of `seen` and this moment has woken no waiter.
    changed(seen.id);
  } else {
    answer_with_what_is(waiter);
  }
}

bool Waiters::enter(const std::shared_ptr<Waiter>& waiter, std::chrono::milliseconds at_most) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return false;
  if (!waiter->open) return true;
  waiter->entered = true;
  waiter->timer = loop_.after(at_most, [this, waiter] { expire(waiter); });
  groups_[waiter->id].waiters.insert(waiter);
  return true;
}

void Waiters::answer_with_what_is(const std::shared_ptr<Waiter>& waiter) {
  read_(waiter->id, [waiter](util::Result<Job> job) { answer(*waiter, std::move(job)); });
}

void Waiters::changed(const JobId& id) {
  {
    const std::lock_guard lock(mutex_);
    const auto group = groups_.find(id);
    if (group == groups_.end()) return;
    if (std::exchange(group->second.reading, true)) {
      group->second.again = true;
      return;
    }
  }
  read(id);
}

void Waiters::all_changed() {
  std::vector<JobId> waited_for;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, group] : groups_) waited_for.push_back(id);
  }
  for (const JobId& id : waited_for) changed(id);
}

void Waiters::read(const JobId& id) {
  read_(id, [self = shared_from_this(), id](util::Result<Job> job) { self->on_read(id, std::move(job)); });
}

void Waiters::on_read(const JobId& id, util::Result<Job> job) {
  const bool gone = !job.ok() && job.error().code == util::ErrorCode::not_found;
  std::vector<std::shared_ptr<Waiter>> woken;
  bool again = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = groups_.find(id);
    if (found == groups_.end()) return;
    Group& group = found->second;
    if (!job.ok() && !gone) {
      // The database is busy or cannot be reached. The job is read again later, so that the change is not lost.
      group.reading = false;
      group.again = false;
      loop_.after(1s, [this, id] { changed(id); });
      return;
    }
    for (const auto& waiter : group.waiters) {
      const bool stale = !gone && job->version < waiter->version;  // read before the waiter was added
      const bool is_to_know =
          gone || (!stale && job->phase != waiter->phase) || !check_access(*job, waiter->caller, Access::read).ok();
      if (is_to_know) woken.push_back(waiter);
    }
    again = std::exchange(group.again, false);
    group.reading = again;
    for (const auto& waiter : woken) group.waiters.erase(waiter);
    if (group.waiters.empty()) {
      groups_.erase(found);
      again = false;
    }
  }
  for (const auto& waiter : woken) {
    loop_.cancel(waiter->timer);
    answer(*waiter, job);
  }
  if (again) read(id);
}

void Waiters::expire(const std::shared_ptr<Waiter>& waiter) {
  {
    const std::lock_guard lock(mutex_);
    remove(waiter);
  }
  answer_with_what_is(waiter);
}

void Waiters::drop(const std::shared_ptr<Waiter>& waiter) {
  util::EventLoop::TimerId timer = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!waiter->entered) return;
    timer = waiter->timer;
    remove(waiter);
  }
  loop_.cancel(timer);
}

void Waiters::remove(const std::shared_ptr<Waiter>& waiter) {
  const auto group = groups_.find(waiter->id);
  if (group == groups_.end()) return;
  group->second.waiters.erase(waiter);
  if (group->second.waiters.empty()) groups_.erase(group);
}

void Waiters::stop() {
  std::unordered_map<JobId, Group> groups;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    groups.swap(groups_);
  }
  for (const auto& [id, group] : groups) {
    for (const auto& waiter : group.waiters) answer_with_what_is(waiter);
  }
  loop_.stop();
}

}  // namespace uws

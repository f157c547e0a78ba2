// JobService: WAIT, which waits for a change of the phase.
#include <algorithm>
#include <utility>

#include "uws/core/job_service_impl.h"

namespace uws {
namespace {

constexpr std::chrono::milliseconds longest_wait = std::chrono::hours{24};

}  // namespace

std::shared_ptr<void> JobService::wait(const JobId& id, const Caller& caller, std::optional<Phase> phase,
                                       std::chrono::milliseconds at_most, util::Callback<Job> done, WaitIn in) {
  auto waiter = Waiters::make(caller, std::move(done));
  auto ticket = impl_->waiters->ticket(waiter);
  get(id, caller, [impl = impl_, waiter, phase, at_most, in](util::Result<Job> job) {
    const bool is_none_to_wait_in = job.ok() && in == WaitIn::phases_of_uws && !is_waited_in(job->phase);
    const bool over = !job.ok() || is_none_to_wait_in || (phase && *phase != job->phase) || at_most.count() <= 0;
    if (over) return Waiters::answer(*waiter, std::move(job));
    impl->waiters->add(waiter, *job, std::min(at_most, longest_wait));
  });
  return ticket;
}

}  // namespace uws

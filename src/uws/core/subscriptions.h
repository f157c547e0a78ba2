// Subscriptions to changes of jobs, for event streams. A notice says only that a change of a job was committed. The
// subscriber reads the job itself, as by then the job may be destroyed or forbidden to the caller.
//
// Owner: JobService. Any thread may subscribe, drop a ticket, and notify. Notices run on the thread that notifies and
// must not block.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "uws/core/job.h"

namespace uws {

/// The lists in which a job appears: those of its owner and of the group that it is shared with.
struct Audience {
  ListName list{};
  Owner owner{};
  std::optional<std::string> group{};
};
Audience audience_of(const Job& job);

class Subscriptions : public std::enable_shared_from_this<Subscriptions> {
 public:
  struct Notices {
    std::function<void(const JobId&)> changed;
    /// Notices about changes of any job may have been lost.
    std::function<void()> missed;
    /// No more notices will follow.
    std::function<void()> stopped;
  };

  /// Subscribes to a job until the returned ticket is dropped. A notice that is running at that moment may end later.
  /// Returns null after stop(); then no notice is called.
  std::shared_ptr<void> to_job(const JobId& id, Notices notices);
  /// Subscribes to all jobs of that list that the caller may see.
  std::shared_ptr<void> to_list(const ListName& list, const Caller& caller, Notices notices);
  /// Subscribes to no job: only `missed` and `stopped` are called.
  std::shared_ptr<void> to_nothing(Notices notices);

  void changed(const JobId& id, const Audience& audience);
  void missed();
  void stop();

 private:
  using Subscriber = std::shared_ptr<const Notices>;
  struct Ticket;

  std::shared_ptr<void> add(std::vector<std::string> keys, Notices notices);
  void remove(const std::vector<std::string>& keys, const Subscriber& subscriber);
  std::vector<Subscriber> subscribers_of(const std::vector<std::string>& keys) const;
  std::vector<Subscriber> all() const;

  mutable std::mutex mutex_;
  std::unordered_multimap<std::string, Subscriber> subscribers_;
  bool stopped_ = false;
};

}  // namespace uws

// Who wants to be told that jobs have changed: streams of events. What is told is that something changed and was
// committed; what it is now is read by whoever was told, as it may be gone or forbidden to him by then.
//
// Owner: JobService. Any thread may subscribe, drop and tell; notices run on the teller's thread and must not block.
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

/// Whose lists a job stands in.
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
    /// Changes may have been missed: of any job.
    std::function<void()> missed;
    /// Nothing will be told any more.
    std::function<void()> stopped;
  };

  /// Until the returned ticket is dropped; a notice that runs then may still end after it. Once stopped: null, and
  /// nothing is called.
  std::shared_ptr<void> to_job(const JobId& id, Notices notices);
  /// To all jobs of that list that the caller may see.
  std::shared_ptr<void> to_list(const ListName& list, const Caller& caller, Notices notices);
  /// Told of the end only.
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

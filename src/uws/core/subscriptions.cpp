#include "uws/core/subscriptions.h"

#include <algorithm>
#include <utility>

#include "uws/core/columns.h"

namespace uws {
namespace {

// Names of lists and users contain no line feed, so different keys are different strings.
std::string job_key(const JobId& id) { return "job\n" + id; }
std::string owner_key(const ListName& list, const Owner& owner) { return "owner\n" + list + "\n" + to_column(owner); }
std::string group_key(const ListName& list, const std::string& group) { return "group\n" + list + "\n" + group; }
std::string list_key(const ListName& list) { return "list\n" + list; }

}  // namespace

Audience audience_of(const Job& job) { return {job.list, job.owner, job.shared_with}; }

struct Subscriptions::Ticket {
  Ticket(std::weak_ptr<Subscriptions> in, std::vector<std::string> of, Subscriber who)
      : subscriptions(std::move(in)), keys(std::move(of)), subscriber(std::move(who)) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    if (const auto alive = subscriptions.lock()) alive->remove(keys, subscriber);
  }

  std::weak_ptr<Subscriptions> subscriptions;
  std::vector<std::string> keys;
  Subscriber subscriber;
};

std::shared_ptr<void> Subscriptions::to_job(const JobId& id, Notices notices) {
  return add({job_key(id)}, std::move(notices));
}

std::shared_ptr<void> Subscriptions::to_list(const ListName& list, const Caller& caller, Notices notices) {
  if (caller.administrator) return add({list_key(list)}, std::move(notices));
  std::vector<std::string> keys{owner_key(list, caller.user)};
  for (const std::string& group : caller.groups) keys.push_back(group_key(list, group));
  return add(std::move(keys), std::move(notices));
}

std::shared_ptr<void> Subscriptions::to_nothing(Notices notices) { return add({"nothing"}, std::move(notices)); }

std::shared_ptr<void> Subscriptions::add(std::vector<std::string> keys, Notices notices) {
  auto subscriber = std::make_shared<const Notices>(std::move(notices));
  const std::lock_guard lock(mutex_);
  if (stopped_) return nullptr;
  for (const std::string& key : keys) subscribers_.emplace(key, subscriber);
  return std::make_shared<Ticket>(weak_from_this(), std::move(keys), std::move(subscriber));
}

void Subscriptions::remove(const std::vector<std::string>& keys, const Subscriber& subscriber) {
  const std::lock_guard lock(mutex_);
  for (const std::string& key : keys) {
    const auto [begin, end] = subscribers_.equal_range(key);
    const auto found = std::find_if(begin, end, [&](const auto& known) { return known.second == subscriber; });
    if (found != end) subscribers_.erase(found);
  }
}

std::vector<Subscriptions::Subscriber> Subscriptions::subscribers_of(const std::vector<std::string>& keys) const {
  std::vector<Subscriber> found;
  const std::lock_guard lock(mutex_);
  for (const std::string& key : keys) {
    const auto [begin, end] = subscribers_.equal_range(key);
    for (auto known = begin; known != end; ++known) found.push_back(known->second);
  }
  return found;
}

std::vector<Subscriptions::Subscriber> Subscriptions::all() const {
  std::vector<Subscriber> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, subscriber] : subscribers_) found.push_back(subscriber);
  return found;
}

void Subscriptions::changed(const JobId& id, const Audience& audience) {
  std::vector<std::string> keys{job_key(id), owner_key(audience.list, audience.owner), list_key(audience.list)};
  if (audience.group) keys.push_back(group_key(audience.list, *audience.group));
  for (const Subscriber& subscriber : subscribers_of(keys)) subscriber->changed(id);
}

void Subscriptions::missed() {
  for (const Subscriber& subscriber : all()) subscriber->missed();
}

void Subscriptions::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  for (const Subscriber& subscriber : all()) subscriber->stopped();
}

}  // namespace uws

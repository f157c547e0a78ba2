// Fakes of the interfaces in uws/core/seams.h, through which the job service uses the executor. Thread-safe.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "util/async.h"
#include "util/text.h"
#include "util/time.h"
#include "uws/core/seams.h"

namespace fakes {

/// Waits until util::now() has changed. Times have a resolution of one millisecond; jobs with the same creation time
/// are ordered by their random ids, so a test that checks the order must let time pass between them.
inline void let_the_clock_tick() {
  for (const util::Instant now = util::now(); util::now() == now;) std::this_thread::yield();
}

inline util::Result<std::vector<uws::Parameter>> parameters_of(util::Result<uws::AcceptedTask> accepted) {
  if (!accepted.ok()) return std::move(accepted).error();
  return std::move(accepted->parameters);
}

/// Accepts every parameter, and converts its name to upper case. A document becomes the parameter TASK. Parameters
/// whose names were given to refuse() are refused.
class FakeAcceptor : public uws::JobAcceptor {
 public:
  util::Result<uws::AcceptedTask> accept(const uws::Owner&, const std::vector<uws::Parameter>& present,
                                         const uws::JobRequest& given) const override {
    std::vector<uws::Parameter> added = given.parameters;
    if (given.document) added.push_back({"TASK", given.document->text, false, {}, {}, 0});
    for (uws::Parameter& parameter : added) {
      parameter.name = util::to_upper(parameter.name);
      if (auto refusal = refusal_of(parameter.name)) return *std::move(refusal);
    }
    std::vector<uws::Parameter> all;
    for (const uws::Parameter& parameter : present) {
      const bool replaced = std::any_of(added.begin(), added.end(),
                                        [&](const uws::Parameter& other) { return other.name == parameter.name; });
      if (!replaced) all.push_back(parameter);
    }
    all.insert(all.end(), added.begin(), added.end());
    return uws::AcceptedTask{std::move(all), min_duration_};
  }
  /// Sets the minimum duration that every accepted task has.
  void need(std::chrono::seconds duration) { min_duration_ = duration; }

  void refuse(const std::string& upper_case_name, util::ErrorCode code) {
    const std::lock_guard lock(mutex_);
    refused_[upper_case_name] = code;
  }

 private:
  std::optional<util::Error> refusal_of(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = refused_.find(name);
    if (found == refused_.end()) return std::nullopt;
    return util::Error::of(found->second, util::Fault{name, "is refused", "another one"});
  }

  mutable std::mutex mutex_;
  std::map<std::string, util::ErrorCode> refused_;
  std::optional<std::chrono::seconds> min_duration_;
};

/// Says that every job can be run, unless check_by() or refuse() was called. Remembers the notifications that it gets.
class FakeRunControl : public uws::RunControl {
 public:
  using Check = std::function<void(const uws::Owner&, const std::vector<uws::Parameter>&, util::Callback<void>)>;

  void check_runnable(const uws::ListName&, const uws::Owner& owner, const std::vector<uws::Parameter>& parameters,
                      util::Callback<void> done) override {
    Check check;
    {
      const std::lock_guard lock(mutex_);
      ++checks_;
      check = check_;
    }
    if (check) return check(owner, parameters, std::move(done));
    done({});
  }
  void job_queued(const uws::JobId& id) override { remember(queued_, id); }
  void new_job_queued(uws::QueuedJob job) override {
    remember(queued_, job.place.id);
    const std::lock_guard lock(mutex_);
    new_job_ = std::move(job);
  }
  void job_held(const uws::JobId& id) override { remember(held_, id); }
  void abort_wanted(const uws::JobId& id) override { remember(aborts_, id); }
  void job_destroyed(const uws::JobId& id) override { remember(destroyed_, id); }

  void check_by(Check check) {
    const std::lock_guard lock(mutex_);
    check_ = std::move(check);
  }
  /// From now on no job can be run, with this error.
  void refuse(util::Error error) {
    check_by([error = std::move(error)](const uws::Owner&, const std::vector<uws::Parameter>&,
                                        const util::Callback<void>& done) { done(error); });
  }

  int checks() const {
    const std::lock_guard lock(mutex_);
    return checks_;
  }
  std::vector<uws::JobId> queued() const { return copy(queued_); }
  /// The job of the last call of new_job_queued().
  std::optional<uws::QueuedJob> new_job() const {
    const std::lock_guard lock(mutex_);
    return new_job_;
  }
  std::vector<uws::JobId> held() const { return copy(held_); }
  std::vector<uws::JobId> aborts() const { return copy(aborts_); }
  std::vector<uws::JobId> destroyed() const { return copy(destroyed_); }

 private:
  void remember(std::vector<uws::JobId>& in, const uws::JobId& id) {
    const std::lock_guard lock(mutex_);
    in.push_back(id);
  }
  std::vector<uws::JobId> copy(const std::vector<uws::JobId>& of) const {
    const std::lock_guard lock(mutex_);
    return of;
  }

  mutable std::mutex mutex_;
  Check check_;
  int checks_ = 0;
  std::vector<uws::JobId> queued_;
  std::optional<uws::QueuedJob> new_job_;
  std::vector<uws::JobId> held_;
  std::vector<uws::JobId> aborts_;
  std::vector<uws::JobId> destroyed_;
};

/// A log that grows by append() until end().
class FakeResultSource : public uws::ResultSource {
 public:
  explicit FakeResultSource(std::string bytes = {}, bool ended = false) : bytes_(std::move(bytes)), ended_(ended) {}

  std::uint64_t size() const override {
    const std::lock_guard lock(mutex_);
    return bytes_.size();
  }
  bool ended() const override {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  util::Result<std::size_t> read(std::uint64_t offset, char* buffer, std::size_t capacity) override {
    const std::lock_guard lock(mutex_);
    if (offset >= bytes_.size()) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(capacity, bytes_.size() - offset);
    std::memcpy(buffer, bytes_.data() + offset, count);
    return count;
  }
  std::shared_ptr<void> on_growth(std::function<void()> listener) override {
    auto held = std::make_shared<std::function<void()>>(std::move(listener));
    const std::lock_guard lock(mutex_);
    listeners_.push_back(held);
    return held;
  }

  void append(const std::string& bytes) {
    grow([&] { bytes_ += bytes; });
  }
  void end() {
    grow([&] { ended_ = true; });
  }

 private:
  template <typename Change>
  void grow(Change change) {
    std::vector<std::shared_ptr<std::function<void()>>> told;
    {
      const std::lock_guard lock(mutex_);
      change();
      for (const auto& listener : listeners_) {
        if (auto alive = listener.lock()) told.push_back(std::move(alive));
      }
    }
    for (const auto& listener : told) (*listener)();
  }

  mutable std::mutex mutex_;
  std::string bytes_;
  bool ended_;
  std::vector<std::weak_ptr<std::function<void()>>> listeners_;
};

/// Shows the live state that show() was given. Each call of show() makes a new revision.
class FakeLiveView : public uws::LiveView {
 public:
  std::shared_ptr<const uws::LiveState> view(const uws::JobId& id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = lives_.find(id);
    return found == lives_.end() ? nullptr : found->second;
  }
  std::optional<util::Instant> quote_if_run(const uws::Job&) const override { return quote_if_run_; }

  void quote(std::optional<util::Instant> instant) { quote_if_run_ = instant; }
  void show(const uws::JobId& id, uws::LiveState live) {
    const std::lock_guard lock(mutex_);
    live.revision = ++revision_;
    lives_[id] = std::make_shared<const uws::LiveState>(std::move(live));
  }
  void forget(const uws::JobId& id) {
    const std::lock_guard lock(mutex_);
    lives_.erase(id);
  }

 private:
  mutable std::mutex mutex_;
  std::map<uws::JobId, std::shared_ptr<const uws::LiveState>> lives_;
  std::optional<util::Instant> quote_if_run_;  // without the mutex: set before other threads read it
  std::uint64_t revision_ = 0;
};

class FakeHealth : public uws::Health {
 public:
  Report report() const override {
    const std::lock_guard lock(mutex_);
    return report_;
  }
  void set(Report report) {
    const std::lock_guard lock(mutex_);
    report_ = std::move(report);
  }

 private:
  mutable std::mutex mutex_;
  Report report_;
};

}  // namespace fakes

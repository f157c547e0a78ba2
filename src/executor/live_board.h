// The transient state of each job that has a run: progress, growing logs, ports that answer. Written on the executor's
// loop, read on any thread; the lock is held for a look-up only. Shared by the executor and its runs.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "uws/core/seams.h"

namespace executor {

class LiveBoard {
 public:
  std::shared_ptr<const uws::LiveState> view(const uws::JobId& id) const;
  /// Replaces the state of the job and sets its revision.
  void set(const uws::JobId& id, uws::LiveState live);
  void remove(const uws::JobId& id);
  /// The state that view() returns for every job that has no state of its own here; nullopt: none.
  void set_of_others(std::optional<uws::LiveState> live);

 private:
  mutable std::mutex mutex_;
  std::map<uws::JobId, std::shared_ptr<const uws::LiveState>> lives_;
  std::shared_ptr<const uws::LiveState> of_others_;
  std::uint64_t last_revision_ = 0;
};

}  // namespace executor

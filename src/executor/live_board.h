// What exists only now, of each job: written by the executor's loop, read by anybody. The one place of the executor
// with a lock, held for a look-up only.
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
  /// Replaces what was there; the revision is given here.
  void set(const uws::JobId& id, uws::LiveState live);
  void remove(const uws::JobId& id);
  /// What is told of every job that has nothing of its own here.
  void set_of_others(std::optional<uws::LiveState> live);

 private:
  mutable std::mutex mutex_;
  std::map<uws::JobId, std::shared_ptr<const uws::LiveState>> lives_;
  std::shared_ptr<const uws::LiveState> of_others_;
  std::uint64_t last_revision_ = 0;
};

}  // namespace executor

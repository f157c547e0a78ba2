// Jobs as they were read last, whole: clients ask for the same ones again and again, and most of such a request would
// be reading parameters, results and jobInfo once more.
//
// Never wrong, and never to be told of a change: every change of a job makes its version grow, and who asks has just
// read which version counts. Only what was committed may be kept. Bounded in number and size. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "uws/core/job.h"

namespace uws {

class RecentJobs {
 public:
  std::optional<Job> find(const JobId& id, std::int64_t version) const;
  /// `info_bytes`: the size of jobInfo as text.
  void keep(const Job& job, std::size_t info_bytes);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<JobId, std::shared_ptr<const Job>> jobs_;
};

}  // namespace uws

// Places where a test has the service die as by SIGKILL, to see what the next start makes of it. Debug builds only: in
// the others nothing is left of them.
//
// One of them is chosen by the environment: DUWS_FAILPOINT=run.ended, or run.ended@2 for the second time that it is
// reached. Any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "util/result.h"

namespace util {

/// In the order of a job's life. "begun": in the transaction, before its commit.
inline constexpr std::array<std::string_view, 32> failpoints{
    "create.begun",      "create.committed",  //
    "claim.begun",       "claim.committed",   //
    "volume.created",    "container.created",   "container.staged", "container.starting", "container.started",
    "executing.begun",   "executing.committed",  //
    "abort.committed",   "stop.sent",            //
    "exit.seen",         "logs.read",           "outputs.read",     "outputs.saved",      "logs.saved",
    "results.saved",     "end.begun",           "end.committed",                          //
    "container.removed", "run.removed",         "release.begun",    "release.committed",  //
    "archive.begun",     "archive.committed",                                             //
    "destroy.begun",     "destroy.committed",   "blobs.removed",    "forget.begun",       "forget.committed",
};

/// A name that is not in the list does not compile.
class Failpoint {
 public:
  consteval Failpoint(const char* name)
      : index_(static_cast<std::size_t>(std::find(failpoints.begin(), failpoints.end(), name) - failpoints.begin())) {
    if (index_ == failpoints.size()) throw "no such failpoint";
  }
  std::size_t index() const { return index_; }

 private:
  std::size_t index_;
};

#ifdef DUWS_FAILPOINTS
/// Before the first thread. `invalid_argument`: the environment names none that there is.
Status arm_failpoint();
void failpoint(Failpoint here);
#else
inline void failpoint(Failpoint) {}
#endif

}  // namespace util

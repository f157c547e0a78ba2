// Failpoints: named places in the code where a test lets the service kill itself with SIGKILL, to test how the service
// recovers when it starts again. They exist only in builds with DUWS_FAILPOINTS; in other builds they do nothing.
//
// The environment variable DUWS_FAILPOINT chooses one: "end.begun" kills the service when it first reaches that place,
// "end.begun@2" the second time. Any thread may reach a failpoint.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "util/result.h"

namespace util {

/// In the order in which a job reaches them. "X.begun" is inside the transaction of X, before its commit.
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

/// An index into `failpoints`. A name that is not in the list does not compile.
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
/// Reads DUWS_FAILPOINT. Must be called before the process starts its first thread. `invalid_argument`: the variable
/// does not name a failpoint.
Status arm_failpoint();
void failpoint(Failpoint here);
#else
inline void failpoint(Failpoint) {}
#endif

}  // namespace util

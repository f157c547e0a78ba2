// Asks the engine about runs: several at once, each answered by its container or by its absence. On the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "docker/api.h"
#include "docker/status.h"
#include "executor/engine.h"

namespace docker {

/// The status as the engine has it. An Error when it did not answer, or could not, or with nothing that makes sense.
void inspect_run(Api& api, const executor::RunId& run, const Known& known,
                 std::function<void(util::Result<executor::RunStatus>)> done);

/// A few at a time; the statuses in the order of the runs, `unknown` for what was not answered. An Error when the
/// engine was silent about all of them.
class Inspection : public std::enable_shared_from_this<Inspection> {
 public:
  struct Question {
    executor::RunId run;
    Known known;
  };
  Inspection(Api& api, std::vector<Question> questions, executor::Callback<std::vector<executor::RunStatus>> done);
  void begin();

 private:
  void next();
  void take(std::size_t index, util::Result<executor::RunStatus> result);

  Api& api_;
  const std::vector<Question> questions_;
  const executor::Callback<std::vector<executor::RunStatus>> done_;
  std::vector<executor::RunStatus> statuses_;
  std::size_t next_ = 0;
  std::size_t answered_ = 0;
  std::size_t silent_ = 0;
  std::optional<util::Error> silence_;
};

}  // namespace docker

// Asks the engine for the states of runs, several at a time. On the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "docker/api/api.h"
#include "docker/runs/status.h"
#include "executor/engine.h"
#include "util/async.h"

namespace docker {

/// Asks the engine for the status of one run. An Error if it did not answer, refused, or answered nonsense.
void inspect_run(Api& api, const executor::RunId& run, const StatusContext& known,
                 util::Callback<executor::RunStatus> done);

/// Inspects several runs, a few at a time. Gives the statuses in the order of the questions, `unknown` for each run
/// whose inspection failed; an Error if the engine gave no answer for any of them.
class Inspection : public std::enable_shared_from_this<Inspection> {
 public:
  struct Question {
    executor::RunId run;
    StatusContext known;
  };
  Inspection(Api& api, std::vector<Question> questions, util::Callback<std::vector<executor::RunStatus>> done);
  void begin();

 private:
  void next();
  void take(std::size_t index, util::Result<executor::RunStatus> result);

  Api& api_;
  const std::vector<Question> questions_;
  const util::Callback<std::vector<executor::RunStatus>> done_;
  std::vector<executor::RunStatus> statuses_;
  std::size_t next_ = 0;
  std::size_t answered_ = 0;
  std::size_t silent_ = 0;
  std::optional<util::Error> silence_;
};

}  // namespace docker

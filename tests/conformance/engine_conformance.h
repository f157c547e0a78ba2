// The test suite that every implementation of executor::Engine must pass, including the fake engine. A program that
// links engine_conformance.cpp and says
//
//   INSTANTIATE_TEST_SUITE_P(Docker, EngineConformance, ::testing::Values(EngineCase{"docker", make_bench}),
//   case_name);
//
// runs the suite. The Bench provides the engine, its test image, and a view of the engine from outside. See act.h for
// what the image does.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "executor/engine.h"
#include "util/async.h"
#include "util/event_loop.h"

namespace executor::conformance {

/// One engine under test. Each test gets a new one. The engine's functions are called on loop().
class Bench {
 public:
  virtual ~Bench() = default;
  virtual util::EventLoop& loop() = 0;
  virtual Engine& engine() = 0;
  /// Replaces the engine object by a new one for the same daemon, as after a restart of the service.
  virtual void restart() = 0;

  virtual std::string installation() const = 0;
  /// The image whose entrypoint executes the verbs of act.h.
  virtual task::ImageReference image() const = 0;
  /// "uid:gid" of the processes in a run of that image.
  virtual std::string user() const = 0;
  /// The names of all containers and volumes on the engine that belong to runs, as seen from outside.
  virtual std::vector<std::string> present() = 0;
  /// From now on the engine's clock is ahead of this service's clock by that much; behind it if negative.
  virtual void set_clock_ahead(std::chrono::seconds ahead) = 0;
  /// Creates something on the engine that does not belong to this installation. The returned function says whether it
  /// is still there, unharmed.
  virtual std::function<bool()> make_stranger() = 0;
};

struct EngineCase {
  std::string name;
  std::function<std::unique_ptr<Bench>()> make;
};
inline void PrintTo(const EngineCase& which, std::ostream* out) { *out << which.name; }
inline std::string case_name(const ::testing::TestParamInfo<EngineCase>& info) { return info.param.name; }

class EngineConformance : public ::testing::TestWithParam<EngineCase> {
 protected:
  void SetUp() override;
  void TearDown() override;

  using Words = std::vector<std::string>;
  /// A run with these words as its arguments: the verbs of act.h.
  RunSpec spec(Words words);

  util::Result<RunStatus> submit(RunSpec spec);
  RunStatus inspect(const RunId& run);
  /// Inspects the run until it has ended.
  RunStatus end_of(const RunId& run);
  /// Submits and waits for the end.
  RunStatus run(const RunSpec& spec);
  util::Status cancel(const RunId& run, std::chrono::seconds grace);
  util::Status release(const RunId& run);

  struct Logs {
    std::string out;
    std::string err;
    std::vector<std::string> doubts = {};
  };
  Logs logs_of(const RunId& run);

  struct Outputs {
    std::vector<std::pair<std::string, std::string>> files;  // path and bytes
    std::vector<std::string> missing;
    std::vector<std::string> notes;
    std::string of(const std::string& path) const;
  };
  Outputs outputs_of(const RunId& run, std::vector<OutputPattern> patterns);

  /// Makes the call on the bench's loop, and waits for its callback.
  template <typename T>
  util::Result<T> ask(std::function<void(Engine&, util::Callback<T>)> call);

  std::unique_ptr<Bench> bench_;
  std::vector<RunId> made_;
};

/// Requests "/" until an HTTP server answers, and returns the body; empty if none answers within 20 seconds.
std::string fetch(const Endpoint& endpoint);

InputFile input(std::string path, std::string bytes);

}  // namespace executor::conformance

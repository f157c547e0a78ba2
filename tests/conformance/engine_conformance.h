// The one suite that every engine must pass, and the fake too. A program that links engine_conformance.cpp and says
//
//   INSTANTIATE_TEST_SUITE_P(Docker, EngineConformance, ::testing::Values(EngineCase{"docker", make_bench}),
//   case_name);
//
// runs it. Images, users and what can be seen from outside are the bench's business; see act.h for what the image does.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "executor/engine.h"
#include "util/event_loop.h"

namespace executor::conformance {

/// One engine, made anew for each test. Its calls are made on its loop.
class Bench {
 public:
  virtual ~Bench() = default;
  virtual util::EventLoop& loop() = 0;
  virtual Engine& engine() = 0;
  /// Another one on the same daemon, as after a restart; the first one is gone.
  virtual void restart() = 0;

  virtual std::string installation() const = 0;
  /// Acts the vocabulary of act.h, as its entrypoint.
  virtual task::ImageReference image() const = 0;
  /// "uid:gid" of a run of that image.
  virtual std::string user() const = 0;
  /// Names of everything there that is a run's, seen from outside: containers, volumes.
  virtual std::vector<std::string> present() = 0;
  /// From now on the engine's clock is so far ahead of this service's, or behind it.
  virtual void set_clock_ahead(std::chrono::seconds ahead) = 0;
  /// Makes something that is not this installation's, and answers whether it is still there and well.
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
  /// A run that does these words.
  RunSpec spec(Words words);

  util::Result<RunStatus> submit(RunSpec spec);
  RunStatus inspect(const RunId& run);
  /// Looks until it has ended.
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

  /// Calls on the loop, and waits for the answer.
  template <typename T>
  util::Result<T> ask(std::function<void(Engine&, Callback<T>)> call);

  std::unique_ptr<Bench> bench_;
  std::vector<RunId> made_;
};

/// Asks until somebody answers HTTP there, and gives the body; empty when nobody does.
std::string fetch(const Endpoint& endpoint);

InputFile input(std::string path, std::string bytes);

}  // namespace executor::conformance

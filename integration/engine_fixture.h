// A test fixture with a real engine, for tests beyond the conformance suite.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/recorders.h"
#include "engine_bench.h"
#include "util/random.h"

namespace docker::testing {

class EngineFixture : public ::testing::Test {
 protected:
  ~EngineFixture() override { release_all(); }
  void release_all() {
    for (const auto& id : std::exchange(made_, {})) EXPECT_TRUE(release(id).ok());
  }

  /// The engine under test. The first call creates it, with the value that `options` have then.
  EngineBench& bench() {
    if (!bench_) bench_ = std::make_unique<EngineBench>(options);
    return *bench_;
  }
  template <typename T>
  std::future<util::Result<T>> start(std::function<void(executor::Engine&, util::Callback<T>)> call) {
    auto promise = std::make_shared<std::promise<util::Result<T>>>();
    bench().loop().post([this, call = std::move(call), promise] {
      call(bench().engine(), [promise](util::Result<T> result) { promise->set_value(std::move(result)); });
    });
    return promise->get_future();
  }
  template <typename T>
  util::Result<T> ask(std::function<void(executor::Engine&, util::Callback<T>)> call) {
    auto answer = start<T>(std::move(call));
    return wait(answer);
  }
  /// Fails the test if no answer comes.
  template <typename T>
  util::Result<T> wait(std::future<util::Result<T>>& answer) {
    if (answer.wait_for(longest_wait) == std::future_status::ready) return answer.get();
    ADD_FAILURE() << "no answer; the engine has " << bench().raw.call("GET", "/containers/json?all=1").body;
    return util::Error::of(util::ErrorCode::timeout, "no answer");
  }

  executor::RunSpec spec(const task::ImageReference& image) {
    executor::RunSpec made;
    made.id = {bench().installation(), util::random_id(), 1};
    made.image = image;
    made.limits.memory_bytes = 64LL << 20;
    made_.push_back(made.id);
    return made;
  }
  /// A run of a busybox script.
  executor::RunSpec script(const std::string& text) {
    auto made = spec(bench().image());
    made.entrypoint = {"/bin/busybox", "sh", "-c"};
    made.args = {text};
    return made;
  }
  std::future<util::Result<executor::RunStatus>> start_submit(const executor::RunSpec& made) {
    return start<executor::RunStatus>(
        [=](executor::Engine& engine, util::Callback<executor::RunStatus> done) { engine.submit(made, done); });
  }
  executor::RunStatus submit(const executor::RunSpec& made) {
    auto answer = start_submit(made);
    const auto status = wait(answer);
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message);
    return status.ok() ? *status : executor::RunStatus{};
  }
  executor::RunStatus inspect(const executor::RunId& run) {
    const auto statuses = ask<std::vector<executor::RunStatus>>(
        [=](executor::Engine& engine, util::Callback<std::vector<executor::RunStatus>> done) {
          engine.inspect({run}, done);
        });
    return statuses.ok() ? statuses->front() : executor::RunStatus{};
  }
  util::Status release(const executor::RunId& run) {
    return ask<void>([=](executor::Engine& engine, util::Callback<void> done) { engine.release(run, done); });
  }
  util::Status cancel(const executor::RunId& run) {
    return ask<void>([=](executor::Engine& engine, util::Callback<void> done) {
      engine.cancel(run, std::chrono::seconds{1}, done);
    });
  }
  /// The whole output of the run, until its end: first stdout, then stderr. As the executor does, it inspects the run
  /// meanwhile: an engine may keep a followed log open after the end.
  std::string words_of(const executor::RunId& run) {
    auto logs = std::make_shared<executor::conformance::TextLogs>();
    auto answer =
        start<void>([=](executor::Engine& engine, util::Callback<void> done) { engine.logs(run, logs, done); });
    const auto end = std::chrono::steady_clock::now() + longest_wait;
    while (answer.wait_for(std::chrono::seconds{1}) != std::future_status::ready) {
      if (std::chrono::steady_clock::now() > end) break;
      inspect(run);
    }
    EXPECT_TRUE(wait(answer).ok());
    return logs->out + logs->err;
  }
  std::string output(const executor::RunSpec& made) {
    const auto status = submit(made);
    EXPECT_TRUE(!status.ended || status.ended->cause == executor::EndCause::exited) << status.ended->detail;
    return words_of(made.id);
  }

  Options options = without_pulls();
  static constexpr std::chrono::seconds longest_wait{120};

 private:
  std::unique_ptr<EngineBench> bench_;
  std::vector<executor::RunId> made_;
};

}  // namespace docker::testing

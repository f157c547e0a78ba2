// A test fixture with our engine client, connected to a ScriptedEngine. The test's thread makes the calls and waits for
// their callbacks, which run on the fixture's loop.
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

#include "docker/engine.h"
#include "scripted_engine.h"
#include "util/async.h"

namespace docker::testing {

inline Reply json(int status, std::string body) { return {status, std::move(body), {}, {}, false, false}; }
inline Reply streamed(std::function<void(Stream&)> stream, bool cut = false) {
  return {200, "", {}, std::move(stream), cut, false};
}
inline Reply silence() { return {0, "", {}, {}, false, true}; }

/// The container of the first attempt of the job "job".
inline const std::string container_name = "duws-inst-job-1";
inline const std::string container_path = "/containers/" + container_name;

class Harness : public ::testing::Test {
 protected:
  explicit Harness(net::CallLimits limits = {}) : client_(limits) {
    options.name = "test";
    options.socket = scripted.socket();
    options.installation = "inst";
  }
  ~Harness() override { client_.stop(); }
  /// The engine ends before the members of a test's own class do: it may call them until then.
  void TearDown() override {
    on_loop([this] { engine_.reset(); });
  }

  net::Client& client() { return client_; }
  util::EventLoop& loop() { return loop_; }
  /// The engine client. The first call creates it, with the value that `options` have then.
  executor::Engine& engine() {
    if (!engine_) engine_ = make_engine(options, client_, loop_);
    return *engine_;
  }

  template <typename T>
  using Answer = std::future<util::Result<T>>;
  template <typename T>
  Answer<T> start(std::function<void(executor::Engine&, util::Callback<T>)> call) {
    auto promise = std::make_shared<std::promise<util::Result<T>>>();
    loop_.post([this, call = std::move(call), promise] {
      call(engine(), [promise](util::Result<T> result) { promise->set_value(std::move(result)); });
    });
    return promise->get_future();
  }
  template <typename T>
  static util::Result<T> wait(Answer<T>& answer) {
    if (answer.wait_for(std::chrono::seconds{30}) != std::future_status::ready) {
      ADD_FAILURE() << "no answer";
      return util::Error::of(util::ErrorCode::timeout, "no answer");
    }
    return answer.get();
  }
  template <typename T>
  util::Result<T> ask(std::function<void(executor::Engine&, util::Callback<T>)> call) {
    auto answer = start<T>(std::move(call));
    return wait(answer);
  }
  void on_loop(const std::function<void()>& task) {
    std::promise<void> done;
    loop_.post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
  static bool until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return true;
  }

  /// A variable that lives as long as the scripted engine, whose handlers may use it after the test's own function.
  template <typename T>
  T& kept() {
    auto made = std::make_shared<T>();
    T& variable = *made;
    kept_.push_back(std::move(made));
    return variable;
  }

  executor::RunSpec spec(const std::string& job = "job") const {
    executor::RunSpec made;
    made.id = {"inst", job, 1};
    made.image = {"docker.io", "library/busybox", "test", ""};
    return made;
  }
  Answer<executor::RunStatus> start_submit(const executor::RunSpec& made) {
    return start<executor::RunStatus>(
        [made](executor::Engine& engine, util::Callback<executor::RunStatus> done) { engine.submit(made, done); });
  }
  util::Result<executor::RunStatus> submit(const executor::RunSpec& made) {
    auto answer = start_submit(made);
    return wait(answer);
  }
  util::Result<std::vector<executor::RunStatus>> inspect_all(const std::vector<executor::RunId>& runs) {
    return ask<std::vector<executor::RunStatus>>(
        [=](executor::Engine& engine, util::Callback<std::vector<executor::RunStatus>> done) {
          engine.inspect(runs, done);
        });
  }
  executor::RunStatus inspect(const executor::RunId& run) {
    const auto statuses = inspect_all({run});
    return statuses.ok() ? statuses->at(0) : executor::RunStatus{};
  }
  util::Status cancel(const executor::RunId& run) {
    return ask<void>([=](executor::Engine& engine, util::Callback<void> done) {
      engine.cancel(run, std::chrono::seconds{1}, done);
    });
  }
  util::Status release(const executor::RunId& run) {
    return ask<void>([=](executor::Engine& engine, util::Callback<void> done) { engine.release(run, done); });
  }

  /// The JSON that the engine returns when the run's container is inspected.
  static std::string container(const std::string& state, const std::string& job = "job", const std::string& rest = "") {
    return R"({"Image":"sha256:1d","State":{)" + state +
           R"(},"Config":{"Labels":{"org.docker-uws.installation":"inst",)" + R"("org.docker-uws.job":")" + job +
           R"(","org.docker-uws.attempt":"1"}})" + rest + "}";
  }
  /// From now on every request that starting a run needs succeeds. `user`: the image's USER.
  void let_runs_start(const std::string& user = "") {
    scripted.on(
        "GET /images/docker.io/library/busybox:test/json",
        json(200, R"({"Id":"sha256:1d","Os":"linux","Architecture":"amd64","Config":{"User":")" + user + R"("}})"));
    scripted.on("POST /volumes/create", json(201, "{}"));
    scripted.on("POST /containers/create", json(201, R"({"Id":"c1"})"));
    scripted.on("PUT /containers/*", json(200, ""));
    scripted.on("POST /containers/*", json(204, ""));
  }

 private:
  std::vector<std::shared_ptr<void>> kept_;

 protected:
  ScriptedEngine scripted;
  Options options;

 private:
  net::Client client_;
  util::EventLoop loop_{"test"};
  std::unique_ptr<executor::Engine> engine_;
};

}  // namespace docker::testing

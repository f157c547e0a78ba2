// A real engine for tests. The environment variable DUWS_ENGINE says which: `podman` means the engine that
// integration/with-podman started, anything else the one of integration/with-docker.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clock_relay.h"
#include "conformance/engine_conformance.h"
#include "data/node.h"
#include "docker/engine.h"
#include "net/client.h"

namespace docker::testing {

/// Whether the engine is Podman, and not Docker.
bool is_podman();

/// A client of the engine's REST API that makes one call after the other. Tests use it to see and change the engine
/// independently of the code under test.
class RawEngine {
 public:
  RawEngine();
  struct Answer {
    long status = 0;
    std::string body;
    data::Node json() const;
  };
  Answer call(const std::string& method, const std::string& path, const std::string& body = {},
              const std::string& type = "application/json");
  const std::string& socket() const { return socket_; }

 private:
  std::string socket_;
  net::Client client_;
};

/// Creates the image conformance:test on the engine, when it is called for the first time.
void make_image(RawEngine& engine);

/// Options with which the engine pulls no images.
inline Options without_pulls() {
  Options options;
  options.pull = PullPolicy::never;
  return options;
}

class EngineBench : public executor::conformance::Bench {
 public:
  /// The bench sets name, socket and installation in the options itself.
  explicit EngineBench(Options options = without_pulls());
  ~EngineBench() override;

  util::EventLoop& loop() override { return loop_; }
  executor::Engine& engine() override { return *engine_; }
  void restart() override;
  std::string installation() const override { return options_.installation; }
  task::ImageReference image() const override;
  std::string user() const override { return "10000:10000"; }
  std::vector<std::string> present() override;
  void set_clock_ahead(std::chrono::seconds ahead) override;
  std::function<bool()> make_stranger() override;

  RawEngine raw;

 private:
  void on_loop(const std::function<void()>& task);
  Options options_;
  std::unique_ptr<ClockRelay> relay_;
  net::Client client_;
  util::EventLoop loop_{"bench"};
  std::unique_ptr<executor::Engine> engine_;
};

}  // namespace docker::testing

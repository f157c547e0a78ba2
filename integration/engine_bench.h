// A real engine for tests. DUWS_ENGINE says which: the one of integration/with-docker, or `podman` of with-podman.
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

/// Podman, and not Docker.
bool is_podman();

/// Its API, one call after the other, for what a test sees and does from outside.
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

/// Makes the image conformance:test; once.
void make_image(RawEngine& engine);

/// Nothing is fetched from anywhere.
inline Options without_pulls() {
  Options options;
  options.pull = PullPolicy::never;
  return options;
}

class EngineBench : public executor::conformance::Bench {
 public:
  /// Name, socket and installation of the options are its own.
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

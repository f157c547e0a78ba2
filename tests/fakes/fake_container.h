// A container that acts the conformance image's vocabulary, on a thread of its own. Used by FakeDaemon only.
//
// Verbs, chained by `then`: print TEXT, print-error TEXT, exit N, sleep SECONDS, polite (from now on exits 42 on TERM),
// stubborn (from now on ignores TERM), eat-memory MB, copy FROM TO, write PATH TEXT, noise BYTES, env NAME, argv
// WORD..., pwd, owner PATH, mode PATH, serve PORT TEXT, signal N, link FROM TO, fill BYTES, who, myself, shared-memory.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "executor/engine.h"

namespace executor::testing {

/// All of a daemon's state is behind this one pair.
struct Monitor {
  std::mutex mutex;
  std::condition_variable changed;
};

struct FakePort {
  Endpoint endpoint;
  int socket = -1;  // bound; listening once it is served
};

/// Guarded by the monitor, but for what only its own thread touches.
struct FakeContainer {
  RunSpec spec;
  RunStatus status;
  std::map<std::string, std::string> files;
  std::map<std::string, std::uint32_t> modes;  // of inputs
  std::map<std::string, std::string> links;
  std::set<std::string> written;  // by the command
  std::string out;
  std::string err;
  std::vector<FakePort> ports;
  bool term = false;
  bool released = false;
  std::optional<std::chrono::steady_clock::time_point> kill_at;

  ~FakeContainer();
};

/// The bytes at a path, through links; nullptr when there are none.
const std::string* file_at(const FakeContainer& container, const std::string& path);

/// Acts until its end, which is the answer. The lock is held but while it waits.
RunEnd act(FakeContainer& container, Monitor& monitor, std::unique_lock<std::mutex>& lock,
           std::vector<std::string> argv);

}  // namespace executor::testing

// A container of FakeDaemon. It executes the verbs of the conformance image on a thread of its own.
//
// The verbs are separated by `then` (conformance/act.h explains them): print TEXT, print-error TEXT, exit N, sleep
// SECONDS, polite, stubborn, eat-memory MB, copy FROM TO, write PATH TEXT, noise BYTES, env NAME, argv WORD..., pwd,
// owner PATH, mode PATH, serve PORT TEXT, signal N, link FROM TO, fill BYTES, who, myself, shared-memory.
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

/// The mutex guards the whole state of a daemon; the condition variable is notified of its changes.
struct Monitor {
  std::mutex mutex;
  std::condition_variable changed;
};

struct FakePort {
  Endpoint endpoint;
  int socket = -1;  // bound at the start; listens once the container executes `serve`
};

/// Guarded by the daemon's monitor, except the members that only the container's own thread uses.
struct FakeContainer {
  RunSpec spec;
  RunStatus status;
  std::map<std::string, std::string> files;
  std::map<std::string, std::uint32_t> modes;  // of input files
  std::map<std::string, std::string> links;
  std::set<std::string> written;  // paths that the command wrote
  std::string out;
  std::string err;
  std::vector<FakePort> ports;
  bool term = false;
  bool released = false;
  std::optional<std::chrono::steady_clock::time_point> kill_at;

  ~FakeContainer();
};

/// The content of the file at that path. Links are followed. nullptr if there is no file.
const std::string* file_at(const FakeContainer& container, const std::string& path);

/// Executes the verbs in `argv` and returns how the container ended. The caller holds the lock; it is released while
/// the container waits.
RunEnd act(FakeContainer& container, Monitor& monitor, std::unique_lock<std::mutex>& lock,
           std::vector<std::string> argv);

}  // namespace executor::testing

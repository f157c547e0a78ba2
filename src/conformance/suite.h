// docker-uws conformance: asks any service, over HTTP and nothing else, what of simple-docker-uws and of the planner's
// messages holds (docs/ivoa-note), and what of UWS (docs/uws-contract.md). One thread; every job that it makes is
// deleted.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "net/client.h"

namespace conformance {

struct Options {
  std::string url;                // of the service: its job list is at /jobs below it
  std::string jobs;               // of the job list, where it is elsewhere
  std::string image = "busybox";  // one that the service runs, with /bin/sh and echo
  std::string authorization;      // a whole Authorization field
  bool planner_only = false;      // nothing is posted to a job list
  bool choices = false;           // also what docker-uws promises where the standards leave room
  std::chrono::seconds patience{60};
};

enum class Outcome {
  holds,
  fails,
  absent,  // the service does not offer that part
};

struct Finding {
  std::string what;  // a sentence of the note, or a case of the contract
  Outcome outcome = Outcome::holds;
  std::string why;
};

/// Calls with each finding as it comes; false when anything failed.
bool run(net::Client& client, const Options& options, const std::function<void(const Finding&)>& tell);

}  // namespace conformance

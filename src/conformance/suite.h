// The command `docker-uws conformance`: checks over HTTP how far any service conforms to simple-docker-uws and to the
// planner's messages (docs/ivoa-note), and to UWS (docs/uws-contract.md). One thread. Every job that it creates is
// deleted afterwards.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "net/client.h"

namespace conformance {

struct Options {
  std::string url;                // the base URL of the service
  std::string jobs;               // the URL of the job list; empty: /jobs below `url`
  std::string image = "busybox";  // an image that the service runs, with /bin/sh and echo
  std::string authorization;      // the value of an Authorization header; empty: none is sent
  bool planner_only = false;      // true: check the planner only, and post nothing to a job list
  bool choices = false;           // true: also check what docker-uws promises where the standards leave a choice
  std::chrono::seconds timeout{60};
};

enum class Outcome {
  holds,
  fails,
  absent,  // the service does not offer that part
};

struct Finding {
  std::string what;  // the sentence of a check, or the numbers and the sentence of a contract case
  Outcome outcome = Outcome::holds;
  std::string why;
};

/// Runs all checks and calls `tell` with each finding as it is made. False if any check failed.
bool run(net::Client& client, const Options& options, const std::function<void(const Finding&)>& tell);

}  // namespace conformance

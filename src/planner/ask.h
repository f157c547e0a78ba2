// The same question to many planners, side by side: each has its own time, and none costs another's answer.
//
// Owner: whoever asks: the service, or the command line. Any thread; the answers come together, on the net thread, when
// the last is there or its time is over.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/client.h"
#include "planner/answer.h"
#include "task/planner_request.h"

namespace planner {

struct Peer {
  std::string name;
  std::string url;                // of its accepts
  std::vector<std::string> tags;  // by which a part of all planners is chosen
};

struct PeerAnswer {
  std::string planner;
  std::string url;
  std::optional<Answer> answer;
  std::string trouble;  // why there is none
  std::chrono::milliseconds took{0};
};

/// Those that have all of these tags.
std::vector<Peer> with_tags(const std::vector<Peer>& peers, const std::vector<std::string>& tags);

/// In the order of `peers`. The client outlives the answers.
void ask_all(net::Client& client, const std::vector<Peer>& peers, const task::PlannerRequest& request,
             std::chrono::milliseconds limit, std::function<void(std::vector<PeerAnswer>)> done);

/// {"answers": [{"planner", "url", "seconds", "answer" or "error"}]}
data::Node to_node(const std::vector<PeerAnswer>& answers);

}  // namespace planner

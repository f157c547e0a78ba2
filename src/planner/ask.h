// Sends the same question to many planners at the same time. Each planner has the same time limit of its own, so a slow
// or broken planner does not delay or spoil the answers of the others.
//
// Used by POST /ask and by the command line. Any thread may call ask_all(). All answers are delivered together, on the
// net thread, when the last planner has answered or its time limit has passed.
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
  std::string url;                // of its /accepts
  std::vector<std::string> tags;  // a question with tags is sent only to the planners that have all of them
};

struct PeerAnswer {
  std::string planner;
  std::string url;
  std::optional<Answer> answer;
  std::string trouble;  // why there is no answer
  std::chrono::milliseconds took{0};
};

/// The peers that have all of these tags.
std::vector<Peer> with_tags(const std::vector<Peer>& peers, const std::vector<std::string>& tags);

/// Asks all peers. `limit`: the time for each of them. `done` gets the answers in the order of `peers`. The client must
/// live until `done` was called.
void ask_all(net::Client& client, const std::vector<Peer>& peers, const task::PlannerRequest& request,
             std::chrono::milliseconds limit, std::function<void(std::vector<PeerAnswer>)> done);

/// {"answers": [{"planner", "url", "seconds", "answer" or "error"}]}
data::Node to_node(const std::vector<PeerAnswer>& answers);

}  // namespace planner

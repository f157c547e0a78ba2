#include "planner/ask.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "util/text.h"

namespace planner {
namespace {

using data::Node;

constexpr std::uint64_t longest_answer = 1U << 20U;

std::string question_json(const task::PlannerRequest& request) {
  Node node = Node::object();
  node.set("tasktype", Node::string(request.tasktype));
  if (request.taskinfo) node.set("taskinfo", *request.taskinfo);
  if (!request.resources.members().empty()) node.set("resources", request.resources);
  return data::to_json(node);
}

/// Puts the planner's answer into `peer`, or into its `trouble` the reason why the response is not an answer.
void read_answer(const util::Result<net::Response>& response, PeerAnswer& peer) {
  if (!response.ok()) {
    peer.trouble = response.error().message;
    return;
  }
  if (response->status != 200) {
    peer.trouble = "it answers with status " + std::to_string(response->status);
    return;
  }
  const auto document = data::parse_json(response->body);
  auto answer = document.ok() ? answer_of(*document) : util::Result<Answer>(document.error());
  if (answer.ok()) {
    peer.answer = *std::move(answer);
  } else {
    peer.trouble = "it does not answer as a planner does: " + util::for_display(answer.error().message, 300);
  }
}

/// Gathers the answers of all planners to one question.
class AnswerCollector : public std::enable_shared_from_this<AnswerCollector> {
 public:
  AnswerCollector(const std::vector<Peer>& peers, std::function<void(std::vector<PeerAnswer>)> done)
      : left_(peers.size()), began_(Clock::now()), done_(std::move(done)) {
    for (const Peer& peer : peers) answers_.push_back({peer.name, peer.url, std::nullopt, {}, {}});
  }

  void begin(net::Client& client, const std::string& body, std::chrono::milliseconds limit) {
    if (answers_.empty()) return done_({});
    // All calls are made ready first: as soon as one has started, the net thread may change answers_.
    std::vector<net::Call> calls;
    for (const PeerAnswer& answer : answers_) {
      net::Call call;
      call.method = "POST";
      call.url = answer.url;
      call.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
      call.body = body;
      call.connect_timeout = limit;
      call.timeout = limit;
      call.max_response_bytes = longest_answer;
      calls.push_back(std::move(call));
    }
    for (std::size_t i = 0; i < calls.size(); ++i) {
      client.start(std::move(calls[i]), [self = shared_from_this(), i](const util::Result<net::Response>& response) {
        self->take(i, response);
      });
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  void take(std::size_t index, const util::Result<net::Response>& response) {
    PeerAnswer answer;
    read_answer(response, answer);
    answer.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
    {
      const std::lock_guard lock(mutex_);
      answer.planner = std::move(answers_[index].planner);
      answer.url = std::move(answers_[index].url);
      answers_[index] = std::move(answer);
      if (--left_ > 0) return;
    }
    done_(std::move(answers_));
  }

  std::mutex mutex_;
  std::vector<PeerAnswer> answers_;
  std::size_t left_;
  const Clock::time_point began_;
  const std::function<void(std::vector<PeerAnswer>)> done_;
};

}  // namespace

std::vector<Peer> with_tags(const std::vector<Peer>& peers, const std::vector<std::string>& tags) {
  std::vector<Peer> chosen;
  for (const Peer& peer : peers) {
    const bool has_all = std::all_of(tags.begin(), tags.end(), [&](const std::string& tag) {
      return std::find(peer.tags.begin(), peer.tags.end(), tag) != peer.tags.end();
    });
    if (has_all) chosen.push_back(peer);
  }
  return chosen;
}

void ask_all(net::Client& client, const std::vector<Peer>& peers, const task::PlannerRequest& request,
             std::chrono::milliseconds limit, std::function<void(std::vector<PeerAnswer>)> done) {
  std::make_shared<AnswerCollector>(peers, std::move(done))->begin(client, question_json(request), limit);
}

data::Node to_node(const std::vector<PeerAnswer>& answers) {
  Node list = Node::array();
  for (const PeerAnswer& peer : answers) {
    Node node = Node::object();
    node.set("planner", Node::string(peer.planner));
    node.set("url", Node::string(peer.url));
    node.set("seconds", Node::number(static_cast<double>(peer.took.count()) / 1000));
    if (peer.answer) {
      node.set("answer", to_node(*peer.answer));
    } else {
      node.set("error", Node::string(peer.trouble));
    }
    list.push(std::move(node));
  }
  Node document = Node::object();
  document.set("answers", std::move(list));
  return document;
}

}  // namespace planner

#include "planner/ask_route.h"

#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

#include "planner/accepts.h"
#include "util/text.h"

namespace planner {
namespace {

/// Holds our own answer and the answers of the other planners. They arrive in any order; the response is sent when both
/// are there.
class Pair {
 public:
  Pair(std::shared_ptr<const http::Request> request, http::Reply reply)
      : request_(std::move(request)), reply_(std::move(reply)) {}

  void put_own(PeerAnswer answer) {
    send_once_whole([&] {
      if (!own_) own_ = std::move(answer);  // the first counts: our own answer, or the one that says it took too long
    });
  }
  void put_others(std::vector<PeerAnswer> answers) {
    send_once_whole([&] { others_ = std::move(answers); });
  }

 private:
  void send_once_whole(const std::function<void()>& put) {
    std::vector<PeerAnswer> all;
    {
      const std::lock_guard lock(mutex_);
      put();
      if (is_sent_ || !own_ || !others_) return;
      is_sent_ = true;
      all.push_back(*std::move(own_));
      std::move(others_->begin(), others_->end(), std::back_inserter(all));
    }
    auto response = planner_document(*request_, to_node(all), "planner-answers");
    if (!response.ok()) return reply_.send(*request_, response.error());
    reply_.send(*std::move(response));
  }

  const std::shared_ptr<const http::Request> request_;
  const http::Reply reply_;
  std::mutex mutex_;
  std::optional<PeerAnswer> own_;
  std::optional<std::vector<PeerAnswer>> others_;
  bool is_sent_ = false;
};

}  // namespace

void AskRoute::add_routes(http::Router& router) {
  router.add(http::Method::post, "/ask",
             question_route([this](const RequestPtr& request, const http::Reply& reply) { ask(request, reply); }));
}

void AskRoute::ask(const RequestPtr& request, const http::Reply& reply) {
  const auto question = read_question(*request);
  if (!question.ok()) return reply.send(*request, question.error());
  const auto pair = std::make_shared<Pair>(request, reply);
  const PeerAnswer own{options_.name, request->base_url + "/accepts", std::nullopt, {}, {}};
  const auto began = std::chrono::steady_clock::now();
  planner_.ask(*question, request->identity, request->base_url, [pair, own, began](Answer answer) {
    PeerAnswer told = own;
    told.answer = std::move(answer);
    told.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    pair->put_own(std::move(told));
  });
  PeerAnswer silent = own;
  silent.trouble = "no answer within " + std::to_string(options_.ask_limit.count()) + " s";
  silent.took = options_.ask_limit;
  loop_.post([&loop = loop_, limit = options_.ask_limit, pair = std::weak_ptr(pair), silent] {
    loop.after(limit, [pair, silent] {
      if (const auto waiting = pair.lock()) waiting->put_own(silent);
    });
  });
  task::PlannerRequest coerced = *question;
  const task::TaskType* type = planner_.catalogue().find_task_type(question->tasktype, request->base_url);
  if (type != nullptr && coerced.taskinfo) coerced.taskinfo = task::coerced_taskinfo(*type, *coerced.taskinfo);
  ask_all(client_, with_tags(options_.peers, question->tags), coerced, options_.ask_limit,
          [pair](std::vector<PeerAnswer> answers) { pair->put_others(std::move(answers)); });
}

}  // namespace planner

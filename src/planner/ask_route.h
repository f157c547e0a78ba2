// POST /ask: one question to every planner that is configured, and to this one; all answers together.
//
// Owner: main; outlives the server. Handlers run on HTTP workers and never block.
#pragma once

#include "http/router.h"
#include "planner/ask.h"
#include "planner/options.h"
#include "planner/planner.h"
#include "util/event_loop.h"

namespace planner {

class AskRoute {
 public:
  AskRoute(Planner& planner, const Options& options, net::Client& client, util::EventLoop& loop)
      : planner_(planner), options_(options), client_(client), loop_(loop) {}

  void add_routes(http::Router& router);

 private:
  using RequestPtr = std::shared_ptr<const http::Request>;

  void ask(const RequestPtr& request, const http::Reply& reply);

  Planner& planner_;
  const Options& options_;
  net::Client& client_;
  util::EventLoop& loop_;
};

}  // namespace planner

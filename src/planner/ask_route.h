// POST /ask: sends one question to every configured planner and to this one, and responds with all answers together.
//
// Owner: the service (service.cpp); it outlives the HTTP server. The handlers run on HTTP workers and never block.
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

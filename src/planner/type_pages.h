// The pages of task types and service types, at their canonical URIs. Administrators also see here which unknown task
// types were asked for.
//
// Owner: the service (service.cpp); it outlives the HTTP server. The handlers run on HTTP workers and never block, as
// they build their responses from memory.
#pragma once

#include "http/router.h"
#include "planner/planner.h"

namespace planner {

class TypePages {
 public:
  explicit TypePages(const Planner& planner) : planner_(planner) {}

  void add_routes(http::Router& router) const;

 private:
  const Planner& planner_;
};

}  // namespace planner

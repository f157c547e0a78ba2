// The pages of task types and service types, where their canonical URIs lead; and who asked for what is unknown.
//
// Owner: main; outlives the server. Handlers run on HTTP workers and never block: all is made at once, from memory.
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

// What applications tell of themselves: /apps lists them, /apps/{name} describes one, with its schema and its
// description document; and the static documents beside their job lists.
//
// Owner: main; outlives the server. Handlers run on HTTP workers and never block: all is made at once, from memory.
#pragma once

#include <memory>
#include <string>

#include "http/router.h"
#include "task/application.h"

namespace apps {

class Pages {
 public:
  explicit Pages(const task::Applications& applications) : applications_(applications) {}

  void add_routes(http::Router& router) const;

 private:
  using RequestPtr = std::shared_ptr<const http::Request>;

  void list(const RequestPtr& request, const http::Reply& reply) const;

  const task::Applications& applications_;
};

}  // namespace apps

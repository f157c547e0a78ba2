// HTTP routes of the pages about applications: /apps lists them; /apps/{name} describes one, and its JSON Schema and
// description document are below it. Also serves the static documents in the folders of their job lists.
//
// Owner: main. The pages outlive the server. Handlers run on HTTP workers and never block: they answer from memory.
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

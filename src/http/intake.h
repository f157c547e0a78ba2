// From a message's head to a request and its route, or to the answer that it gets without one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/framer.h"
#include "http/message.h"
#include "http/router.h"

namespace http {

struct Site;

/// The two ends of a connection.
struct Ends {
  std::string peer_address;
  std::string local_authority;  // "127.0.0.1:8080": for clients that send no Host
};

struct Intake {
  std::shared_ptr<Request> request;
  const Route* route = nullptr;
  std::optional<Response> answer;  // instead of a route
};

Intake take_in(const Site& site, const Ends& ends, MessageHead head, std::string request_id);

}  // namespace http

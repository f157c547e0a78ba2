// Makes a request with its route from a message's head, or the answer when no handler is needed (errors, OPTIONS).
// Called by the thread that parses the connection. Internal to the room.
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
struct ConnectionEnds {
  std::string peer_address;
  std::string local_authority;  // "127.0.0.1:8080": for clients that send no Host
};

struct RoutedRequest {
  std::shared_ptr<Request> request;
  const Route* route = nullptr;
  std::optional<Response> answer;  // set: it is sent, and no handler is called
};

RoutedRequest route_request(const Site& site, const ConnectionEnds& ends, MessageHead head, std::string request_id);

}  // namespace http

// Helpers for tests that wait for the end of a call. The program itself must never wait like this.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/address_policy.h"
#include "net/client.h"

namespace net::testing {

using namespace std::chrono_literals;

constexpr auto test_timeout = 20s;

class Outcome {
 public:
  Done done() const {
    return [promise = promise_](util::Result<Response> result) { promise->set_value(std::move(result)); };
  }
  bool arrived_within(std::chrono::milliseconds time) const {
    return future_.wait_for(time) == std::future_status::ready;
  }
  /// Waits for the response. It may be called only once.
  util::Result<Response> get() {
    if (arrived_within(test_timeout)) return future_.get();
    return util::Error::of(util::ErrorCode::internal, "the test waited in vain");
  }

 private:
  std::shared_ptr<std::promise<util::Result<Response>>> promise_ =
      std::make_shared<std::promise<util::Result<Response>>>();
  std::future<util::Result<Response>> future_ = promise_->get_future();
};

inline util::Result<Response> fetch(Client& client, Call call) {
  Outcome outcome;
  client.start(std::move(call), outcome.done());
  return outcome.get();
}

/// Makes a call that must fail, and returns its error.
inline util::Error failure(Client& client, Call call) {
  auto response = fetch(client, std::move(call));
  if (!response) return std::move(response).error();
  return util::Error::of(util::ErrorCode::internal, "the call did not fail");
}

inline Call get(std::string url) {
  Call call;
  call.url = std::move(url);
  return call;
}

inline std::shared_ptr<const AddressPolicy> allowing(const std::vector<std::string>& blocks) {
  return std::make_shared<AddressPolicy>(*AddressPolicy::create(blocks));
}

}  // namespace net::testing

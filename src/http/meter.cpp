#include "http/meter.h"

#include <algorithm>
#include <utility>

namespace http {

Meter::Meter(std::string method, std::string route)
    : method_(std::move(method)),
      route_(std::move(route)),
      took_(util::metrics().histogram("docker_uws_http_request_duration_seconds",
                                      "From a request's head to its answer's end, held WAITs and streams among them.",
                                      {{"method", method_}, {"route", route_}})) {}

void Meter::count(int status, std::chrono::nanoseconds took) {
  took_.observe(took);
  auto& slot = counters_[static_cast<std::size_t>(std::clamp(status, 100, 599) - 100)];
  util::Counter* counter = slot.load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &util::metrics().counter("docker_uws_http_requests_total", "Requests that were answered.",
                                       {{"method", method_}, {"route", route_}, {"status", std::to_string(status)}});
    slot.store(counter, std::memory_order_release);
  }
  counter->add();
}

Meter& Meter::unrouted() {
  static Meter meter("", "");
  return meter;
}

}  // namespace http

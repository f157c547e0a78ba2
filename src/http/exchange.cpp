#include "http/exchange.h"

#include <utility>

#include "http/connection.h"
#include "util/log.h"

namespace http {

Exchange::Exchange(std::shared_ptr<Connection> connection, std::uint64_t request_number)
    : connection_(std::move(connection)), request_number_(request_number) {}

Exchange::~Exchange() {
  if (answered_ || gone_) return;
  util::log_error("a request was left without an answer", {{"request", connection_->request_id()}});
  connection_->answer(request_number_, Response::text(500, "the service has a fault; it has been logged\n"));
}

void Exchange::send(Response response) {
  if (answered_.exchange(true)) {
    util::log_error("a second answer to one request was dropped", {{"status", response.status}});
    return;
  }
  std::function<void()> unneeded;
  {
    const std::lock_guard lock(mutex_);
    unneeded.swap(notice_);
  }
  connection_->answer(request_number_, std::move(response));
}

void Exchange::on_client_gone(std::function<void()> notice) {
  {
    const std::lock_guard lock(mutex_);
    if (answered_) return;
    if (!gone_) {
      notice_ = std::move(notice);
      return;
    }
  }
  notice();
}

void Exchange::client_left() {
  std::function<void()> notice;
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    if (!answered_) notice.swap(notice_);
  }
  if (notice) notice();
}

}  // namespace http

#include "http/sender.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <pthread.h>
#include <unistd.h>

namespace http {
namespace {

constexpr std::uint64_t wake_id = 0;  // the ids of connections begin at 1

}  // namespace

Sender::Sender() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (epoll_ < 0 || wake_ < 0) throw std::system_error(errno, std::generic_category(), "epoll");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = wake_id;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "http-send");
}

Sender::~Sender() {
  stop();
  ::close(epoll_);
  ::close(wake_);
}

void Sender::post(util::Task task) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    first = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (first) ::eventfd_write(wake_, 1);
}

void Sender::when_writable(int descriptor, std::uint64_t id, util::Task task) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  waiting_[id] = std::move(task);
  epoll_event event{};
  event.events = EPOLLOUT | EPOLLONESHOT;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) != 0) {
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }
}

void Sender::forget(std::uint64_t id) {
  util::Task dropped;  // destroyed after the lock is released, because it may own a connection
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  dropped = std::move(found->second);
  waiting_.erase(found);
}

void Sender::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(wake_, 1);
  if (thread_.joinable()) thread_.join();
}

void Sender::take_event(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  if (id == wake_id) {
    eventfd_t count = 0;
    ::eventfd_read(wake_, &count);
    return;
  }
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  tasks_.push_back(std::move(found->second));
  waiting_.erase(found);
}

void Sender::run() {
  // Other threads handle the signals. This blocks SIGPIPE, too, which sendfile may raise and has no flag to prevent.
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::array<epoll_event, 64> events{};
  bool more = false;
  while (true) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), more ? 0 : -1);
    for (int i = 0; i < count; ++i) take_event(events.at(static_cast<std::size_t>(i)).data.u64);
    util::Task task;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (!tasks_.empty()) {
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      more = !tasks_.empty();
    }
    if (!task) continue;
    task();
    const std::lock_guard lock(mutex_);
    more = !tasks_.empty();
  }
}

}  // namespace http

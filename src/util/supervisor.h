// What whoever started us is told: systemd's notification protocol (sd_notify(3)), a word on a datagram socket. Where
// nobody listens nothing happens. Any thread may call.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace util {

/// "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."; several with newlines between. False: nobody was told.
bool notify_supervisor(const std::string& state);

/// How often it wants to hear WATCHDOG=1 at least; nullopt: not at all.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace util

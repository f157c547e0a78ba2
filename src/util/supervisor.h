// The service's side of systemd's notification protocol (sd_notify(3)): it sends its state to the datagram socket that
// NOTIFY_SOCKET names. Without that variable nothing is sent. Any thread may call.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace util {

/// Sends `state`: "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..." or several of them, separated by newlines. False:
/// nothing was sent.
bool notify_supervisor(const std::string& state);

/// The longest time that systemd allows between two WATCHDOG=1; nullopt: systemd does not watch this process.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace util

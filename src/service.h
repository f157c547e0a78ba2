// The service: every room, made in the order in which they need each other, and taken down in the other.
#pragma once

#include <cstdint>
#include <memory>

#include "settings.h"
#include "util/result.h"

class Service {
 public:
  /// Opens the database and the blobs, which nobody else may have, and the port; takes up what an earlier life left,
  /// and serves.
  static util::Result<std::unique_ptr<Service>> start(const Settings& settings);
  ~Service();

  std::uint16_t port() const;

  /// For a watchdog: false when what was begun by the last call has not been done since. By one thread.
  bool is_alive();

  /// Answers what was taken, then stops. Containers go on; the next start finds them again.
  void drain();

 private:
  Service();
  struct Rooms;
  std::unique_ptr<Rooms> rooms_;
};

// The service: makes the objects of every room (folder of src/) in the order of their dependencies, and stops them in
// drain(). Owner: main(), whose thread makes all calls.
#pragma once

#include <cstdint>
#include <memory>

#include "settings.h"
#include "util/result.h"

class Service {
 public:
  /// Opens the database, the blob folder and the port, takes up the runs of an earlier process, and serves requests.
  /// Fails when another installation uses the blob folder; with SQLite, when any other process uses it.
  static util::Result<std::unique_ptr<Service>> start(const Settings& settings);
  ~Service();

  std::uint16_t port() const;

  /// For the supervisor's watchdog. Posts a task to the executor's loop; returns false while the task that an earlier
  /// call posted has not run. Called by one thread only.
  bool is_alive();

  /// Answers the requests that were accepted, then stops. Containers keep running; the next start takes up their runs.
  void drain();

 private:
  Service();
  struct Rooms;
  std::unique_ptr<Rooms> rooms_;
};

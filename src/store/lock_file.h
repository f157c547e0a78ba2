// A lock file: it keeps other processes from using a resource, and tells them which process uses it.
//
// The lock is an open file description lock of fcntl(2), which the kernel releases when its process ends in any way.
// The file's text serves messages, and names the group that may share the lock. The file is never removed: otherwise
// two processes could lock two different files of the same name. Owner: the code that uses the resource. Any thread may
// call.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "util/result.h"

namespace store {

class LockFile {
 public:
  struct Use {
    std::string what;  // the locked resource, for messages: "the blob folder /srv/blobs"
    /// Processes that give the same group share the resource; empty: it is not shared.
    std::string group{};
  };
  /// A time by the clock of the file system of the lock file. For a network file system that is another machine's
  /// clock.
  using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

  /// `conflict` when another process has the lock; the message says which. Never waits for the lock to be released.
  static util::Result<std::unique_ptr<LockFile>> take(const std::string& path, const Use& use);
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  /// True when no other process of the group had the lock when this one took it.
  bool was_alone() const { return was_alone_; }
  Time taken_at() const { return taken_at_; }

 private:
  explicit LockFile(int file) : file_(file) {}
  util::Status lock(const std::string& path, const Use& use);
  util::Status lock_use(const std::string& path, const Use& use);

  const int file_;
  bool was_alone_ = false;
  Time taken_at_{};
};

/// Locks a blob folder. Services on the same PostgreSQL database may share a folder. `installation`: the installation
/// id on PostgreSQL, empty on SQLite.
util::Result<std::unique_ptr<LockFile>> lock_blob_folder(const std::string& folder, const std::string& installation);

}  // namespace store

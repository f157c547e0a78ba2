// A file that keeps other processes out of what stands beside it, and tells them who is in.
//
// The lock is the kernel's (an open file description lock of fcntl(2)): it is gone with its process, however that ends.
// The text in the file is only for people. The file stays: who removed it could lock another one than the next who
// comes. Owner: whoever uses what is locked. Any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "util/result.h"

namespace store {

class LockFile {
 public:
  struct Use {
    std::string what;  // is locked, for messages: "the blob folder /srv/blobs"
    /// Whoever gives the same may use it too; empty: nobody else may.
    std::string group{};
  };
  /// Of the file system that the file is on, which is not this machine's where that is another machine's disk.
  using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

  /// `conflict` when somebody else has it: the message says who. Never waits for him.
  static util::Result<std::unique_ptr<LockFile>> take(const std::string& path, const Use& use);
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  /// When it was taken; nobody else of the group had it then.
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

/// Keeps others out of a blob folder. Services on one PostgreSQL may share one: they give its installation's id, on
/// SQLite nothing.
util::Result<std::unique_ptr<LockFile>> lock_blob_folder(const std::string& folder, const std::string& installation);

}  // namespace store

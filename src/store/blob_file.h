// One blob's file: its writer and its readers. Internal to the room.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/blob_listing.h"
#include "store/blob_store.h"

namespace store {

/// A file descriptor that closes itself.
class File {
 public:
  explicit File(int number) : number_(number) {}
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  File(File&& other) noexcept;
  File& operator=(File&&) = delete;

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  /// Tells what close(2) tells; 0 is success.
  int close();

 private:
  int number_;
};

/// "ab/abcdefghijklmnopqrstuvwxyz": within the store's folder.
std::string blob_path(const BlobId& id);

/// `folder` is shared with the store: a writer may outlive it.
util::Result<std::unique_ptr<BlobWriter>> create_blob(std::shared_ptr<const File> folder, std::uint64_t limit_bytes);

std::unique_ptr<util::ByteSource> read_blob(File file, std::uint64_t offset, std::uint64_t length);

}  // namespace store

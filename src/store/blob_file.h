// The file of a blob: its writer and its readers. Internal to the room. Each object is used by one thread at a time.
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
  /// Closes the file. Returns the errno of close(2); 0: success.
  int close();

 private:
  int number_;
};

/// The path of the file within the store's folder: "ab/abcdefghijklmnopqrstuvwxyz".
std::string blob_path(const BlobId& id);

/// `folder`: shared with the store, because a writer may outlive the store.
util::Result<std::unique_ptr<BlobWriter>> create_blob(std::shared_ptr<const File> folder, std::uint64_t limit_bytes);

std::unique_ptr<util::ByteSource> read_blob(File file, std::uint64_t offset, std::uint64_t length);

}  // namespace store

// A tar archive that is generated while it is read: folders, and files whose bytes come from sources that are opened
// one at a time. For one reader; read() may block on a local disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "docker/engine.h"
#include "util/bytes.h"
#include "util/result.h"

namespace docker {

struct TarItem {
  std::string path;  // relative, without a slash at either end
  UserIds owner;
  bool is_folder = false;
  std::uint64_t size_bytes = 0;
  std::function<util::Result<std::unique_ptr<util::ByteSource>>()> open;  // opens the content of a file
  std::uint32_t mode = 0644;                                              // permissions of a file
};

class TarSource : public util::ByteSource {
 public:
  explicit TarSource(std::vector<TarItem> items);

  std::uint64_t size() const override { return size_; }
  util::Result<std::size_t> read(char* buffer, std::size_t capacity) override;

  /// Why read() failed, for a caller that does not see the result of read(). Must not be called while read() may run.
  const std::optional<util::Error>& error() const { return error_; }

 private:
  util::Status advance();
  util::Result<std::size_t> read_content(char* buffer, std::size_t capacity);

  std::vector<TarItem> items_;
  std::uint64_t size_ = 0;
  std::size_t next_ = 0;
  bool ended_ = false;
  std::string pending_;  // headers and padding
  std::size_t pending_read_ = 0;
  std::unique_ptr<util::ByteSource> content_;
  std::uint64_t content_left_ = 0;
  std::optional<util::Error> error_;
};

}  // namespace docker

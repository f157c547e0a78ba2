// Where the bytes of a request's body go, by what its route takes (BodyKind).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "http/message.h"
#include "http/router.h"
#include "util/result.h"

namespace http {

struct BodyLimits {
  std::size_t parameters = 10'000;
  std::uint64_t document_bytes = 1U << 20U;
  std::uint64_t upload_bytes = 4ULL << 30U;
};

class BodyReader {
 public:
  virtual ~BodyReader() = default;
  virtual util::Status write(std::string_view bytes) = 0;
  /// Puts what the route wants into the request. Where files were written, it waits for the disk.
  virtual util::Status finish() = 0;
  virtual bool has_files() const = 0;
  /// The longest body that can be taken.
  virtual std::uint64_t limit() const = 0;
  /// How much of it is in memory.
  virtual std::uint64_t buffered() const = 0;
};

/// Asked once, before the first file of a request has a place. Its errors refuse the request.
using OpenUpload = std::function<util::Status()>;

/// For a request whose head is complete, before its first body byte. Sets Request::media_type. `request` and `route`
/// must outlive the reader. Errors: a body that the route cannot take (415, 413, 400).
util::Result<std::unique_ptr<BodyReader>> make_body_reader(Request& request, const Route& route,
                                                           const BodyLimits& limits, OpenUpload open_upload);

util::Error body_too_large(std::uint64_t limit);

}  // namespace http

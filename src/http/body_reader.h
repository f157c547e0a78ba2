// Reads the body of one request and puts it where the route's BodyKind wants it. Owned by the connection, which calls
// it from one thread at a time. Errors refuse the request.
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
  /// Completes the request. If files were written, waits until they are on the disk.
  virtual util::Status finish() = 0;
  virtual bool has_files() const = 0;
  /// The longest body that is accepted, in bytes.
  virtual std::uint64_t limit() const = 0;
  /// How many bytes of the body are in memory.
  virtual std::uint64_t buffered() const = 0;
};

/// Called once per request, before the sink of its first file is made. Its errors refuse the request.
using OpenUpload = std::function<util::Status()>;

/// Makes the reader for a request whose head is complete, before its first body byte. Sets Request::media_type.
/// `request` and `route` must outlive the reader. Errors: a body that the route does not accept (415, 413, 400).
util::Result<std::unique_ptr<BodyReader>> make_body_reader(Request& request, const Route& route,
                                                           const BodyLimits& limits, OpenUpload open_upload);

util::Error body_too_large(std::uint64_t limit);

}  // namespace http

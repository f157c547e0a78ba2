// HTTP responses with blobs: results and uploads. Users wrote them, so browsers must never run them as pages of this
// service (U7). Any thread may call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "uws/core/job.h"
#include "uws/core/stored_bytes.h"

namespace uws::rest {

struct StoredFile {
  store::BlobId blob;
  std::string file_name;
  std::string media_type;
  std::uint64_t size_bytes = 0;
  std::string sha256;  // 64 hex digits, or empty
  std::optional<util::Instant> modified = {};
};

/// `end_time` of the job becomes `modified`.
StoredFile stored(const ResultEntry& result, std::optional<util::Instant> end_time);
StoredFile stored(const Parameter& upload);
/// The upload of exactly that name, else of that name in another case; null if there is none.
const Parameter* find_upload(const std::vector<Parameter>& parameters, std::string_view name);

/// The ETag, with its quotes.
std::string etag_of(const StoredFile& what);
/// The response with the blob, with support for ranges and with ETag, Last-Modified and Digest.
http::Response stored_content(const http::Request& request, const StoredBytes& bytes, const StoredFile& what);

/// The value of Content-Type. Plain text without a charset is served as UTF-8, because most of it is, and browsers
/// would guess another charset.
std::string served_type(const std::string& media_type);
/// Sets headers that protect browsers: nosniff, a sandbox, and `attachment` for types that a browser could run. The
/// file name is given in both forms of RFC 6266: in UTF-8, and in ASCII for old clients.
void protect(http::Response& response, const std::string& media_type, const std::string& file_name);

}  // namespace uws::rest

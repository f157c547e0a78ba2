// Blobs as answers: results and uploads, which strangers wrote and which must never run as a page of ours (U7).
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

struct Stored {
  store::BlobId blob;
  std::string file_name;
  std::string media_type;
  std::uint64_t size_bytes = 0;
  std::string sha256;  // 64 hex digits, or empty
  std::optional<util::Instant> modified = {};
};

/// Of a job that ended then.
Stored stored(const ResultEntry& result, std::optional<util::Instant> end_time);
Stored stored(const Parameter& upload);
/// The one of that name, if need be without case; null: there is none.
const Parameter* find_upload(const std::vector<Parameter>& parameters, std::string_view name);

/// Quoted.
std::string etag_of(const Stored& what);
/// With ranges, ETag, Last-Modified and Digest.
http::Response stored_content(const http::Request& request, const StoredBytes& bytes, const Stored& what);

/// As Content-Type: plain text that does not say how it is written is UTF-8, as most is; browsers would guess
/// otherwise.
std::string served_type(const std::string& media_type);
/// nosniff, a sandbox, and attachment where a browser would run what it gets. The file's name is told in both forms of
/// RFC 6266: as it is, and, for who reads only that, in ASCII.
void protect(http::Response& response, const std::string& media_type, const std::string& file_name);

}  // namespace uws::rest

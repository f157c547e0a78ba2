// Which representation, which range, whether at all: Accept, If-None-Match, Range (RFC 9110).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "util/bytes.h"
#include "util/result.h"
#include "util/time.h"

namespace http {

/// The quality (0 to 1000) that an Accept value gives to a media type; 1000 for all without Accept. Garbage in Accept
/// is ignored piece by piece.
int quality(std::optional<std::string_view> accept, std::string_view media_type);

/// Index of the offer of highest quality, the earlier one of equals; nullopt when all are unwanted.
std::optional<std::size_t> negotiate(std::optional<std::string_view> accept,
                                     const std::vector<std::string_view>& offers);

/// True when the client prefers JSON to XML and text: Accept, or RESPONSEFORMAT=json in the query or form (U61).
bool wants_json(const Request& request);

/// True when Accept names server-sent events and nothing more wanted.
bool wants_events(const Request& request);

/// Weak comparison of If-None-Match with `etag` (quoted), or "*".
bool none_match_holds(const Request& request, std::string_view etag);

/// As HTTP writes it (section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(util::Instant instant);
/// If-Modified-Since says so, and there is no If-None-Match that counts instead (section 13.1.3). What is no date in
/// HTTP's preferred form is ignored.
bool is_unmodified(const Request& request, util::Instant modified);
/// If-Match, by strong comparison with `etag` (empty: there is none), or else If-Unmodified-Since says that this is not
/// what the client wants (sections 13.1.1 and 13.1.4): 412.
bool is_another(const Request& request, std::string_view etag, std::optional<util::Instant> modified);

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
enum class RangeOutcome { whole, part, unsatisfiable };
struct RangeAnswer {
  RangeOutcome outcome = RangeOutcome::whole;
  ByteRange range;
};
/// One range of `bytes`; several, or a malformed one, or an If-Range that does not match mean the whole.
RangeAnswer range_of(const Request& request, std::uint64_t size, std::optional<std::string_view> etag);

}  // namespace http

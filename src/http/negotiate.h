// Content negotiation, conditional requests and ranges: Accept, If-None-Match, Range and others (RFC 9110). Any thread
// may call.
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

/// The quality (0 to 1000) that an Accept value gives to a media type; 1000 without Accept. Malformed pieces of Accept
/// are ignored.
int quality(std::optional<std::string_view> accept, std::string_view media_type);

/// The index of the offer with the highest quality, the first of equal ones; nullopt when the client accepts none.
std::optional<std::size_t> negotiate(std::optional<std::string_view> accept,
                                     const std::vector<std::string_view>& offers);

/// True when the client prefers JSON to XML, text and HTML, by Accept or RESPONSEFORMAT=json in query or form (U61).
bool wants_json(const Request& request);

/// True when Accept names server-sent events and prefers neither XML nor JSON to them.
bool wants_events(const Request& request);

/// True when If-None-Match is "*" or has an entry that equals `etag` (quoted) by weak comparison.
bool none_match_holds(const Request& request, std::string_view etag);

/// An instant in HTTP's preferred format (section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(util::Instant instant);
/// True when If-Modified-Since is not before `modified`. False with If-None-Match, which takes precedence (section
/// 13.1.3). A date that is not in HTTP's preferred format is ignored.
bool is_unmodified(const Request& request, util::Instant modified);
/// True when the answer must be 412: no entry of If-Match equals `etag` (empty: there is none) by strong comparison,
/// or, without If-Match, If-Unmodified-Since is before `modified` (sections 13.1.1 and 13.1.4).
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
/// Understands a single range of `bytes`. Several ranges, a malformed range, or an If-Range that does not match mean
/// the whole content.
RangeAnswer range_of(const Request& request, std::uint64_t size, std::optional<std::string_view> etag);

}  // namespace http

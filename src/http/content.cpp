#include "http/content.h"

#include "http/negotiate.h"
#include "http/problem.h"

namespace http {
namespace {

/// For HEAD: has a size, but no bytes.
class SizeOnly : public util::ByteSource {
 public:
  explicit SizeOnly(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  util::Result<std::size_t> read(char*, std::size_t) override { return std::size_t{0}; }

 private:
  std::uint64_t size_;
};

}  // namespace

Response another_version(const Request& request, const std::string& etag) {
  return problem(request,
                 util::Error::of(util::ErrorCode::conflict,
                                 util::Fault{"If-Match, If-None-Match, If-Unmodified-Since", "this is another version",
                                             etag.empty() ? "a request without them" : etag}),
                 412);
}

Response content_response(const Request& request, const Content& content) {
  Response response;
  if (!content.etag.empty()) response.headers.add("ETag", content.etag);
  if (content.modified) response.headers.add("Last-Modified", http_date(*content.modified));
  response.headers.add("Accept-Ranges", "bytes");
  if (is_another(request, content.etag, content.modified)) {
    return another_version(request, content.etag);
  }
  const bool has_it = (!content.etag.empty() && none_match_holds(request, content.etag)) ||
                      (content.modified && is_unmodified(request, *content.modified));
  if (has_it) {
    response.status = 304;
    return response;
  }
  const auto etag = content.etag.empty() ? std::nullopt : std::optional<std::string_view>(content.etag);
  // Range is defined for GET only (RFC 9110 section 14.2).
  const RangeAnswer answer = request.method == Method::get ? range_of(request, content.size, etag)
                                                           : RangeAnswer{RangeOutcome::whole, {0, content.size}};
  const std::string size = std::to_string(content.size);
  if (answer.outcome == RangeOutcome::unsatisfiable) {
    Response refusal = problem(
        request,
        util::Error::of(util::ErrorCode::invalid_argument,
                        util::Fault{"Range", "begins behind the last byte", "a range within " + size + " bytes"}),
        416);
    refusal.headers.add("Content-Range", "bytes */" + size);
    return refusal;
  }
  const ByteRange& range = answer.range;
  response.headers.add("Content-Type", content.media_type);
  if (answer.outcome == RangeOutcome::part) {
    response.status = 206;
    response.headers.add("Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                                              std::to_string(range.offset + range.length - 1) + "/" + size);
  }
  if (request.method == Method::head) {
    response.source = std::make_shared<SizeOnly>(content.size);
    return response;
  }
  auto source = content.open(range.offset, range.length);
  if (!source.ok()) return problem(request, source.error());
  response.source = std::move(source).value();
  return response;
}

}  // namespace http

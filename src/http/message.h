// The request and the response, for every room that answers HTTP. Plain values, independent of Pistache and Beast.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/bytes.h"
#include "util/result.h"
#include "util/time.h"
#include "util/trace.h"

namespace http {

enum class Method { get, head, post, put, delete_, options };
std::string_view to_string(Method method);

/// Header fields. Names are compared without regard to case; several fields of one name are kept in order.
class Headers {
 public:
  void add(std::string name, std::string value);
  /// Replaces all fields of that name.
  void set(std::string name, std::string value);
  /// The value of the first field of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Decoded name/value pairs in the order they came, repeated names kept.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// The caller; without `user` he is anonymous. Names of users and groups are compared byte by byte and are valid in XML
/// and in header fields. Names from different sources are never equal (identity/names.h).
struct Identity {
  std::optional<std::string> user{};
  std::vector<std::string> groups{};
  bool administrator = false;
  bool anonymous() const { return !user.has_value(); }
};

/// A file of a multipart body, after its last byte. Its bytes were written to the sink that the route made.
struct UploadedPart {
  std::string name;
  std::string file_name;   // as sent; may be empty; never a path to trust
  std::string media_type;  // as sent; application/octet-stream when absent
  std::uint64_t size_bytes = 0;
  std::shared_ptr<util::ByteSink> sink;
};

struct Response;
/// Makes the document for an error from its status and its text.
using ProblemForm = Response (*)(int status, std::string_view text);

struct Request {
  std::string id;  // made by the server, for logs and X-Request-Id
  Method method = Method::get;
  std::string path;                                // decoded, without query and without a trailing slash
  std::map<std::string, std::string> path_values;  // for "{id}" and the like in the route's pattern, decoded
  Pairs query;
  Headers headers;
  Identity identity;
  std::string peer_address;  // of the client, or of the nearest proxy that is not trusted
  /// The peer is not a trusted proxy, but says that it forwards the request: peer_address is not the client's.
  bool came_through_stranger = false;
  std::optional<util::Trace> trace;  // from the client's traceparent
  /// The scheme and authority that the client used, without a trailing slash: "https://uws.example.org" (U60), with the
  /// path prefix of a proxy. From Host, or from the forwarded headers of a trusted proxy. If public URLs are
  /// configured, one of them.
  std::string base_url;
  // Copied from the route.
  ProblemForm problem_form = nullptr;
  bool takes_response_format = true;

  // The body, as the route's BodyKind says.
  Pairs form;                       // urlencoded, or multipart's plain fields
  std::vector<UploadedPart> parts;  // multipart's files
  std::string media_type;           // of the body, lower case, without parameters; empty without a body
  std::string body;                 // for BodyKind::document, a small BodyKind::value, or a form of another media type
  std::shared_ptr<util::ByteSink> sink;  // where the bytes of BodyKind::stream, or of a larger value, were written
  std::uint64_t body_size_bytes = 0;

  std::optional<std::string_view> query_value(std::string_view name) const;  // the first of that name, in any case
};

/// A body that grows while it is sent: followed logs, server-sent events. The server calls pull() from one thread at a
/// time, and again after each wake.
class LiveBody {
 public:
  virtual ~LiveBody() = default;
  struct Piece {
    std::string bytes;
    bool ended = false;
    bool failed = false;  // the connection is then cut, so that the client does not take the body for complete
  };
  /// The bytes that are available now, at most `capacity`. If there are none and the body has not ended, the server
  /// calls again after a wake. Must not block for longer than a read from a local disk.
  virtual Piece pull(std::size_t capacity) = 0;
  /// Sets the function that the body calls when more bytes are available. Any thread may call `wake`, also after the
  /// client has left.
  virtual void on_more(std::function<void()> wake) = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  /// Set instead of `body`. Its size() becomes the Content-Length; the server's sending thread reads it as fast as the
  /// client takes the bytes.
  std::shared_ptr<util::ByteSource> source;
  /// Set instead of `body` and `source`: sent chunked (in HTTP/1.0 until the connection closes).
  std::shared_ptr<LiveBody> live;

  static Response text(int status, std::string body);
  static Response of(int status, std::string media_type, std::string body);
  /// 303. `location`: an absolute URL.
  static Response see_other(std::string location);
};

}  // namespace http

// What a request and a response are, for every room that answers HTTP. Plain values; no Pistache, no Beast.
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

/// Names compare without case; several fields of one name are kept in order.
class Headers {
 public:
  void add(std::string name, std::string value);
  /// Replaces all of that name.
  void set(std::string name, std::string value);
  /// The first of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Decoded name/value pairs in the order they came, repeated names kept.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Who asks. No name: anonymous. Names of users, and of groups, compare byte by byte, and are text that XML and a
/// header can carry; those of different sources never meet (identity/names.h).
struct Identity {
  std::optional<std::string> user{};
  std::vector<std::string> groups{};
  bool administrator = false;
  bool anonymous() const { return !user.has_value(); }
};

/// An uploaded part of a multipart body, after its last byte. Its bytes are where the route's sink put them.
struct UploadedPart {
  std::string name;
  std::string file_name;   // as sent; may be empty; never a path to trust
  std::string media_type;  // as sent; application/octet-stream when absent
  std::uint64_t size_bytes = 0;
  std::shared_ptr<util::ByteSink> sink;
};

struct Response;
/// An error as a document, of its status and its text.
using ProblemForm = Response (*)(int status, std::string_view text);

struct Request {
  std::string id;  // ours, for logs and X-Request-Id
  Method method = Method::get;
  std::string path;                                // decoded, without query; a trailing slash is cut
  std::map<std::string, std::string> path_values;  // "{id}" of the route, decoded
  Pairs query;
  Headers headers;
  Identity identity;
  std::string peer_address;  // of the client, as a trusted proxy tells it
  /// Somebody who is not trusted says that it comes from elsewhere: the address is not the client's.
  bool came_through_stranger = false;
  std::optional<util::Trace> trace;  // what the client's traceparent says
  /// Scheme and authority the client addressed, without a trailing slash: "https://uws.example.org" (U60). From Host,
  /// or the forwarded headers of a trusted proxy; one of the public URLs where these are configured.
  std::string base_url;
  // As the route says.
  ProblemForm problem_form = nullptr;
  bool takes_response_format = true;

  // The body, by what the route takes (BodyKind).
  Pairs form;                       // urlencoded, or multipart's plain fields
  std::vector<UploadedPart> parts;  // multipart's files
  std::string media_type;           // of the body, lower case, without parameters; empty without a body
  std::string body;                 // BodyKind::document, a small value, and a form-taking route's body of another type
  std::shared_ptr<util::ByteSink> sink;  // BodyKind::stream, and a value that is not small: where the bytes went
  std::uint64_t body_size_bytes = 0;

  std::optional<std::string_view> query_value(std::string_view name) const;  // first of that name, without case
};

/// A body that grows while it is sent: logs that are followed, server-sent events.
/// The server calls pull() from one thread at a time, and again after each wake.
class LiveBody {
 public:
  virtual ~LiveBody() = default;
  struct Piece {
    std::string bytes;
    bool ended = false;
    bool failed = false;  // the connection is cut, so that nobody takes what came for all of it
  };
  /// What there is now, at most `capacity` bytes; empty and not ended: call again after wake. Must not block beyond a
  /// local disk read.
  virtual Piece pull(std::size_t capacity) = 0;
  /// `wake` may be called from any thread, also after the client left; it is dropped with the body.
  virtual void on_more(std::function<void()> wake) = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  /// Instead of body: Content-Length is its size; read as the client takes it, on the server's sending thread.
  std::shared_ptr<util::ByteSource> source;
  /// Instead of both: chunked, until it ends.
  std::shared_ptr<LiveBody> live;

  static Response text(int status, std::string body);
  static Response of(int status, std::string media_type, std::string body);
  /// 303 with Location (absolute).
  static Response see_other(std::string location);
};

}  // namespace http

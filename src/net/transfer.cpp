#include "net/transfer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <new>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/address_policy.h"
#include "net/url.h"
#include "util/log.h"
#include "util/text.h"

namespace net {
namespace {

constexpr long most_redirects = 5;
constexpr std::size_t most_header_bytes = 256U << 10U;
constexpr std::chrono::milliseconds longest_turn{2};
constexpr auto longest_timeout = std::chrono::hours{24 * 20};  // libcurl counts milliseconds in 32 bits

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  curl_easy_setopt(easy, option, value);
}

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return util::is_alnum(c) || marks.find(c) != std::string_view::npos;
  });
}

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

util::Error senseless(std::string input, std::string reason, std::string accepted) {
  return util::Error::of(util::ErrorCode::invalid_argument,
                         util::Fault{std::move(input), std::move(reason), std::move(accepted)});
}

long milliseconds(std::chrono::milliseconds time) {
  using std::chrono::milliseconds;
  return static_cast<long>(std::clamp<milliseconds>(time, milliseconds{1}, longest_timeout).count());
}

std::string shown_time(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

std::optional<std::string> numeric(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const void* raw = nullptr;
  if (address.sa_family == AF_INET) {
    std::memcpy(&v4, &address, sizeof v4);
    raw = &v4.sin_addr;
  } else if (address.sa_family == AF_INET6) {
    std::memcpy(&v6, &address, sizeof v6);
    raw = &v6.sin6_addr;
  } else {
    return std::nullopt;
  }
  if (inet_ntop(address.sa_family, raw, text.data(), text.size()) == nullptr) return std::nullopt;
  return std::string(text.data());
}

}  // namespace

Transfer::Transfer(Call call, Done done, std::shared_ptr<CallEnd> end)
    : call_(std::move(call)), done_(std::move(done)), end_(std::move(end)) {}

Transfer::~Transfer() = default;

// ---- Before the call

util::Status Transfer::prepare(CURL* easy, std::vector<const CallEnd*>& yielded) {
  easy_ = easy;
  yielded_ = &yielded;
  RETURN_IF_ERROR(check());
  RETURN_IF_ERROR(set_headers());
  set_basics();
  set_method();
  if (call_.policy) set_policy();
  return {};
}

util::Status Transfer::check() const {
  if (!is_token(call_.method)) return senseless("method", "is not an HTTP method", "GET, POST and the like");
  if (call_.method == "HEAD" && (call_.body_source || !call_.body.empty())) {
    return senseless("body", "HEAD carries no body", "an empty body");
  }
  if (call_.policy) {
    if (!call_.unix_socket.empty()) {
      return util::Error::of(util::ErrorCode::forbidden, "a unix socket is not reached under an address policy");
    }
    return call_.policy->check_url(call_.url);
  }
  ASSIGN_OR_RETURN(const Url url, parse_url(call_.url));
  if (is_http(url.scheme)) return {};
  return senseless("url", "scheme '" + util::for_display(url.scheme) + "' is not spoken", "http and https");
}

util::Status Transfer::set_headers() {
  bool has_type = false;
  const auto add = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(header_list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(header_list_.release());
    header_list_.reset(longer);
  };
  for (const auto& [name, value] : call_.headers) {
    if (!is_token(name))
      return senseless(util::for_display(name), "is not a header's name", "letters, digits and hyphens");
    if (!is_header_value(value)) return senseless(name, "holds a control character", "one line of text");
    if (util::iequals(name, "content-length")) return senseless(name, "is made from the body", "no such header");
    if (util::iequals(name, "transfer-encoding")) {
      if (!call_.body_source || !util::iequals(value, "chunked")) {
        return senseless(name, "is not understood here", "'chunked', with a body source");
      }
      chunked_ = true;
    }
    has_type = has_type || util::iequals(name, "content-type");
    std::string line = name;
    add(util::trim(value).empty() ? line.append(";") : line.append(": ").append(value));
  }
  add("Expect:");
  if (!has_type) add("Content-Type:");
  set(easy_, CURLOPT_HTTPHEADER, header_list_.get());
  return {};
}

void Transfer::set_basics() {
  set(easy_, CURLOPT_PRIVATE, this);
  set(easy_, CURLOPT_URL, call_.url.c_str());
  if (!call_.unix_socket.empty()) set(easy_, CURLOPT_UNIX_SOCKET_PATH, call_.unix_socket.c_str());
  set(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy_, CURLOPT_USERAGENT, "docker-uws");
  set(easy_, CURLOPT_PROXY, "");  // ignores proxies that the environment names
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  set(easy_, CURLOPT_QUICK_EXIT, 1L);  // ending a call does not wait for a name server
  set(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(call_.connect_timeout));
  if (call_.timeout) set(easy_, CURLOPT_TIMEOUT_MS, milliseconds(*call_.timeout - waited_));
  set(easy_, CURLOPT_ERRORBUFFER, curl_message_);
  set(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy_, CURLOPT_HEADERDATA, this);
  set(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_write);
  set(easy_, CURLOPT_WRITEDATA, this);
}

void Transfer::set_method() {
  const std::string& method = call_.method;
  std::string_view implied = "GET";
  if (call_.body_source) {
    implied = "PUT";
    left_to_send_ = chunked_ ? 0 : call_.body_source->size();
    set(easy_, CURLOPT_UPLOAD, 1L);
    set(easy_, CURLOPT_INFILESIZE_LARGE, chunked_ ? curl_off_t{-1} : static_cast<curl_off_t>(left_to_send_));
    set(easy_, CURLOPT_READFUNCTION, &Transfer::on_read);
    set(easy_, CURLOPT_READDATA, this);
  } else if (!call_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    implied = "POST";
    set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_.body.size()));
    set(easy_, CURLOPT_POSTFIELDS, call_.body.c_str());
  } else if (method == "HEAD") {
    implied = "HEAD";
    set(easy_, CURLOPT_NOBODY, 1L);
  }
  if (method != implied) set(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
}

void Transfer::set_policy() {
  set(easy_, CURLOPT_FOLLOWLOCATION, 1L);
  set(easy_, CURLOPT_MAXREDIRS, most_redirects);
  set(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(easy_, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(easy_, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
  set(easy_, CURLOPT_OPENSOCKETDATA, this);
  // A reused connection opens no socket, and may have been made without a policy or under another one.
  set(easy_, CURLOPT_PREREQFUNCTION, &Transfer::on_connected);
  set(easy_, CURLOPT_PREREQDATA, this);
}

// ---- Callbacks of curl: no exception may leave them

std::size_t Transfer::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  try {
    if (transfer->take_header({bytes, size * count})) return size * count;
  } catch (const std::exception& e) {
    transfer->fail(util::ErrorCode::internal, e.what());
  }
  return 0;
}

std::size_t Transfer::on_write(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  try {
    if (transfer->is_turn_over()) {
      transfer->yielded_->push_back(transfer->end());
      return CURL_WRITEFUNC_PAUSE;
    }
    if (transfer->take_data({bytes, size * count})) return size * count;
  } catch (const std::exception& e) {
    transfer->fail(util::ErrorCode::internal, e.what());
  }
  return CURL_WRITEFUNC_ERROR;
}

std::size_t Transfer::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  try {
    return transfer->give_data(buffer, size * count);
  } catch (const std::exception& e) {
    transfer->fail(util::ErrorCode::internal, e.what());
  }
  return CURL_READFUNC_ABORT;
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype, struct curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(self);
  try {
    const auto text = numeric(address->addr);
    if (!text) return CURL_SOCKET_BAD;
    if (auto allowed = transfer->call_.policy->check(*text); !allowed) {
      transfer->refused_ = std::move(allowed).error();
      return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  } catch (const std::exception& e) {
    transfer->fail(util::ErrorCode::internal, e.what());
  }
  return CURL_SOCKET_BAD;
}

int Transfer::on_connected(void* self, char* peer, char*, int, int) {
  auto* transfer = static_cast<Transfer*>(self);
  try {
    auto allowed = transfer->call_.policy->check(peer == nullptr ? "" : peer);
    if (allowed) return CURL_PREREQFUNC_OK;
    transfer->fail(util::ErrorCode::forbidden, transfer->target() + ": " + allowed.error().message);
  } catch (const std::exception& e) {
    transfer->fail(util::ErrorCode::internal, e.what());
  }
  return CURL_PREREQFUNC_ABORT;
}

// ---- During the call

bool Transfer::fail(util::ErrorCode code, std::string message) {
  if (!error_) error_ = util::Error::of(code, std::move(message));
  return false;
}

bool Transfer::take_header(std::string_view line) {
  if (end_->cancelled()) return false;
  if (answer_begun_) return true;  // trailers
  if (line.substr(0, 5) == "HTTP/") {
    response_.headers.clear();
    header_bytes_ = 0;
    head_ended_ = false;
    return true;
  }
  header_bytes_ += line.size();
  if (header_bytes_ > most_header_bytes) {
    return fail(util::ErrorCode::too_large,
                "the headers of the answer of " + target() + " exceed " + std::to_string(most_header_bytes) + " bytes");
  }
  const bool continues = line.front() == ' ' || line.front() == '\t';
  const auto colon = line.find(':');
  const std::string_view text = util::trim(line);
  if (text.empty()) return end_of_head();
  if (continues && !response_.headers.empty()) {
    response_.headers.back().second.append(" ").append(text);
  } else if (colon != std::string_view::npos) {
    response_.headers.emplace_back(util::to_lower(util::trim(line.substr(0, colon))),
                                   util::trim(line.substr(colon + 1)));
  }
  return true;
}

bool Transfer::end_of_head() {
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &response_.status);
  if (response_.status < 200) return true;
  head_ended_ = true;
  const std::string* location = response_.header("location");
  const bool followed = call_.policy && response_.status >= 300 && response_.status < 400 && location != nullptr;
  return followed || begin_answer();
}

bool Transfer::begin_answer() {
  answer_begun_ = true;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &response_.status);
  const std::string* length = response_.header("content-length");
  const bool has_body = call_.method != "HEAD" && response_.status != 204 && response_.status != 304;
  if (call_.max_response_bytes != 0 && has_body && length != nullptr &&
      util::parse_unsigned(*length).value_or(0) > call_.max_response_bytes) {
    return fail(util::ErrorCode::too_large, "the answer of " + target() + " has " + util::for_display(*length) +
                                                " bytes, more than the allowed " +
                                                std::to_string(call_.max_response_bytes));
  }
  if (call_.on_head) call_.on_head(response_);
  return !end_->cancelled();
}

bool Transfer::take_data(std::string_view bytes) {
  if (end_->cancelled()) return false;
  if (!head_ended_) return fail(util::ErrorCode::unavailable, target() + ": data before the end of the headers");
  if (!answer_begun_ && !begin_answer()) return false;
  received_ += bytes.size();
  if (call_.max_response_bytes != 0 && received_ > call_.max_response_bytes) {
    return fail(util::ErrorCode::too_large,
                "the answer of " + target() + " exceeds " + std::to_string(call_.max_response_bytes) + " bytes");
  }
  if (!call_.on_data) {
    response_.body.append(bytes);
    return true;
  }
  return hand_on(bytes) || fail(util::ErrorCode::too_large, "the answer of " + target() + " was not taken whole");
}

bool Transfer::hand_on(std::string_view bytes) {
  const auto begun = std::chrono::steady_clock::now();
  const bool wants_more = call_.on_data(bytes);
  taken_ += std::chrono::steady_clock::now() - begun;
  return wants_more;
}

bool Transfer::is_turn_over() const { return taken_ >= longest_turn; }

CURLcode Transfer::resume() {
  taken_ = {};
  return curl_easy_pause(easy_, CURLPAUSE_CONT);
}

std::size_t Transfer::give_data(char* buffer, std::size_t capacity) {
  if (end_->cancelled()) return CURL_READFUNC_ABORT;
  if (!chunked_) capacity = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, left_to_send_));
  if (capacity == 0) return 0;
  auto given = call_.body_source->read(buffer, capacity);
  if (!given) {
    error_ = std::move(given).error();
    return CURL_READFUNC_ABORT;
  }
  if (chunked_) return *given;
  if (*given == 0) {
    fail(util::ErrorCode::internal,
         "the body for " + target() + " ended " + std::to_string(left_to_send_) + " bytes before its size");
    return CURL_READFUNC_ABORT;
  }
  left_to_send_ -= *given;
  return *given;
}

// ---- After the call

util::Result<Response> Transfer::outcome(CURLcode code) {
  // curl takes incomplete headers for a response without a body.
  if (code == CURLE_OK && !head_ended_) fail(util::ErrorCode::unavailable, target() + ": the answer broke off");
  if (code == CURLE_OK && head_ended_ && !answer_begun_ && !end_->cancelled()) begin_answer();
  if (error_) return *std::move(error_);
  if (code != CURLE_OK) return describe(code);
  return std::move(response_);
}

void Transfer::finish(util::Result<Response> result) {
  if (!end_->finish() || !done_) return;
  try {
    done_(std::move(result));
  } catch (const std::exception& e) {
    util::log_error("the end of a call was not taken", {{"reason", e.what()}});
  }
}

std::string Transfer::target() const {
  if (!call_.unix_socket.empty()) return "unix socket " + util::for_display(call_.unix_socket, 200);
  const char* url = nullptr;
  if (easy_ != nullptr) curl_easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &url);
  return origin(url == nullptr ? call_.url : url);
}

util::Error Transfer::describe(CURLcode code) const {
  using util::Error;
  using util::ErrorCode;
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: {
      curl_off_t request_sent = 0;
      curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &request_sent);
      curl_off_t total = 0;
      curl_easy_getinfo(easy_, CURLINFO_TOTAL_TIME_T, &total);
      const auto waited = shown_time(std::chrono::milliseconds{total / 1000});
      if (request_sent == 0) return Error::of(ErrorCode::unavailable, "no connection to " + target() + " in " + waited);
      return Error::of(ErrorCode::timeout, "no complete answer from " + target() + " in " + waited);
    }
    case CURLE_COULDNT_RESOLVE_HOST:
      return Error::of(ErrorCode::unavailable, "the host name of " + target() + " is not known");
    case CURLE_COULDNT_CONNECT: {
      if (refused_) return Error::of(refused_->code, target() + ": " + refused_->message);
      long number = 0;
      curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &number);
      const std::string reason = number == 0 ? "" : ": " + std::generic_category().message(static_cast<int>(number));
      return Error::of(ErrorCode::unavailable, "no connection to " + target() + reason);
    }
    case CURLE_UNSUPPORTED_PROTOCOL: {  // curl also returns this for a response without a status line
      const std::string* location = response_.header("location");
      const std::string scheme = location == nullptr ? "" : scheme_of(*location);
      if (scheme.empty() || is_http(scheme)) {
        return Error::of(ErrorCode::unavailable, target() + ": the answer is not HTTP");
      }
      return Error::of(ErrorCode::forbidden,
                       "redirect to scheme '" + util::for_display(scheme) + "': only http and https are followed");
    }
    case CURLE_LOGIN_DENIED:
      return Error::of(ErrorCode::forbidden, "redirect to " + target() + ": its URL carries a user or a password");
    case CURLE_TOO_MANY_REDIRECTS:
      return Error::of(ErrorCode::forbidden, target() + ": more than " + std::to_string(most_redirects) + " redirects");
    case CURLE_PEER_FAILED_VERIFICATION:
      return Error::of(ErrorCode::unavailable, target() + ": " + util::for_display(curl_message_, 200));
    case CURLE_OUT_OF_MEMORY:
      return Error::of(ErrorCode::internal, "out of memory while calling " + target());
    default:
      return Error::of(ErrorCode::unavailable, target() + ": " + curl_easy_strerror(code));
  }
}

}  // namespace net

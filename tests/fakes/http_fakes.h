// Fakes of the parts of the HTTP server, for tests of code that answers requests.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/identity.h"
#include "http/message.h"
#include "http/reply.h"
#include "util/bytes.h"
#include "util/text.h"

namespace fakes {

/// Keeps the first response that is sent. Any thread may send; the test waits for it.
class RecordingChannel : public http::Reply::Channel {
 public:
  void send(http::Response response) override {
    const std::lock_guard lock(mutex_);
    ++answers_;
    if (!response_) response_ = std::move(response);
    changed_.notify_all();
  }
  bool client_gone() const override {
    const std::lock_guard lock(mutex_);
    return gone_;
  }
  void on_client_gone(std::function<void()> notice) override {
    {
      const std::lock_guard lock(mutex_);
      if (!gone_) {
        notice_ = std::move(notice);
        return;
      }
    }
    notice();
  }

  /// Acts as if the client had closed the connection.
  void leave() {
    std::function<void()> notice;
    {
      const std::lock_guard lock(mutex_);
      gone_ = true;
      if (!response_) notice.swap(notice_);
    }
    if (notice) notice();
  }

  bool answered() const {
    const std::lock_guard lock(mutex_);
    return response_.has_value();
  }
  int answers() const {
    const std::lock_guard lock(mutex_);
    return answers_;
  }
  /// The response; nullopt if none is sent in time.
  std::optional<http::Response> wait(std::chrono::milliseconds longest = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, longest, [this] { return response_.has_value(); });
    return response_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<http::Response> response_;
  std::function<void()> notice_;
  int answers_ = 0;
  bool gone_ = false;
};

class TextSource : public util::ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  util::Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    const std::size_t count = std::min(capacity, text_.size() - at_);
    std::memcpy(buffer, text_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

class TextSink : public util::ByteSink {
 public:
  util::Status write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  util::Status finish() override {
    finished = true;
    return {};
  }
  util::Status sync() override {
    synced = true;
    return {};
  }

  std::string text;
  std::atomic<bool> finished{false};
  std::atomic<bool> synced{false};
};

/// The whole content of a source.
inline std::string read_all(util::ByteSource& source) {
  std::string text;
  char buffer[4096];
  while (true) {
    const auto got = source.read(buffer, sizeof buffer);
    if (!got.ok() || *got == 0) return text;
    text.append(buffer, *got);
  }
}

/// The body of the response, whether it is a text or a source.
inline std::string body_of(const http::Response& response) {
  return response.source ? read_all(*response.source) : response.body;
}

/// Believes the header "Authorization: Basic NAME", with the name in clear text. Without this header a caller is
/// anonymous. The header "Groups: a, b" names the groups. The user "root" is an administrator.
class TrustingAuthenticator : public http::Authenticator {
 public:
  void authenticate(const http::RequestCredentials& asking, Done done) override {
    const auto authorization = asking.headers.get("Authorization");
    if (!authorization) return done(http::Identity{});
    http::Identity identity;
    identity.user = std::string(authorization->substr(std::min<std::size_t>(6, authorization->size())));
    identity.administrator = identity.user == "root";
    for (const std::string_view group : util::split(asking.headers.get("Groups").value_or(""), ',')) {
      if (!util::trim(group).empty()) identity.groups.emplace_back(util::trim(group));
    }
    done(std::move(identity));
  }
  std::vector<std::string> challenges(const http::RequestCredentials& /*asking*/) const override { return {"Basic"}; }
};

/// Refuses every caller, except one without credentials for a resource that needs no authentication.
class RefusingAuthenticator : public http::Authenticator {
 public:
  void authenticate(const http::RequestCredentials& asking, Done done) override {
    if (!asking.needs_name && !asking.headers.get("Authorization")) return done(http::Identity{});
    done(util::Error::of(util::ErrorCode::unauthenticated, util::Fault{"Authorization", "is missing", "a name"}));
  }
  std::vector<std::string> challenges(const http::RequestCredentials& /*asking*/) const override {
    return {"Basic realm=\"test\"", "Bearer realm=\"test\""};
  }
};

}  // namespace fakes

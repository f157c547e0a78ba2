// What the suite hands to an engine: sources and sinks in memory. Also a small HTTP client for published ports.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <unistd.h>

#include "executor/engine.h"

namespace executor::conformance {

class TextSource : public util::ByteSource {
 public:
  explicit TextSource(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  util::Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    const auto count = std::min(capacity, bytes_.size() - read_);
    bytes_.copy(buffer, count, read_);
    read_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t read_ = 0;
};

class TextLogs : public LogSink {
 public:
  bool on_stdout(std::string_view bytes) override { return add(out, bytes); }
  bool on_stderr(std::string_view bytes) override { return add(err, bytes); }
  void on_stdout_doubt(std::string why) override { doubts.push_back("stdout " + std::move(why)); }
  void on_stderr_doubt(std::string why) override { doubts.push_back("stderr " + std::move(why)); }
  std::mutex mutex;
  std::string out;
  std::string err;
  std::vector<std::string> doubts;  // without the mutex: doubts come after the last bytes

 private:
  bool add(std::string& text, std::string_view bytes) {
    const std::lock_guard lock(mutex);
    text.append(bytes);
    return true;
  }
};

class TextOutputs : public OutputSink, public std::enable_shared_from_this<TextOutputs> {
 public:
  util::Result<std::unique_ptr<util::ByteSink>> open(std::size_t, const std::string& path,
                                                     std::uint64_t size) override {
    return std::unique_ptr<util::ByteSink>(std::make_unique<File>(shared_from_this(), path, size));
  }
  std::mutex mutex;
  std::vector<std::pair<std::string, std::string>> files;

 private:
  class File : public util::ByteSink {
   public:
    File(std::shared_ptr<TextOutputs> owner, std::string path, std::uint64_t size)
        : owner_(std::move(owner)), path_(std::move(path)), size_(size) {}
    util::Status write(std::string_view bytes) override {
      bytes_.append(bytes);
      return {};
    }
    util::Status finish() override {
      EXPECT_EQ(bytes_.size(), size_) << path_;
      const std::lock_guard lock(owner_->mutex);
      owner_->files.emplace_back(path_, bytes_);
      return {};
    }

   private:
    std::shared_ptr<TextOutputs> owner_;
    std::string path_;
    std::string bytes_;
    std::uint64_t size_;
  };
};

/// Sends one HTTP request for "/" and returns the body; empty if there is no answer.
inline std::string get(const Endpoint& endpoint) {
  const int peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  ::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr);
  const timeval test_timeout{2, 0};
  ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &test_timeout, sizeof test_timeout);
  std::string answer;
  if (::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    constexpr std::string_view request = "GET / HTTP/1.0\r\nHost: run\r\n\r\n";
    if (::send(peer, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
      std::array<char, 4096> buffer{};
      for (ssize_t got = 0; (got = ::recv(peer, buffer.data(), buffer.size(), 0)) > 0;) {
        answer.append(buffer.data(), static_cast<std::size_t>(got));
      }
    }
  }
  ::close(peer);
  const auto body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(body + 4);
}

}  // namespace executor::conformance

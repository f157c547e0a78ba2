// One running call: the options of its curl easy handle, what has arrived, and how it ended. Client::start makes it;
// afterwards only the net thread uses it, except for CallEnd. Internal to the room.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

#include "net/client.h"
#include "util/result.h"

namespace net {

/// Decides whether a call was cancelled or finished, whichever came first. Shared by the call's handles and the net
/// thread.
class CallEnd {
 public:
  /// cancel() and finish() return true to the one caller that was first. Any thread.
  bool cancel() { return leave(Stage::cancelled); }
  bool finish() { return leave(Stage::finished); }
  bool cancelled() const { return stage_.load() == Stage::cancelled; }

 private:
  enum class Stage { running, cancelled, finished };
  bool leave(Stage next) {
    Stage expected = Stage::running;
    return stage_.compare_exchange_strong(expected, next);
  }
  std::atomic<Stage> stage_ = Stage::running;
};

class Transfer {
 public:
  Transfer(Call call, Done done, std::shared_ptr<CallEnd> end);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  const CallEnd* end() const { return end_.get(); }
  Lane lane() const { return call_.lane; }
  /// How long the call may wait for a free connection; nullopt: no limit.
  std::optional<std::chrono::milliseconds> longest_wait() const {
    return call_.lane == Lane::control ? std::optional(call_.connect_timeout) : call_.timeout;
  }
  /// The unix socket, or scheme, host and port: for messages, and as the key of the limit per host.
  std::string target() const;

  /// Subtracts from the call's timeout the time that it waited for a free connection. Called before prepare().
  void has_waited(std::chrono::milliseconds time) { waited_ = time; }

  /// Sets the options of a new or reset easy handle; an Error says why this call cannot be made. When the call's turn
  /// is over and more data has arrived, the call adds itself to `yielded`, which must outlive it.
  util::Status prepare(CURL* easy, std::vector<const CallEnd*>& yielded);

  /// Begins the next turn of a call that yielded: data that has arrived is delivered within this call. Any result but
  /// CURLE_OK ends the call.
  CURLcode resume();

  /// The result for curl's final code. The easy handle must not have been reset yet: its statistics are read.
  util::Result<Response> outcome(CURLcode code);

  /// Calls `done`, unless the call was cancelled.
  void finish(util::Result<Response> result);

 private:
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_write(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, struct curl_sockaddr* address);
  static int on_connected(void* self, char* peer, char* local, int peer_port, int local_port);

  util::Status check() const;
  void set_basics();
  void set_method();
  util::Status set_headers();
  void set_policy();

  bool take_header(std::string_view line);
  bool end_of_head();
  bool begin_answer();
  /// libcurl delivers up to a hundred buffers to one call at a time; a slow on_data would delay all other calls.
  bool is_turn_over() const;
  bool take_data(std::string_view bytes);
  bool hand_on(std::string_view bytes);
  std::size_t give_data(char* buffer, std::size_t capacity);
  /// Records why the call fails (the first reason counts) and returns false.
  bool fail(util::ErrorCode code, std::string message);
  util::Error describe(CURLcode code) const;

  Call call_;
  std::chrono::milliseconds waited_{0};  // for a free connection
  Done done_;
  std::shared_ptr<CallEnd> end_;

  CURL* easy_ = nullptr;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> header_list_{nullptr, &curl_slist_free_all};
  char curl_message_[CURL_ERROR_SIZE] = {};
  bool chunked_ = false;
  std::uint64_t left_to_send_ = 0;
  std::vector<const CallEnd*>* yielded_ = nullptr;
  std::chrono::steady_clock::duration taken_{};  // the time that on_data took in this turn

  Response response_;
  std::size_t header_bytes_ = 0;
  bool head_ended_ = false;
  bool answer_begun_ = false;
  std::uint64_t received_ = 0;
  std::optional<util::Error> error_;    // why this class ended the call
  std::optional<util::Error> refused_;  // why the policy refused an address; curl may have connected to another one
};

}  // namespace net

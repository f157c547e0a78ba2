// One call on its way: its easy handle's options, what has arrived, and how it ended. Made by Client::start, from then
// on touched by the net thread only, except for CallEnd.
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

/// Which came first: the cancel, or the end of the call. Shared by its handles and the net thread.
class CallEnd {
 public:
  /// True for the one caller that is first. Any thread.
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
  /// For its turn; nothing: without end.
  std::optional<std::chrono::milliseconds> longest_wait() const {
    return call_.lane == Lane::control ? std::optional(call_.connect_timeout) : call_.timeout;
  }
  /// The unix socket, or scheme, host and port: for messages, and to count by.
  std::string target() const;

  /// Time that is the call's already, before prepare().
  void has_waited(std::chrono::milliseconds time) { waited_ = time; }

  /// Sets a fresh or reset handle up; an Error says why this call cannot be made. A call whose turn is over while there
  /// is more data for it is added to `yielded`, which outlives it.
  util::Status prepare(CURL* easy, std::vector<const CallEnd*>& yielded);

  /// The next turn of one that yielded. What has arrived is taken at once; anything but CURLE_OK ends the call.
  CURLcode resume();

  /// The outcome of what curl ended with; the handle still holds the numbers of the call.
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
  /// libcurl gives one call up to a hundred buffers at a time: who takes long over them would keep all others waiting.
  bool is_turn_over() const;
  bool take_data(std::string_view bytes);
  bool hand_on(std::string_view bytes);
  std::size_t give_data(char* buffer, std::size_t capacity);
  /// Notes why the call ends here; always false.
  bool fail(util::ErrorCode code, std::string message);
  util::Error describe(CURLcode code) const;

  Call call_;
  std::chrono::milliseconds waited_{0};  // for its turn
  Done done_;
  std::shared_ptr<CallEnd> end_;

  CURL* easy_ = nullptr;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> header_list_{nullptr, &curl_slist_free_all};
  char curl_message_[CURL_ERROR_SIZE] = {};
  bool chunked_ = false;
  std::uint64_t left_to_send_ = 0;
  std::vector<const CallEnd*>* yielded_ = nullptr;
  std::chrono::steady_clock::duration taken_{};  // by on_data, in this turn

  Response response_;
  std::size_t header_bytes_ = 0;
  bool head_ended_ = false;
  bool answer_begun_ = false;
  std::uint64_t received_ = 0;
  std::optional<util::Error> error_;    // ours: it ended the call
  std::optional<util::Error> refused_;  // an address; curl may still have found another one
};

}  // namespace net

// One client's connection. It handles its requests one after the other: each is answered before the next is parsed.
//
// Threads: a Listener's worker delivers the input, any thread may answer, a Sender continues answers that could not be
// written at once, and the site's timers call for time-outs. mutex_ protects the state that all of them use. The framer
// and the current request belong to the thread that parses (parsing_): the worker, or a Sender that continues after a
// delayed answer. Input that arrives meanwhile is kept, up to a limit. When a body was written to files, a thread of
// Site::disk finishes it. No lock is held while handlers, sinks and bodies are called.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/body_reader.h"
#include "http/exchange.h"
#include "http/framer.h"
#include "http/listener.h"
#include "http/pump.h"
#include "http/routed_request.h"
#include "http/site.h"

namespace http {

class Connection : public Client, public std::enable_shared_from_this<Connection>, Framer::Sink {
 public:
  Connection(Site& site, int descriptor, std::uint64_t id, std::size_t worker);

  /// Must be called once, after construction. A connection beyond the limit of all connections (`room` is false) or of
  /// its address is answered with 503 or 429. False: too many are being refused already; this one gets no answer.
  bool begin(bool room);

  void on_input(std::string_view bytes) override;
  void on_end() override;

  /// Called by the exchange of that request. An answer that comes too late is dropped. Any thread.
  void answer(std::uint64_t request_number, Response response);
  std::string request_id() const;

  /// Ends the connection from the server's side, whatever its state is. Any thread.
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  using Lock = std::unique_lock<std::mutex>;
  using Step = Framer::Step;

  /// The state of the current request.
  enum class Turn {
    none,
    reading,    // the head has arrived; the body, or the caller's identity, is still missing
    waiting,    // the handler, or a thread of Site::disk, has the request
    answering,  // the answer is being sent
  };

  /// What the current request holds of shared limits. It is given back once the whole answer is ready to send.
  struct Shares {
    Holds request;
    Holds upload;
    Budget::Part upload_slot;
    Budget::Part buffered;
  };

  struct InHand {
    std::uint64_t number = 0;
    std::string id;
    std::string summary;  // method and path, for the log
    std::string trace;    // the trace id
    std::string peer;     // the client's address, when a trusted proxy forwarded the request
    std::string user;
    Meter* meter = &Meter::unrouted();
    bool is_head = false;
    bool is_reading = false;  // GET or HEAD
    bool http_1_1 = true;
    bool keep_alive = false;
    bool head_complete = false;
    int status = 0;
    Clock::time_point since;
    std::vector<std::pair<std::string, std::string>> fields;  // header fields that are added to the answer
    std::vector<std::string> challenges;  // WWW-Authenticate for an anonymous caller: with GET, HEAD and any 403
    std::weak_ptr<Exchange> exchange;
  };

  // Input (connection.cpp).
  bool may_parse(Lock& lock, std::string_view bytes);
  void parse(Lock& lock, std::string_view bytes);
  void parse_all(Lock& lock, std::string_view bytes);
  void schedule_parse(Lock& lock);
  void overflow(Lock& lock);
  bool is_waiting() const;
  void discard(Lock& lock, std::size_t count);
  void abort(Lock& lock);
  void set_turn(Turn turn);
  bool must_continue() const;

  // Time-outs (connection.cpp).
  std::optional<Clock::time_point> due() const;
  void watch(Lock& lock);
  void on_timer();
  void expire(Lock& lock);

  // Requests (connection_request.cpp): the framer's sink, called by the thread that parses.
  Step on_head(MessageHead head) override;
  Step on_body(std::string_view bytes) override;
  Step on_done() override;
  void on_fail(const FramingError& error) override;
  void on_verdict(util::Result<Identity> verdict);
  Step take_verdict();
  Step finish_files();
  void on_finished(util::Status status);
  Step take_finished();
  Step admit(Identity identity);
  void invite();
  util::Status count_in();
  util::Status open_upload();
  util::Status count_buffered();
  Step refuse(Response response);
  Step refuse(const util::Error& error);
  Step refuse_unknown(const util::Error& error);
  Step dispatch();
  Step after_answer();
  void begin_request(const MessageHead& head);

  // Output (connection_output.cpp).
  void put(Lock& lock, Response response, bool close = false);
  void put_problem(Lock& lock, int status, std::string reason);
  void put_problem(Lock& lock, const util::Error& error, int status);
  void flush(Lock& lock);
  bool has_output() const { return out_at_ < out_.size() || out_file_.length > 0; }
  /// Sends as much as the socket takes without blocking and returns the number of bytes; -1: errno says why.
  ssize_t send_some();
  void log_answer() const;
  void finish_answer(Lock& lock);
  void linger(Lock& lock);
  void post_pump(Lock& lock);
  void pump();
  std::function<void()> waker();

  Site& site_;
  const std::uint64_t id_;
  const int descriptor_;
  const std::size_t worker_;
  const ConnectionEnds ends_;

  // Used without the lock by the thread that parses.
  Framer framer_;
  std::shared_ptr<Request> request_;
  const Route* route_ = nullptr;
  std::optional<std::string> counted_;  // the client's address as Limits counts it
  bool has_body_ = false;
  bool expects_continue_ = false;
  std::uint64_t content_length_ = 0;
  std::unique_ptr<BodyReader> reader_;

  mutable std::mutex mutex_;
  std::condition_variable room_;  // notified when held bytes were taken, parsing ended or a verdict arrived
  bool parsing_ = false;
  bool gone_ = false;
  bool lingering_ = false;  // the sending side is shut down; input is discarded
  std::string held_;        // input that arrived while it could not be parsed
  Turn turn_ = Turn::none;
  InHand in_hand_;
  Shares shares_;
  Quota::Hold connection_hold_;
  Budget::Part refusal_;
  bool verdict_pending_ = false;
  std::optional<util::Result<Identity>> verdict_;
  std::optional<util::Status> finished_;  // the result for a body whose files were finished by Site::disk

  std::string out_;
  std::size_t out_at_ = 0;
  Pump::FilePart out_file_;               // sent after out_
  std::shared_ptr<Pump> out_file_owner_;  // keeps the file of out_file_ open
  std::shared_ptr<Pump> pump_;
  bool pump_posted_ = false;
  std::size_t taken_bytes_ = 0;  // bytes of the answer that the socket took since it was last full
  bool close_after_ = false;
  std::size_t discarded_ = 0;

  util::EventLoop::TimerId timer_ = 0;  // 0: none
  Clock::time_point timer_at_;
  std::optional<Clock::time_point> head_since_;
  Clock::time_point idle_since_;
  Clock::time_point last_input_;
  Clock::time_point reading_since_;  // moved forward by the time that the service itself took
  std::uint64_t read_bytes_ = 0;
  Clock::time_point out_progress_;
  Clock::time_point linger_until_;
};

}  // namespace http

// One client's connection: its requests one after the other, each answered before the next is taken.
//
// Bytes come from a Listener's worker, answers from any thread, the continuation of large answers from a Sender, time
// from the site's timers. State behind mutex_ belongs to all of them. The framer and the request in hand belong to
// whoever parses (parsing_): a worker, or a Sender that goes on after a held answer; bytes that come meanwhile are
// kept, up to a cap. A body that has gone to files is finished by one of the site's threads that wait for the disk. No
// lock is held while handlers, sinks and bodies are called.
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
#include "http/intake.h"
#include "http/listener.h"
#include "http/pump.h"
#include "http/site.h"

namespace http {

class Connection : public Client, public std::enable_shared_from_this<Connection>, Framer::Sink {
 public:
  Connection(Site& site, int descriptor, std::uint64_t id, std::size_t worker);

  /// Once, after construction. One too many, of all (no room) or of its address, is told so; false: not even that.
  bool begin(bool room);

  void on_input(std::string_view bytes) override;
  void on_end() override;

  /// By the exchange of that request; late ones are dropped. Any thread.
  void answer(std::uint64_t request_number, Response response);
  std::string request_id() const;

  /// Ends it from our side, whatever it is doing. Any thread.
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  using Lock = std::unique_lock<std::mutex>;
  using Step = Framer::Step;

  /// Of the request in hand.
  enum class Turn {
    none,
    reading,    // its head is there; its body, or who asks, is not
    waiting,    // its handler has it
    answering,  // its answer is going out
  };

  /// What the request in hand has of what is shared; given back with the last of its answer.
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
    std::string trace;    // the id
    std::string peer;     // behind a trusted proxy
    std::string user;
    Meter* meter = &Meter::unrouted();
    bool is_head = false;
    bool is_reading = false;  // GET or HEAD
    bool http_1_1 = true;
    bool keep_alive = false;
    bool head_complete = false;
    int status = 0;
    Clock::time_point since;
    std::vector<std::pair<std::string, std::string>> fields;  // of every answer
    std::vector<std::string> challenges;  // to nobody in particular: a name would change what is shown, or refused
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

  // Time (connection.cpp).
  std::optional<Clock::time_point> due() const;
  void watch(Lock& lock);
  void on_timer();
  void expire(Lock& lock);

  // Requests (connection_request.cpp): the framer's sink, by whoever parses.
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
  /// What the socket takes at once of it; -1 with errno.
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
  const Ends ends_;

  // Of whoever parses.
  Framer framer_;
  std::shared_ptr<Request> request_;
  const Route* route_ = nullptr;
  std::optional<std::string> counted_;  // the client's address, as the limits know it
  bool has_body_ = false;
  bool expects_continue_ = false;
  std::uint64_t content_length_ = 0;
  std::unique_ptr<BodyReader> reader_;

  mutable std::mutex mutex_;
  std::condition_variable room_;  // parsing has ended, or a verdict has come
  bool parsing_ = false;
  bool gone_ = false;
  bool lingering_ = false;  // our side is shut: what comes is thrown away
  std::string held_;        // bytes that came while they could not be parsed
  Turn turn_ = Turn::none;
  InHand in_hand_;
  Shares shares_;
  Quota::Hold connection_hold_;
  Budget::Part refusal_;
  bool verdict_pending_ = false;
  std::optional<util::Result<Identity>> verdict_;
  std::optional<util::Status> finished_;  // of a body whose files are on the disk

  std::string out_;
  std::size_t out_at_ = 0;
  Pump::FilePart out_file_;               // goes out after out_
  std::shared_ptr<Pump> out_file_owner_;  // keeps it open
  std::shared_ptr<Pump> pump_;
  bool pump_posted_ = false;
  std::size_t taken_bytes_ = 0;  // of the answer's body, since the client had to be waited for
  bool close_after_ = false;
  std::size_t discarded_ = 0;

  util::EventLoop::TimerId timer_ = 0;  // 0: none
  Clock::time_point timer_at_;
  std::optional<Clock::time_point> head_since_;
  Clock::time_point idle_since_;
  Clock::time_point last_input_;
  Clock::time_point reading_since_;  // without what we needed ourselves
  std::uint64_t read_bytes_ = 0;
  Clock::time_point out_progress_;
  Clock::time_point linger_until_;
};

}  // namespace http

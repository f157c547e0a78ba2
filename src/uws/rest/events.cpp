#include "uws/rest/events.h"

#include <utility>

namespace uws::rest {
namespace {

using namespace std::chrono_literals;

constexpr auto between_ticks = 1s;
/// Shorter than the time after which proxies and browsers close a silent connection.
constexpr auto longest_silence = 15s;

}  // namespace

EventStream::Piece EventStream::pull(std::size_t capacity) {
  Piece pulled;
  bool taken = false;
  {
    const std::lock_guard lock(mutex_);
    pulled.bytes = text_.substr(0, capacity);
    text_.erase(0, pulled.bytes.size());
    if (!pulled.bytes.empty()) last_taken_ = Clock::now();
    pulled.ended = text_.empty() && ended_;
    taken = text_.empty() && !ended_;
  }
  if (taken) on_taken();
  return pulled;
}

void EventStream::on_more(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void EventStream::tick() {
  bool quiet = false;
  {
    const std::lock_guard lock(mutex_);
    quiet = text_.empty() && !ended_ && Clock::now() - last_taken_ >= longest_silence;
  }
  if (quiet) add(":\n\n", false);
  on_tick();
}

void EventStream::send(std::string_view event, std::string_view id, std::string_view data) {
  std::string text = "event: ";
  text.append(event).append("\n");
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  text.append("data: ").append(data).append("\n\n");
  add(text, false);
}

void EventStream::end() { add({}, true); }

bool EventStream::is_free() const {
  const std::lock_guard lock(mutex_);
  return text_.empty() && !ended_;
}

void EventStream::add(const std::string& text, bool ended) {
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    text_ += text;
    ended_ = ended;
    wake = wake_;
  }
  if (wake) wake();
}

EventStreams::EventStreams() : loop_("uws-events") {
  loop_.after(between_ticks, [this] { tick(); });
}

EventStreams::~EventStreams() { stop(); }

void EventStreams::add(const std::shared_ptr<EventStream>& stream) {
  loop_.post([this, weak = std::weak_ptr(stream)] { streams_.push_back(weak); });
}

void EventStreams::stop() { loop_.stop(); }

void EventStreams::tick() {
  std::vector<std::weak_ptr<EventStream>> alive;
  for (const auto& weak : streams_) {
    const auto stream = weak.lock();
    if (!stream) continue;
    stream->tick();
    alive.push_back(weak);
  }
  streams_ = std::move(alive);
  loop_.after(between_ticks, [this] { tick(); });
}

http::Response events(std::shared_ptr<EventStream> stream) {
  http::Response response;
  response.headers.set("Content-Type", "text/event-stream");
  response.headers.set("Vary", "Accept");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Accel-Buffering", "no");  // otherwise nginx buffers the events
  response.live = std::move(stream);
  return response;
}

}  // namespace uws::rest

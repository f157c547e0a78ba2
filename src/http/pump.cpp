#include "http/pump.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "util/file_bytes.h"
#include "util/log.h"

namespace http {
namespace {

class TextPump : public Pump {
 public:
  explicit TextPump(std::string text) : text_(std::move(text)) {}
  Piece next(std::size_t) override { return {std::move(text_), State::ended}; }

 private:
  std::string text_;
};

class SourcePump : public Pump {
 public:
  explicit SourcePump(std::shared_ptr<util::ByteSource> source) : source_(std::move(source)), left_(source_->size()) {}

  Piece next(std::size_t capacity) override {
    Piece piece;
    piece.bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(capacity, left_)));
    if (left_ > 0) {
      const auto got = source_->read(piece.bytes.data(), piece.bytes.size());
      if (!got.ok() || *got == 0) {
        util::log_warning("a body ended early", {{"why", got.ok() ? "the source is shorter than it said"
                                                                  : std::string_view(got.error().message)}});
        return {{}, State::failed};
      }
      piece.bytes.resize(*got);
      left_ -= *got;
    }
    piece.state = left_ == 0 ? State::ended : State::more;
    return piece;
  }

 private:
  std::shared_ptr<util::ByteSource> source_;
  std::uint64_t left_;
};

/// The kernel sends the file (sendfile), so nothing of it is read into memory.
class FilePump : public Pump {
 public:
  explicit FilePump(std::shared_ptr<util::FileBytes> file)
      : file_(std::move(file)), next_(file_->offset()), left_(file_->size()) {}

  Piece next(std::size_t) override {
    Piece piece;
    piece.file = {file_->descriptor(), next_, static_cast<std::size_t>(std::min(largest_part_bytes, left_))};
    next_ += piece.file.length;
    left_ -= piece.file.length;
    piece.state = left_ == 0 ? State::ended : State::more;
    return piece;
  }

 private:
  /// After a part of this size, other connections have their turn.
  static constexpr std::uint64_t largest_part_bytes = 1U << 20U;

  const std::shared_ptr<util::FileBytes> file_;
  std::uint64_t next_;
  std::uint64_t left_;
};

class LivePump : public Pump {
 public:
  LivePump(std::shared_ptr<LiveBody> live, bool chunked, std::function<void()> wake)
      : live_(std::move(live)), chunked_(chunked), wake_(std::move(wake)) {}

  Piece next(std::size_t capacity) override {
    if (wake_) live_->on_more(std::exchange(wake_, nullptr));
    LiveBody::Piece pulled = live_->pull(capacity);
    if (pulled.failed) return {{}, State::failed};
    const State state = pulled.ended ? State::ended : pulled.bytes.empty() ? State::wait : State::more;
    if (!chunked_) return {std::move(pulled.bytes), state};
    std::string framed;
    if (!pulled.bytes.empty()) {
      std::array<char, 24> size{};
      const int length = std::snprintf(size.data(), size.size(), "%zx\r\n", pulled.bytes.size());
      framed.reserve(pulled.bytes.size() + size.size());
      framed.append(size.data(), static_cast<std::size_t>(length)).append(pulled.bytes).append("\r\n");
    }
    if (pulled.ended) framed += "0\r\n\r\n";
    return {std::move(framed), state};
  }

 private:
  std::shared_ptr<LiveBody> live_;
  const bool chunked_;
  std::function<void()> wake_;
};

}  // namespace

std::unique_ptr<Pump> pump_text(std::string text) { return std::make_unique<TextPump>(std::move(text)); }

std::unique_ptr<Pump> pump_source(std::shared_ptr<util::ByteSource> source) {
  if (auto file = std::dynamic_pointer_cast<util::FileBytes>(source))
    return std::make_unique<FilePump>(std::move(file));
  return std::make_unique<SourcePump>(std::move(source));
}

std::unique_ptr<Pump> pump_live(std::shared_ptr<LiveBody> live, bool chunked, std::function<void()> wake) {
  return std::make_unique<LivePump>(std::move(live), chunked, std::move(wake));
}

}  // namespace http

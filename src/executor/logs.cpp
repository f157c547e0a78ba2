#include "executor/logs.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "util/quantity.h"

namespace executor {
namespace {

constexpr std::uint64_t tail_bytes = 2048;

std::string read_tail(store::BlobStore& blobs, const store::BlobId& id, std::uint64_t size) {
  const std::uint64_t length = std::min(size, tail_bytes);
  auto source = blobs.open(id, size - length, length);
  std::string tail(length, '\0');
  std::size_t filled = 0;
  while (source.ok() && filled < length) {
    const auto got = (*source)->read(tail.data() + filled, length - filled);
    if (!got.ok() || *got == 0) break;
    filled += *got;
  }
  tail.resize(filled);
  return tail;
}

}  // namespace

util::Status LogStream::create() {
  if (writer_) return {};
  ASSIGN_OR_RETURN(writer_, blobs_.create(limit_));
  id_ = writer_->id();
  return {};
}

bool LogStream::write(std::string_view bytes) {
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t skipped = std::min<std::uint64_t>(skip_, bytes.size());
    skip_ -= skipped;
    bytes.remove_prefix(skipped);
    more = store(bytes);
    if (bytes.empty()) return more;
  }
  tell();
  return more;
}

bool LogStream::store(std::string_view bytes) {
  if (!note_.empty() || !stored_.ok() || ended_) return false;
  if (bytes.empty()) return true;
  const std::string_view fitting = bytes.substr(0, limit_ - size_);
  stored_ = create();
  if (stored_.ok()) stored_ = writer_->write(fitting);
  if (!stored_.ok()) return false;
  size_ += fitting.size();
  if (fitting.size() < bytes.size()) {
    note_ = "is cut at " + util::format_bytes(static_cast<std::int64_t>(limit_)) + ", the most that is kept";
  }
  return note_.empty();
}

void LogStream::rewind() {
  const std::lock_guard lock(mutex_);
  skip_ = size_;
  doubt_.clear();
}

void LogStream::doubt(std::string why) {
  const std::lock_guard lock(mutex_);
  doubt_ = std::move(why);
}

void LogStream::end() {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
  }
  tell();
}

util::Result<LogStream::StoredLog> LogStream::seal() {
  StoredLog sealed;
  {
    const std::lock_guard lock(mutex_);
    if (!stored_.ok()) return stored_.error();
    RETURN_IF_ERROR(create());
    RETURN_IF_ERROR(writer_->finish());
    if (skip_ > 0 && doubt_.empty()) doubt_ = "may have gaps: the engine kept less of it than had been recorded";
    sealed = {id_, writer_->size(), writer_->sha256(), note_.empty() ? doubt_ : note_, {}};
    size_ = sealed.size_bytes;
    ended_ = true;
    writer_.reset();
  }
  tell();
  sealed.tail = read_tail(blobs_, sealed.blob, sealed.size_bytes);
  return sealed;
}

std::uint64_t LogStream::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

bool LogStream::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

util::Result<std::size_t> LogStream::read(std::uint64_t offset, char* buffer, std::size_t capacity) {
  store::BlobId id;
  std::uint64_t length = 0;
  {
    const std::lock_guard lock(mutex_);
    if (offset >= size_) return std::size_t{0};
    id = id_;
    length = std::min<std::uint64_t>(capacity, size_ - offset);
  }
  ASSIGN_OR_RETURN(const auto source, blobs_.open(id, offset, length));
  return source->read(buffer, static_cast<std::size_t>(length));
}

std::shared_ptr<void> LogStream::on_growth(std::function<void()> listener) {
  const std::lock_guard lock(listeners_->mutex);
  const std::uint64_t number = ++listeners_->last;
  listeners_->by_number[number] = std::make_shared<std::function<void()>>(std::move(listener));
  return {listeners_.get(), [listeners = listeners_, number](void*) {
            Listener dropped;  // destroyed outside the lock
            const std::lock_guard dropping(listeners->mutex);
            dropped = std::move(listeners->by_number[number]);
            listeners->by_number.erase(number);
          }};
}

void LogStream::tell() {
  std::vector<Listener> told;
  {
    const std::lock_guard lock(listeners_->mutex);
    for (const auto& [number, listener] : listeners_->by_number) told.push_back(listener);
  }
  for (const Listener& listener : told) (*listener)();
}

LogRecorder::LogRecorder(store::BlobStore& blobs, std::uint64_t limit_bytes)
    : out_(std::make_shared<LogStream>(blobs, limit_bytes)), err_(std::make_shared<LogStream>(blobs, limit_bytes)) {}

LogRecorder::~LogRecorder() {
  out_->end();
  err_->end();
}

// The engine stops reading only when neither stream takes more bytes.
bool LogRecorder::on_stdout(std::string_view bytes) { return out_->write(bytes) || err_->write({}); }
bool LogRecorder::on_stderr(std::string_view bytes) { return err_->write(bytes) || out_->write({}); }

void LogRecorder::rewind() {
  out_->rewind();
  err_->rewind();
}

}  // namespace executor

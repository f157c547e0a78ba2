// Whose work this is, over several services: W3C Trace Context, the `traceparent` field.
//
// A request brings it; what is done for a job later bears it on. The book remembers it by job, for as long as there is
// room: after a restart a job has none. Any thread may call.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace util {

struct Trace {
  std::string id;            // 32 hex digits
  std::string flags = "00";  // 2 hex digits

  /// nullopt for what the recommendation calls invalid.
  static std::optional<Trace> parse(std::string_view traceparent);
  /// For a call of ours: the same trace, a span of its own.
  std::string traceparent() const;
};

class TraceBook {
 public:
  explicit TraceBook(std::size_t most = 10'000) : most_(most) {}

  void note(const std::string& job, const std::optional<Trace>& trace);
  std::optional<Trace> of(const std::string& job) const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Trace> traces_;
  std::deque<std::string> oldest_first_;
};

/// The process's.
TraceBook& traces();
/// For log fields: the id, or nothing.
std::string trace_id_of(const std::string& job);

}  // namespace util

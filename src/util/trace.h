// W3C Trace Context: the `traceparent` header field, which identifies the work for one request over several services.
//
// A client may send it with a request. The service sends it with the calls that it later makes for the job of that
// request. A TraceBook keeps the trace of each job in memory and forgets the oldest when it is full; after a restart no
// job has a trace. Any thread may call.
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

  /// nullopt: the value is invalid by the W3C recommendation.
  static std::optional<Trace> parse(std::string_view traceparent);
  /// The header field for a call that this service makes: the same trace id, with a new random span id.
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

/// The TraceBook of the process.
TraceBook& traces();
/// For log fields: the trace id of the job, or an empty string.
std::string trace_id_of(const std::string& job);

}  // namespace util

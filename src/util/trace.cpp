#include "util/trace.h"

#include <algorithm>

#include "util/random.h"
#include "util/text.h"

namespace util {
namespace {

constexpr std::size_t id_at = 3;
constexpr std::size_t parent_at = 36;
constexpr std::size_t flags_at = 53;
constexpr std::size_t length_of_version_0 = 55;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) { return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos; }

}  // namespace

std::optional<Trace> Trace::parse(std::string_view text) {
  text = trim(text);
  if (text.size() < length_of_version_0 || text[2] != '-' || text[parent_at - 1] != '-' || text[flags_at - 1] != '-') {
    return std::nullopt;
  }
  const std::string_view version = text.substr(0, 2);
  if (!is_hex(version) || version == "ff") return std::nullopt;
  // Later versions of the standard may append fields after a dash.
  const bool whole = text.size() == length_of_version_0 || (version != "00" && text[length_of_version_0] == '-');
  const std::string_view id = text.substr(id_at, 32);
  const std::string_view flags = text.substr(flags_at, 2);
  if (!whole || !is_id(id) || !is_id(text.substr(parent_at, 16)) || !is_hex(flags)) return std::nullopt;
  return Trace{std::string(id), std::string(flags)};
}

std::string Trace::traceparent() const { return "00-" + id + "-" + to_hex(random_bytes(8)) + "-" + flags; }

void TraceBook::note(const std::string& job, const std::optional<Trace>& trace) {
  if (!trace) return;
  const std::lock_guard lock(mutex_);
  if (!traces_.insert_or_assign(job, *trace).second) return;
  oldest_first_.push_back(job);
  if (oldest_first_.size() <= most_) return;
  traces_.erase(oldest_first_.front());
  oldest_first_.pop_front();
}

std::optional<Trace> TraceBook::of(const std::string& job) const {
  const std::lock_guard lock(mutex_);
  const auto found = traces_.find(job);
  return found == traces_.end() ? std::nullopt : std::optional(found->second);
}

TraceBook& traces() {
  static TraceBook book;
  return book;
}

std::string trace_id_of(const std::string& job) {
  const auto trace = traces().of(job);
  return trace ? trace->id : std::string();
}

}  // namespace util

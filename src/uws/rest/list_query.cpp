#include "uws/rest/list_query.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <string_view>

#include "util/text.h"
#include "uws/rest/answers.h"
#include "uws/rest/request_reader.h"

namespace uws::rest {
namespace {

using util::Error;
using util::ErrorCode;

/// Limited because each RUNID makes a branch of its own in the statement that reads the list.
constexpr std::size_t most_run_ids = 20;

util::Result<ListPlace> read_cursor(std::string_view text) {
  const std::size_t dash = text.find('-');
  std::int64_t time = 0;
  const std::string_view digits = text.substr(0, dash);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), time);
  const bool is_time = error == std::errc{} && end == digits.data() + digits.size();
  if (dash != std::string_view::npos && is_time && may_be_job_id(text.substr(dash + 1))) {
    return ListPlace{util::Instant(std::chrono::milliseconds(time)), JobId(text.substr(dash + 1))};
  }
  return Error::of(
      ErrorCode::invalid_argument,
      util::Fault{"CURSOR", "'" + util::for_display(text) + "' is no place in a list", "what a Link has told"});
}

}  // namespace

std::string to_cursor(const ListPlace& place) {
  return std::to_string(place.creation_time.time_since_epoch().count()) + "-" + place.id;
}

ListPlace place_of(const JobReference& job) { return {job.creation_time, job.id}; }

std::string next_url(const http::Request& request, const std::string& jobs_url, const ListPlace& last) {
  std::string url = jobs_url + "?";
  for (const auto& [name, value] : request.query) {
    if (util::iequals(name, "CURSOR")) continue;
    url += util::percent_encode(name) + "=" + util::percent_encode(value) + "&";
  }
  return url + "CURSOR=" + to_cursor(last);
}

util::Result<ListQuery> read_list_query(const http::Request& request) {
  ListQuery query;
  query.caller = caller_of(request);
  for (const std::string_view word : query_values(request, "PHASE")) {
    ASSIGN_OR_RETURN(const Phase phase, read_phase(word));
    query.phases.push_back(phase);
  }
  std::set<std::string_view> run_ids;
  for (const std::string_view text : query_values(request, "RUNID")) run_ids.insert(text);
  if (run_ids.size() > most_run_ids) {
    return Error::of(ErrorCode::invalid_argument,
                     util::Fault{"RUNID", "there are " + std::to_string(run_ids.size()) + " different ones",
                                 "up to " + std::to_string(most_run_ids) + " in one request"});
  }
  query.run_ids.assign(run_ids.begin(), run_ids.end());
  for (const std::string_view text : query_values(request, "AFTER")) {
    ASSIGN_OR_RETURN(const util::Instant after, read_instant("AFTER", text));
    query.after = std::max(query.after.value_or(after), after);
  }
  for (const std::string_view text : query_values(request, "LAST")) {
    ASSIGN_OR_RETURN(const std::int64_t count, read_last(text));
    query.last = std::min(query.last.value_or(count), count);
  }
  for (const std::string_view text : query_values(request, "CURSOR")) {
    ASSIGN_OR_RETURN(query.beyond, read_cursor(text));
  }
  return query;
}

}  // namespace uws::rest

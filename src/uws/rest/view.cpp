#include "uws/rest/view.h"

#include <algorithm>

#include "util/text.h"

namespace uws::rest {
namespace {

/// Path and SHA-256 of the results, for which the result element of UWS has no attributes.
data::Node digests_of(const std::vector<ResultEntry>& results) {
  data::Node list = data::Node::array();
  for (const ResultEntry& result : results) {
    data::Node node = data::Node::object();
    node.set("id", data::Node::string(result.id));
    if (!result.path.empty()) node.set("path", data::Node::string(result.path));
    node.set("sha256", data::Node::string(result.sha256));
    list.push(std::move(node));
  }
  return list;
}

}  // namespace

JobView::JobView(Job job, const LiveView& lives, std::string_view jobs_url)
    : job_(std::move(job)), lives_(lives), live_(lives.view(job_.id)), url_(std::string(jobs_url) + "/" + job_.id) {
  // For an ended job only the committed state counts. A HELD job has no live state to show.
  if (is_ended(job_.phase) || job_.phase == Phase::held) live_.reset();
  if (!live_) return;
  for (const LiveResult& result : live_->results) live_sizes_.push_back(result.bytes ? result.bytes->size() : 0);
}

std::string JobView::parameter_url(std::string_view name) const {
  return url_ + "/parameters/" + util::percent_encode(name);
}

std::vector<ResultView> JobView::results() const {
  const auto own_url = [&](const std::string& id) { return url_ + "/results/" + util::percent_encode(id); };
  std::vector<ResultView> views;
  for (const ResultEntry& result : job_.results) {
    views.push_back({result.id, own_url(result.id), result.media_type, result.size_bytes, result.path, result.sha256});
  }
  if (!live_) return views;
  for (std::size_t i = 0; i < live_->results.size(); ++i) {
    const LiveResult& result = live_->results[i];
    const std::optional<std::uint64_t> size = result.bytes ? std::optional(live_sizes_[i]) : std::nullopt;
    views.push_back({result.id, result.href.empty() ? own_url(result.id) : result.href, result.media_type, size});
  }
  return views;
}

const LiveResult* JobView::live_result(std::string_view id) const {
  if (!live_) return nullptr;
  const auto found = std::find_if(live_->results.begin(), live_->results.end(),
                                  [&](const LiveResult& result) { return result.id == id; });
  return found == live_->results.end() ? nullptr : &*found;
}

const std::optional<util::Instant>& JobView::quote() const {
  if (!quote_) quote_ = job_.phase == Phase::pending ? lives_.quote_if_run(job_) : live_ ? live_->quote : std::nullopt;
  return *quote_;
}

data::Node JobView::info() const {
  data::Node info = job_.info.is_object() ? job_.info : data::Node::object();
  if (job_.shared_with) info.set("sharedWith", data::Node::string(*job_.shared_with));
  // Not named "results", because clients that ignore namespaces would take it for the results of the job.
  if (!job_.results.empty()) info.set("digests", digests_of(job_.results));
  if (!live_) return info;
  for (const auto& [key, value] : live_->info.members()) info.set(key, value);
  return info;
}

std::string JobView::revision(std::string_view era) const {
  // The release of the run increments the version of an ended job, but changes nothing that a client can see.
  const bool is_to_be_released = is_ended(job_.phase) && job_.claimed;
  std::string revision = std::to_string(job_.version + (is_to_be_released ? 1 : 0));
  if (quote() && !live_) revision += ".quoted";  // only whether there is a quote: its value changes all the time
  if (!live_) return revision;
  revision.append(".").append(era).append(".").append(std::to_string(live_->revision));
  for (const std::uint64_t size : live_sizes_) revision += "." + std::to_string(size);
  return revision;
}

}  // namespace uws::rest

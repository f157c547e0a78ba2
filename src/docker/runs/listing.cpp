#include "docker/runs/listing.h"

#include <deque>
#include <set>

#include "docker/api/json.h"
#include "docker/api/labels.h"
#include "docker/differences.h"
#include "util/text.h"

namespace docker {
namespace {

using executor::RunId;

std::string label_filter(const std::string& installation) {
  auto node = data::Node::object();
  node.set("label", data::Node::strings({std::string(labels::installation) + "=" + installation}));
  return util::percent_encode(data::to_json(node));
}

std::optional<RunId> run_of(const data::Node& thing, const std::string& installation) {
  const auto attempt = util::parse_unsigned(json::text(thing, {"Labels", labels::attempt}));
  RunId run{installation, json::text(thing, {"Labels", labels::job}), static_cast<std::int64_t>(attempt.value_or(0))};
  if (!attempt || !labels::are_of(json::at(thing, {"Labels"}), run)) return std::nullopt;
  return RunId::parse(run.name());
}

/// Requests several lists, one after the other.
class Listing : public std::enable_shared_from_this<Listing> {
 public:
  Listing(Api& api, std::string installation, util::Callback<std::vector<RunId>> done)
      : api_(api), installation_(std::move(installation)), done_(std::move(done)) {}

  /// `key`: the member of the answer that has the list; empty: the answer is the list.
  void add(std::string path, std::string_view key) { left_.emplace_back(std::move(path), key); }

  void next() {
    if (left_.empty()) return done_(std::vector<RunId>(found_.begin(), found_.end()));
    Request request;
    request.path = std::move(left_.front().first);
    const auto key = left_.front().second;
    left_.pop_front();
    api_.call(std::move(request), [self = shared_from_this(), key](util::Result<Answer> result) {
      if (!result.ok()) return self->done_(std::move(result).error());
      if (!result->ok()) return self->done_(result->error());
      const auto answer = result->json();
      if (!answer.ok()) return self->done_(answer.error());
      self->take(key.empty() ? &*answer : json::at(*answer, {key}));
    });
  }

 private:
  void take(const data::Node* things) {
    if (things != nullptr) {
      for (const auto& thing : things->items()) {
        if (const auto run = run_of(thing, installation_)) found_.insert(*run);
      }
    }
    next();
  }

  Api& api_;
  const std::string installation_;
  const util::Callback<std::vector<RunId>> done_;
  std::deque<std::pair<std::string, std::string_view>> left_;
  std::set<RunId> found_;
};

}  // namespace

void list_runs(Api& api, Kind kind, const std::string& installation, util::Callback<std::vector<RunId>> done) {
  auto listing = std::make_shared<Listing>(api, installation, std::move(done));
  const auto query = "filters=" + label_filter(installation);
  listing->add("/containers/json?all=1&" + query, "");
  if (has_network_per_run(kind)) listing->add("/networks?" + query, "");
  listing->add("/volumes?" + query, "Volumes");
  listing->next();
}

}  // namespace docker

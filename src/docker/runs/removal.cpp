#include "docker/runs/removal.h"

#include <chrono>

#include "docker/api/json.h"
#include "docker/api/labels.h"
#include "docker/differences.h"
#include "util/failpoint.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::chrono::milliseconds pause{200};
constexpr std::chrono::minutes longest_removal{2};

}  // namespace

Removal::Removal(Api& api, Kind kind, executor::RunId run, util::Callback<void> done)
    : api_(api), run_(std::move(run)), done_(std::move(done)) {
  const auto name = util::percent_encode(run_.name());
  const auto container = "/containers/" + name;
  const auto network = "/networks/" + name;
  const auto volume = "/volumes/" + name;
  things_.push_back({container, "?force=1&v=1", container + "/json", true});
  if (has_network_per_run(kind)) things_.push_back({network, "", network, false});
  things_.push_back({volume, "", finds_volumes_by_prefix(kind) ? volume : "", false});
}

void Removal::next() {
  if (things_.empty()) return done_({});
  things_.front().inspect_path.empty() ? remove() : inspect();
}

void Removal::inspect() {
  Request request;
  request.path = things_.front().inspect_path;
  api_.call(std::move(request), [self = shared_from_this()](util::Result<Answer> result) {
    if (!result.ok()) return self->done_(std::move(result).error());
    if (result->status == 404) {
      self->things_.pop_front();
      return self->next();
    }
    if (!result->ok()) return self->try_again(*result);
    const auto shown = result->json();
    shown.ok() ? self->on_inspected(*shown) : self->done_(shown.error());
  });
}

void Removal::on_inspected(const data::Node& shown) {
  const bool is_container = things_.front().is_container;
  const auto* labels = is_container ? json::at(shown, {"Config", "Labels"}) : json::at(shown, {"Labels"});
  if (labels::are_of(labels, run_)) return remove();
  // The container has this name but not the labels of the run: then nothing of this name belongs to the run.
  if (is_container) return done_({});
  things_.pop_front();
  next();
}

void Removal::remove() {
  Request request;
  request.method = "DELETE";
  request.path = things_.front().path + things_.front().query;
  request.timeout = longest_removal;
  api_.call(std::move(request), [self = shared_from_this()](util::Result<Answer> result) {
    if (!result.ok()) return self->done_(std::move(result).error());
    if (result->ok() || result->status == 404) {
      if (self->things_.front().is_container) util::failpoint("container.removed");
      self->things_.pop_front();
      return self->next();
    }
    self->try_again(*result);
  });
}

/// The thing may be in removal already, or still in use for a moment.
void Removal::try_again(const Answer& answer) {
  const bool may_pass = answer.status == 409 || answer.status >= 500;
  if (!may_pass || --tries_left_ <= 0) return done_(answer.error());
  api_.after(pause, [self = shared_from_this()] { self->next(); });
}

}  // namespace docker

#include "docker/removal.h"

#include <chrono>

#include "docker/json.h"
#include "docker/labels.h"
#include "util/failpoint.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::chrono::milliseconds pause{200};
constexpr std::chrono::minutes longest_removal{2};

}  // namespace

void Removal::begin() {
  Request request;
  request.path = "/containers/" + util::percent_encode(name_) + "/json";
  api_.call(std::move(request), [self = shared_from_this()](util::Result<Answer> result) {
    if (!result.ok()) return self->done_(std::move(result).error());
    if (result->status == 404) return self->remove_volume();
    if (!result->ok()) return self->done_(result->error());
    const auto container = result->json();
    if (!container.ok()) return self->done_(container.error());
    const bool is_ours = labels::are_of(json::at(*container, {"Config", "Labels"}), self->run_);
    is_ours ? self->remove_container() : self->finish();
  });
}

void Removal::remove_container() {
  remove("/containers/" + util::percent_encode(name_) + "?force=1&v=1", &Removal::remove_container,
         &Removal::remove_volume);
}

void Removal::remove_volume() {
  util::failpoint("container.removed");
  remove("/volumes/" + util::percent_encode(name_), &Removal::remove_volume, &Removal::finish);
}

void Removal::remove(std::string path, Step again, Step next) {
  Request request;
  request.method = "DELETE";
  request.path = std::move(path);
  request.timeout = longest_removal;
  api_.call(std::move(request), [self = shared_from_this(), again, next](util::Result<Answer> result) {
    if (!result.ok()) return self->done_(std::move(result).error());
    if (result->ok() || result->status == 404) return ((*self).*next)();
    // Somebody removes it already, or it is in use for a moment longer.
    const bool may_pass = result->status == 409 || result->status >= 500;
    if (!may_pass || --self->tries_left_ <= 0) return self->done_(result->error());
    self->api_.after(pause, [self, again] { ((*self).*again)(); });
  });
}

}  // namespace docker

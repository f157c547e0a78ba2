#include "docker/runs/mounts.h"

#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>

#include <sys/stat.h>

#include "docker/api/json.h"
#include "docker/differences.h"
#include "util/text.h"

namespace docker {
namespace {

using Verdict = std::optional<std::string>;

Verdict look_at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return std::nullopt;
  if (errno == ENOENT || errno == ENOTDIR) return "the mount's source " + path + " does not exist";
  return "the mount's source " + path + " cannot be seen by this service: " + std::strerror(errno);
}

class Check : public std::enable_shared_from_this<Check> {
 public:
  Check(Api& api, util::WorkerPool& workers, Kind kind, const std::vector<executor::Mount>& mounts,
        util::Callback<Verdict> done)
      : api_(api), workers_(workers), kind_(kind), left_(mounts.begin(), mounts.end()), done_(std::move(done)) {}

  void next() {
    if (left_.empty()) return done_(Verdict());
    const auto mount = std::move(left_.front());
    left_.pop_front();
    if (!mount.source_is_path) return ask_for_volume(mount.source);
    makes_missing_sources(kind_) ? ask_for_path(mount.source) : next();
  }

 private:
  void ask_for_path(const std::string& path) {
    const bool taken = workers_.try_post([self = shared_from_this(), path, post = api_.poster()]() mutable {
      auto verdict = look_at(path);
      // Moving `self` makes sure that the Check is destroyed on the loop, not on this worker.
      post([self = std::move(self), verdict = std::move(verdict)] { self->on_verdict(verdict); });
    });
    if (!taken) done_(util::Error::of(util::ErrorCode::too_many, "too many mounts are looked at"));
  }

  void ask_for_volume(const std::string& name) {
    Request request;
    request.path = "/volumes/" + util::percent_encode(name);
    api_.call(std::move(request), [self = shared_from_this(), name](util::Result<Answer> result) {
      if (!result.ok()) return self->done_(std::move(result).error());
      if (!result->ok() && result->status != 404) return self->done_(result->error());
      const auto volume = result->ok() ? result->json() : util::Result<data::Node>(result->error());
      const bool is_there = volume.ok() && json::text(*volume, {"Name"}) == name;
      self->on_verdict(is_there ? Verdict() : "the engine has no volume '" + name + "'");
    });
  }

  void on_verdict(const Verdict& verdict) { verdict ? done_(verdict) : next(); }

  Api& api_;
  util::WorkerPool& workers_;
  const Kind kind_;
  std::deque<executor::Mount> left_;
  const util::Callback<Verdict> done_;
};

}  // namespace

void check_mounts(Api& api, util::WorkerPool& workers, Kind kind, const std::vector<executor::Mount>& mounts,
                  util::Callback<std::optional<std::string>> done) {
  std::make_shared<Check>(api, workers, kind, mounts, std::move(done))->next();
}

}  // namespace docker

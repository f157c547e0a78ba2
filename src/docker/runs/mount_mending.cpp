#include "docker/runs/mount_mending.h"

#include <utility>

#include "docker/differences.h"
#include "util/log.h"
#include "util/text.h"

namespace docker {

void mend_mount(Api& api, const std::string& container, const Answer& refusal, std::function<void()> done) {
  if (!is_lost_mount(refusal)) return done();
  util::log_warning("a container's storage is unmounted, to be mounted again",
                    {{"container", container}, {"engine", refusal.message()}});
  Request request;
  request.method = "POST";
  request.libpod = true;
  request.path = "/containers/" + util::percent_encode(container) + "/unmount";
  // The answer does not matter, because the caller repeats its request in any case.
  api.call(std::move(request), [done = std::move(done)](const util::Result<Answer>&) { done(); });
}

}  // namespace docker

// Sets right what a request that broke off can leave on Podman: it mounts a container's storage while something is put
// into it or taken out, and may then count a mount that is gone, and refuse every other one. On the loop's thread.
#pragma once

#include <functional>
#include <string>

#include "docker/api.h"

namespace docker {

/// `refusal`: of a request about that container. Done at once when it tells of something else.
void mend_mount(Api& api, const std::string& container, const Answer& refusal, std::function<void()> done);

}  // namespace docker

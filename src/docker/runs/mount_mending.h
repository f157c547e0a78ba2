// Repairs a state that an aborted request can leave on Podman. Podman mounts a container's storage while files are
// copied into or out of it. After an abort it may count a mount that no longer exists, and refuse all further mounts.
// On the loop's thread.
#pragma once

#include <functional>
#include <string>

#include "docker/api/api.h"

namespace docker {

/// `refusal`: the answer to a refused request about the container. If the reason is another one, `done` is called at
/// once.
void mend_mount(Api& api, const std::string& container, const Answer& refusal, std::function<void()> done);

}  // namespace docker

// Finds an image that the engine has: by name, or by id if the image has no digest except its id. On the loop's thread.
#pragma once

#include "docker/api/api.h"
#include "task/image_reference.h"

namespace docker {

/// Gives the answer of /images/{name}/json; a 404 if the engine does not have the image.
void find_image(Api& api, const task::ImageReference& reference, Api::Done done);

}  // namespace docker

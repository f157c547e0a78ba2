// Finds an image that the engine has, by its name or, where it has no digest but its id, by that.
#pragma once

#include "docker/api.h"
#include "task/image_reference.h"

namespace docker {

/// /images/{name}/json of the image, or the 404 of its name.
void find_image(Api& api, const task::ImageReference& reference, Api::Done done);

}  // namespace docker

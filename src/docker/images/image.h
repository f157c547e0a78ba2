// Reads what /images/{name}/json tells about an image. Computes only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/node.h"
#include "docker/engine.h"
#include "executor/engine.h"

namespace docker {

executor::ImageFacts image_facts(const data::Node& image, const task::ImageReference& reference);

/// True if an image that was found by its id has the name of the reference.
bool is_named(const data::Node& image, const task::ImageReference& reference);

/// The name for requests to the engine: name:tag, or name@digest if the reference has a digest.
std::string engine_name(const task::ImageReference& reference);

/// The USER of an image, from which the user of a run follows.
struct ImageUser {
  bool is_root = false;        // the run uses Options::run_as
  std::optional<UserIds> ids;  // set if the image gives numbers
  std::string name;            // set if the image gives a name, to be looked up in the image's /etc/passwd
};
ImageUser read_user(const std::string& user);

/// Parses the number of a user or a group; nullopt if the text is no valid id.
std::optional<std::uint32_t> parse_user_id(std::string_view text);

/// True if the image sets that environment variable.
bool sets_variable(const data::Node& image, std::string_view name);

/// The paths at which the image declares volumes.
std::vector<std::string> volumes_of(const data::Node& image);

}  // namespace docker

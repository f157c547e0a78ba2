// What /images/{name}/json says of an image.
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

/// Is this image, found by its id, one that the reference's name stands for?
bool is_named(const data::Node& image, const task::ImageReference& reference);

/// As engines take it: name:tag, or name@digest where there is a digest.
std::string engine_name(const task::ImageReference& reference);

/// An image's user: how the run's user follows from it.
struct ImageUser {
  bool is_root = false;        // run as Options::run_as
  std::optional<UserIds> ids;  // numbers
  std::string name;            // to be looked up in the image's /etc/passwd
};
ImageUser read_user(const std::string& user);

/// The number of a user or a group.
std::optional<std::uint32_t> parse_user_id(std::string_view text);

/// Does the image set that variable?
bool sets_variable(const data::Node& image, std::string_view name);

/// Where the image wants volumes of its own.
std::vector<std::string> volumes_of(const data::Node& image);

}  // namespace docker

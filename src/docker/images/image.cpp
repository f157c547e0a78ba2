#include "docker/images/image.h"

#include <algorithm>
#include <limits>

#include "docker/api/api.h"
#include "docker/api/json.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::size_t most_volumes = 100;

/// True if `shown` is the name of the reference. Engines shorten the names of images from docker.io.
bool is_name(std::string_view shown, const task::ImageReference& reference) {
  constexpr std::string_view hub = "docker.io/";
  constexpr std::string_view library = "library/";
  std::string_view name = reference.repository;
  const auto full = reference.name();
  if (shown == full) return true;
  if (reference.registry + "/" != hub) return false;
  if (shown == name) return true;
  return name.starts_with(library) && shown == name.substr(library.size());
}

}  // namespace

std::optional<std::uint32_t> parse_user_id(std::string_view text) {
  const auto number = util::parse_unsigned(text);
  if (!number || *number > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::string engine_name(const task::ImageReference& reference) {
  return reference.digest.empty() ? reference.name() + ":" + reference.tag : reference.name() + "@" + reference.digest;
}

executor::ImageFacts image_facts(const data::Node& image, const task::ImageReference& reference) {
  executor::ImageFacts facts;
  facts.id = engine_words(json::text(image, {"Id"}));
  facts.digest = reference.digest.empty() ? facts.id : reference.digest;  // the image was found by its digest
  const auto* digests = reference.digest.empty() ? json::at(image, {"RepoDigests"}) : nullptr;
  if (digests != nullptr) {
    for (const auto& item : digests->items()) {
      const auto text = item.as_string().value_or("");
      const auto at = text.find('@');
      if (at == std::string::npos || !is_name(std::string_view(text).substr(0, at), reference)) continue;
      facts.digest = engine_words(std::string_view(text).substr(at + 1));
    }
  }
  facts.size_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, json::number(image, {"Size"}).value_or(0)));
  facts.architecture = engine_words(json::text(image, {"Architecture"}));
  facts.os = engine_words(json::text(image, {"Os"}));
  facts.user = engine_words(json::text(image, {"Config", "User"}));
  if (const auto* ports = json::at(image, {"Config", "ExposedPorts"}); ports != nullptr) {
    for (const auto& [port, nothing] : ports->members()) facts.exposed_ports.push_back(engine_words(port));
  }
  return facts;
}

bool is_named(const data::Node& image, const task::ImageReference& reference) {
  const auto* tags = json::at(image, {"RepoTags"});
  if (tags == nullptr) return false;
  for (const auto& item : tags->items()) {
    const auto text = item.as_string().value_or("");
    const auto colon = text.rfind(':');
    if (colon != std::string::npos && is_name(std::string_view(text).substr(0, colon), reference)) return true;
  }
  return false;
}

ImageUser read_user(const std::string& user) {
  const auto colon = user.find(':');
  const auto name = user.substr(0, colon);
  const auto uid = parse_user_id(name);
  ImageUser result;
  if (name.empty() || name == "root" || uid == std::uint32_t{0}) {
    result.is_root = true;
  } else if (uid) {
    const auto gid =
        colon == std::string::npos ? std::nullopt : parse_user_id(std::string_view(user).substr(colon + 1));
    result.ids = UserIds{*uid, gid.value_or(0)};
  } else {
    result.name = name;
  }
  return result;
}

bool sets_variable(const data::Node& image, std::string_view name) {
  const auto* list = json::at(image, {"Config", "Env"});
  if (list == nullptr) return false;
  const auto beginning = std::string(name) + "=";
  const auto is_it = [&](const data::Node& item) { return item.as_string().value_or("").starts_with(beginning); };
  return std::any_of(list->items().begin(), list->items().end(), is_it);
}

std::vector<std::string> volumes_of(const data::Node& image) {
  std::vector<std::string> paths;
  const auto* volumes = json::at(image, {"Config", "Volumes"});
  if (volumes == nullptr) return paths;
  for (const auto& [path, nothing] : volumes->members()) {
    const bool leads_up = path.find("/../") != std::string::npos || path.ends_with("/..");
    if (paths.size() < most_volumes && path.size() > 1 && path.starts_with('/') && !leads_up) paths.push_back(path);
  }
  return paths;
}

}  // namespace docker

#include "task/image_pattern.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "util/text.h"

namespace task {
namespace {

/// Registries where everybody who has an account may publish images.
constexpr std::string_view public_registries[] = {
    "docker.io", "index.docker.io", "registry-1.docker.io", "gcr.io",
    "ghcr.io",   "quay.io",         "public.ecr.aws",       "registry.gitlab.com"};

/// The prefix, with the registry, of the names that a pattern with a star matches.
std::string beginning_of(std::string_view pattern) {
  pattern.remove_suffix(1);
  const auto slash = pattern.find('/');
  const bool qualified = slash != pattern.npos && pattern.substr(0, slash).find_first_of(".:") != pattern.npos;
  const bool is_full = qualified || pattern.starts_with("localhost/");
  return is_full ? std::string(pattern) : "docker.io/" + std::string(pattern);
}

}  // namespace

bool is_open_to_publishers(std::string_view pattern) {
  if (!pattern.ends_with('*')) return false;
  const std::string beginning = beginning_of(pattern);
  const auto slash = beginning.find('/');
  const bool has_namespace = beginning.find('/', slash + 1) != beginning.npos;
  auto registry = std::string_view(beginning).substr(0, slash);
  registry = registry.substr(0, registry.find(':'));
  return !has_namespace &&
         std::find(std::begin(public_registries), std::end(public_registries), registry) != std::end(public_registries);
}

bool matches(std::string_view pattern, const ImageReference& image) {
  if (pattern.ends_with('*')) return image.name().starts_with(beginning_of(pattern));
  const auto listed = ImageReference::parse(pattern);
  if (!listed.ok() || listed->name() != image.name()) return false;
  if (!listed->digest.empty()) return listed->digest == image.digest;
  const auto last_segment = pattern.rfind('/') == pattern.npos ? 0 : pattern.rfind('/');
  const bool any_tag = pattern.find(':', last_segment) == pattern.npos;
  return any_tag || (listed->tag == image.tag && image.digest.empty());
}

void take_image_patterns(config::Reader& reader, std::string_view key, std::vector<std::string>& target) {
  reader.take(key, target);
  for (const config::Section& entry : reader.section(key).items()) {
    const auto text = entry.node()->as_string().value_or("");
    const bool is_pattern = !text.empty() && text.find('*') == text.size() - 1;  // one star, at the end
    if (is_pattern || ImageReference::parse(text).ok()) continue;
    const util::Fault fault{"", "'" + util::for_display(text) + "' is not the name of an image",
                            "hello-world, registry.example.org/astro/*, name:tag or name@sha256:..."};
    reader.add(entry, util::Error::of(util::ErrorCode::invalid_argument, fault));
  }
}

}  // namespace task

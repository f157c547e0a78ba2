#include "docker/api/host_paths.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "task/container_task.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::string_view unnamed = "(a file of the engine)";

/// True for the id of a layer or container.
bool is_engine_id(std::string_view segment) {
  constexpr std::string_view init_layer = "-init";
  if (segment.ends_with(init_layer)) segment.remove_suffix(init_layer.size());
  constexpr std::size_t shortest = 32;
  return segment.size() >= shortest && segment.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_root_of_container(std::string_view segment) {
  return segment == "merged" || segment == "diff" || segment == "rootfs";
}

bool lies_in_engine(std::string_view path) {
  static constexpr std::array<std::string_view, 10> folders{
      "/var/lib/docker/", "/var/lib/containers/", "/var/lib/containerd/", "/run/docker/",     "/run/containers/",
      "/run/containerd/", "/run/libpod/",         "/run/netns/",          "/var/run/docker/", "/run/runc/"};
  return std::any_of(folders.begin(), folders.end(), [&](std::string_view folder) { return path.starts_with(folder); });
}

std::string joined(const std::vector<std::string_view>& segments, std::size_t first) {
  std::string path;
  for (auto i = first; i < segments.size(); ++i) path.append("/").append(segments[i]);
  return path;
}

std::string shown_path(std::string_view path) {
  const auto segments = util::split(path, '/');
  for (auto i = segments.size(); i-- > 2;) {
    if (is_root_of_container(segments[i]) && is_engine_id(segments[i - 1])) {
      const auto inside = joined(segments, i + 1);
      return inside.empty() ? "/" : inside;
    }
    if (segments[i] == "_data" && segments[i - 2] == "volumes") {
      const bool is_runs_own = segments[i - 1].starts_with("duws-");
      return std::string(is_runs_own ? task::work_volume_path : segments[i - 1]) + joined(segments, i + 1);
    }
  }
  const bool has_id = std::any_of(segments.begin(), segments.end(), is_engine_id);
  return std::string(has_id || lies_in_engine(path) ? unnamed : path);
}

/// True for a character that can come directly before or after a path in a sentence.
bool is_border(char c) { return std::string_view(" \t\r\n\"'`:,;=()[]{}<>|").find(c) != std::string_view::npos; }

}  // namespace

std::string without_host_paths(std::string_view words) {
  std::string shown;
  std::size_t at = 0;
  while (at < words.size()) {
    const bool begins = words[at] == '/' && (at == 0 || is_border(words[at - 1]));
    if (!begins) {
      shown.push_back(words[at++]);
      continue;
    }
    auto end = at;
    while (end < words.size() && !is_border(words[end])) ++end;
    shown.append(shown_path(words.substr(at, end - at)));
    at = end;
  }
  return shown;
}

}  // namespace docker

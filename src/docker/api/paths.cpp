#include "docker/api/paths.h"

#include <vector>

#include "util/text.h"

namespace docker {

std::string normal_path(std::string_view path, std::string_view from) {
  std::vector<std::string_view> segments;
  const auto walk = [&](std::string_view along) {
    for (const auto segment : util::split(along, '/')) {
      if (segment.empty() || segment == ".") continue;
      if (segment != "..") {
        segments.push_back(segment);
      } else if (!segments.empty()) {
        segments.pop_back();
      }
    }
  };
  if (!path.starts_with('/')) walk(from);
  walk(path);
  std::string result;
  for (const auto segment : segments) result.append("/").append(segment);
  return result.empty() ? "/" : result;
}

}  // namespace docker

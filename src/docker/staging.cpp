#include "docker/staging.h"

#include <algorithm>
#include <set>
#include <string>

namespace docker {
namespace {

std::string relative(std::string_view absolute) {
  return std::string(absolute.substr(std::min(absolute.find_first_not_of('/'), absolute.size())));
}

void add_folders(std::vector<TarItem>& items, std::set<std::string>& made, const std::string& file,
                 const UserIds& owner) {
  const auto top = relative(task::work_folder) + "/";
  if (!file.starts_with(top)) return;
  for (auto slash = file.find('/', top.size()); slash != std::string::npos; slash = file.find('/', slash + 1)) {
    auto folder = file.substr(0, slash);
    if (made.insert(folder).second) items.push_back({std::move(folder), owner, true, 0, {}});
  }
}

}  // namespace

std::vector<TarItem> staging_items(const std::vector<executor::InputFile>& inputs, const UserIds& owner,
                                   std::string_view workdir) {
  std::vector<TarItem> items;
  std::set<std::string> made;
  items.push_back({relative(task::work_folder), owner, true, 0, {}});
  add_folders(items, made, relative(workdir) + "/", owner);
  for (const auto& input : inputs) {
    auto path = relative(input.path);
    add_folders(items, made, path, owner);
    items.push_back({std::move(path), owner, false, input.size_bytes, input.open, input.mode});
  }
  return items;
}

}  // namespace docker

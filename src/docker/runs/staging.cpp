#include "docker/runs/staging.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

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

class TextSource : public util::ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  util::Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    const auto count = text_.copy(buffer, capacity, read_);
    read_ += count;
    return count;
  }

 private:
  const std::string text_;
  std::size_t read_ = 0;
};

util::Result<std::unique_ptr<util::ByteSource>> open_text(const std::string& text) {
  return std::unique_ptr<util::ByteSource>(std::make_unique<TextSource>(text));
}

bool is_within(std::string_view path, std::string_view folder) {
  return path == folder || (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

}  // namespace

std::vector<std::string> own_volumes(std::vector<std::string> volumes, const std::vector<executor::Mount>& mounts) {
  std::erase_if(volumes, [&](const std::string& volume) {
    return volume == task::work_volume_path || volume == task::work_folder ||
           std::any_of(mounts.begin(), mounts.end(),
                       [&](const auto& mount) { return is_within(volume, mount.target); });
  });
  return volumes;
}

std::vector<TarItem> staging_items(const std::vector<executor::InputFile>& inputs, const UserIds& owner,
                                   std::string_view workdir, const ImageAdditions& additions) {
  std::vector<TarItem> items;
  std::set<std::string> made;
  items.push_back({relative(task::work_folder), owner, true, 0, {}});
  add_folders(items, made, relative(workdir) + "/", owner);
  if (!additions.passwd.empty()) {
    items.push_back(
        {"etc/passwd", {0, 0}, false, additions.passwd.size(), [text = additions.passwd] { return open_text(text); }});
  }
  for (const auto& volume : additions.volumes) {
    auto path = relative(volume);
    path.erase(path.find_last_not_of('/') + 1);
    items.push_back({std::move(path), owner, true, 0, {}});
  }
  for (const auto& input : inputs) {
    auto path = relative(input.path);
    add_folders(items, made, path, owner);
    items.push_back({std::move(path), owner, false, input.size_bytes, input.open, input.mode});
  }
  return items;
}

}  // namespace docker

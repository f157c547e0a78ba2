#include "docker/images/passwd.h"

#include <memory>
#include <utility>

#include "docker/images/image.h"
#include "docker/tar/tar_reader.h"
#include "task/container_task.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr int most_passwd_links = 8;

/// Reads an archive of one file: its text, or its target if it is a symbolic link.
class FileReader : private TarHandler {
 public:
  FileReader() : reader_(*this) {}
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  bool feed(std::string_view bytes) { return reader_.feed(bytes); }
  const std::string& text() const { return text_; }
  const std::string& link() const { return link_; }

 private:
  bool on_entry(const TarEntry& entry) override {
    if (entry.type == TarEntry::Type::symlink) link_ = entry.link;
    return entry.type == TarEntry::Type::file && text_.empty();
  }
  bool on_data(std::string_view bytes) override {
    text_.append(bytes.substr(0, longest - text_.size()));
    return text_.size() < longest;
  }
  bool on_entry_end() override { return true; }

  static constexpr std::size_t longest = 1U << 20U;
  TarReader reader_;
  std::string text_;
  std::string link_;
};

/// Some engines return a symbolic link itself. Then another request asks for its target.
void read_user_file(Api& api, const std::string& container, const std::string& path, int links,
                    const util::Callback<PasswdAnswer>& done) {
  auto reader = std::make_shared<FileReader>();
  Request request;
  request.path = "/containers/" + util::percent_encode(container) + "/archive?path=" + util::percent_encode(path);
  request.on_data = [reader](std::string_view bytes) { return reader->feed(bytes); };
  api.call(std::move(request), [&api, container, path, links, reader, done](util::Result<Answer> result) {
    if (!reader->link().empty() && links < most_passwd_links) {
      const auto& link = reader->link();
      const auto target = link.starts_with('/') ? link : path.substr(0, path.rfind('/') + 1) + link;
      return read_user_file(api, container, target, links + 1, done);
    }
    // The reader ends the transfer when it has enough, which shows as `too_large`.
    if (!result.ok() && result.error().code != util::ErrorCode::too_large) return done(std::move(result).error());
    if (result.ok() && result->status >= 500) return done(PasswdAnswer{{}, std::move(result).value()});
    done(PasswdAnswer{reader->text(), std::nullopt});
  });
}

}  // namespace

void read_passwd(Api& api, const std::string& container, const util::Callback<PasswdAnswer>& done) {
  read_user_file(api, container, "/etc/passwd", 0, done);
}

const std::string* PasswdBook::find(const std::string& image_id) const {
  const auto found = texts_.find(image_id);
  return found == texts_.end() ? nullptr : &found->second;
}

void PasswdBook::add(const std::string& image_id, const std::string& text) {
  if (image_id.empty() || text.size() > longest_text) return;
  if (texts_.size() >= most_images) texts_.erase(texts_.begin());
  texts_[image_id] = text;
}

std::optional<UserIds> find_user(std::string_view passwd, std::string_view name) {
  for (const auto line : util::split(passwd, '\n')) {
    const auto fields = util::split(line, ':');
    if (fields.size() < 4 || fields[0] != name) continue;
    const auto uid = parse_user_id(fields[2]);
    const auto gid = parse_user_id(fields[3]);
    if (uid && gid) return UserIds{*uid, *gid};
  }
  return std::nullopt;
}

std::optional<std::string> name_of_user(std::string_view passwd, std::uint32_t uid) {
  for (const auto line : util::split(passwd, '\n')) {
    const auto fields = util::split(line, ':');
    if (fields.size() >= 4 && !fields[0].empty() && parse_user_id(fields[2]) == uid) return std::string(fields[0]);
  }
  return std::nullopt;
}

std::string name_for_user(std::string_view passwd) {
  std::string name = "duws";
  while (find_user(passwd, name)) name += "-run";
  return name;
}

std::string with_user(std::string_view passwd, const std::string& name, const UserIds& ids) {
  std::string text(passwd.empty() ? "root:x:0:0:root:/root:/bin/sh\n" : passwd);
  if (!text.ends_with('\n')) text += '\n';
  return text + name + ":x:" + std::to_string(ids.uid) + ":" + std::to_string(ids.gid) +
         "::" + std::string(task::work_folder) + ":/bin/sh\n";
}

}  // namespace docker

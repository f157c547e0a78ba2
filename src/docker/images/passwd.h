// The users of an image: its /etc/passwd, read from a container that has not been started yet.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "docker/api/api.h"
#include "docker/engine.h"
#include "executor/engine.h"
#include "util/async.h"

namespace docker {

/// Reads the file; symbolic links are followed. `text` is empty if there is no such file; `failure` is an answer with a
/// status of 500 or more. On the loop.
struct PasswdAnswer {
  std::string text;
  std::optional<Answer> failure;
};
void read_passwd(Api& api, const std::string& container, const util::Callback<PasswdAnswer>& done);

/// A bounded cache of these files by image id; an image never changes. Used on the loop.
class PasswdBook {
 public:
  const std::string* find(const std::string& image_id) const;
  void add(const std::string& image_id, const std::string& text);

 private:
  static constexpr std::size_t most_images = 256;
  static constexpr std::size_t longest_text = 64U << 10U;
  std::map<std::string, std::string> texts_;
};

/// The ids of a user; nullopt if the file does not have the user.
std::optional<UserIds> find_user(std::string_view passwd, std::string_view name);

/// The name of a user; nullopt if the file does not have the id.
std::optional<std::string> name_of_user(std::string_view passwd, std::uint32_t uid);

/// A name that the file does not have, for a run's user that the image does not know.
std::string name_for_user(std::string_view passwd);

/// The file with that user added; the user's home is the run's folder.
std::string with_user(std::string_view passwd, const std::string& name, const UserIds& ids);

}  // namespace docker

// The users that an image knows: its /etc/passwd, read from a container that was not started yet.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "docker/api.h"
#include "docker/engine.h"
#include "executor/engine.h"

namespace docker {

/// The text of the file, through symbolic links; empty when there is none. An answer of 500 or more is given as it is.
/// On the loop.
struct PasswdAnswer {
  std::string text;
  std::optional<Answer> failure;
};
void read_passwd(Api& api, const std::string& container, const executor::Callback<PasswdAnswer>& done);

/// What was read, by the image's id: an image never changes. Bounded. On the loop.
class PasswdBook {
 public:
  const std::string* find(const std::string& image_id) const;
  void add(const std::string& image_id, const std::string& text);

 private:
  static constexpr std::size_t most_images = 256;
  static constexpr std::size_t longest_text = 64U << 10U;
  std::map<std::string, std::string> texts_;
};

/// The numbers of a user; bounded by the size of the text.
std::optional<UserIds> find_user(std::string_view passwd, std::string_view name);

/// The name of a user; absent when the image does not know that number.
std::optional<std::string> name_of_user(std::string_view passwd, std::uint32_t uid);

/// What a run's user is called that the image does not know.
std::string name_for_user(std::string_view passwd);

/// The file with that user added, whose home is the run's folder.
std::string with_user(std::string_view passwd, const std::string& name, const UserIds& ids);

}  // namespace docker

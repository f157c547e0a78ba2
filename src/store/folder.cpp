#include "store/folder.h"

#include <cerrno>
#include <chrono>
#include <system_error>

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

namespace store {
namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

}  // namespace

util::Error io_error(std::string_view doing, int number) {
  const std::string what(doing);
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return util::Error::busy("no space left for " + what, std::chrono::seconds(60));
    case EMFILE:
    case ENFILE:
      return util::Error::busy("too many open files for " + what, std::chrono::seconds(5));
    default:
      return util::Error::of(util::ErrorCode::internal, what + ": " + std::generic_category().message(number));
  }
}

util::Status make_folder(const std::string& folder) {
  if (folder.empty() || folder.front() != '/') {
    return util::Error::of(
        util::ErrorCode::invalid_argument,
        util::Fault{"folder", "\"" + folder + "\" is not an absolute path", "a path such as /var/lib/x"});
  }
  struct stat there {};
  if (::stat(folder.c_str(), &there) == 0) {
    if (S_ISDIR(there.st_mode)) return {};
    return util::Error::of(util::ErrorCode::invalid_argument, "\"" + folder + "\" is not a folder");
  }
  if (errno == ENOTDIR) {
    return util::Error::of(util::ErrorCode::invalid_argument,
                           "\"" + folder + "\" is below something that is not a folder");
  }
  if (errno != ENOENT) return io_error("the folder " + folder, errno);
  const std::string parent = parent_of(folder);
  RETURN_IF_ERROR(make_folder(parent));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return io_error("the folder " + folder, errno);
  return sync_path(parent);
}

util::Status sync_path(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return io_error("syncing " + path, errno);
  const int failed = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  if (failed != 0) return io_error("syncing " + path, failed);
  return {};
}

}  // namespace store

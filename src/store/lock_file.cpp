#include "store/lock_file.h"

#include <array>
#include <cerrno>
#include <string_view>

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "store/folder.h"
#include "store/holder.h"
#include "util/text.h"
#include "util/time.h"

namespace store {
namespace {

// The file has two locks. text_lock is held for a moment while the file's text is read or written; use_lock is held as
// long as the resource is used.
constexpr off_t text_lock = 0;
constexpr off_t use_lock = 1;

/// Returns 0 or the errno.
int set_lock(int file, off_t which, short kind, bool waits) {
  struct flock wanted {};
  wanted.l_type = kind;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = which;
  wanted.l_len = 1;
  while (::fcntl(file, waits ? F_OFD_SETLKW : F_OFD_SETLK, &wanted) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

bool is_taken(int error) { return error == EAGAIN || error == EACCES; }

/// The text of the file in two lines: the process that took the lock last, and its group.
struct Text {
  std::string who;
  std::string group;
};

Text read_text(int file) {
  std::array<char, 1024> bytes{};
  const ssize_t size = ::pread(file, bytes.data(), bytes.size(), 0);
  const std::string_view all(bytes.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  const auto lines = util::split(all, '\n');
  return {lines.empty() ? "" : util::for_display(lines[0], 300), lines.size() < 2 ? "" : std::string(lines[1])};
}

/// Ignores errors, for example of a full disk: the lock is valid without the text.
void write_text(int file, const Text& text) {
  const std::string bytes = text.who + "\n" + text.group + "\n";
  if (::ftruncate(file, 0) != 0) return;
  [[maybe_unused]] const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), 0);
}

util::Error in_use(const LockFile::Use& use, const Text& there) {
  const std::string who = there.who.empty() ? "another process" : there.who;
  const std::string other = use.group.empty() || there.group.empty() ? "" : " for another database";
  return util::Error::of(util::ErrorCode::conflict, use.what + " is in use" + other + ": " + who +
                                                        "; end that process, or configure another place");
}

}  // namespace

LockFile::~LockFile() { ::close(file_); }

util::Result<std::unique_ptr<LockFile>> LockFile::take(const std::string& path, const Use& use) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return io_error("the lock file " + path, errno);
  std::unique_ptr<LockFile> taken(new LockFile(file));
  RETURN_IF_ERROR(taken->lock(path, use));
  return taken;
}

util::Status LockFile::lock(const std::string& path, const Use& use) {
  if (const int failed = set_lock(file_, text_lock, F_WRLCK, true); failed != 0) {
    return io_error("locking " + path, failed);
  }
  util::Status status = lock_use(path, use);
  set_lock(file_, text_lock, F_UNLCK, false);
  return status;
}

util::Status LockFile::lock_use(const std::string& path, const Use& use) {
  int failed = set_lock(file_, use_lock, F_WRLCK, false);
  was_alone_ = failed == 0;
  if (is_taken(failed)) {
    const Text there = read_text(file_);
    if (use.group.empty() || there.group != use.group) return in_use(use, there);
    failed = set_lock(file_, use_lock, F_RDLCK, false);
    if (is_taken(failed)) return in_use(use, there);
  }
  if (failed != 0) return io_error("locking " + path, failed);
  write_text(file_, {holder_since(this_process(), util::now()), use.group});
  ::futimens(file_, nullptr);
  struct stat there {};
  if (::fstat(file_, &there) != 0) return io_error("locking " + path, errno);
  taken_at_ = Time(std::chrono::seconds(there.st_ctim.tv_sec) + std::chrono::nanoseconds(there.st_ctim.tv_nsec));
  if (was_alone_ && !use.group.empty()) failed = set_lock(file_, use_lock, F_RDLCK, false);
  return failed == 0 ? util::Status{} : io_error("locking " + path, failed);
}

util::Result<std::unique_ptr<LockFile>> lock_blob_folder(const std::string& folder, const std::string& installation) {
  return LockFile::take(folder + "/.lock", {"the blob folder " + folder, installation});
}

}  // namespace store

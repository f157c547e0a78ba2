#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <set>
#include <utility>

#include <sys/stat.h>
#include <sys/utsname.h>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/blob_file.h"
#include "store/blob_listing.h"
#include "store/blob_store.h"
#include "store/folder.h"
#include "util/log.h"

namespace store {
namespace {

util::Error no_such_blob() { return util::Error::of(util::ErrorCode::not_found, "no such blob"); }

util::Status sync_file(int number) {
  if (::fsync(number) != 0) return io_error("syncing the blob folder", errno);
  return {};
}

/// From this number of blobs on, the whole file system is synced at once.
constexpr std::size_t many = 64;

/// Before Linux 5.8 syncfs(2) did not report write errors.
bool sync_tells_failures() {
  static const bool tells = [] {
    utsname system{};
    unsigned major = 0;
    unsigned minor = 0;
    if (::uname(&system) != 0 || std::sscanf(system.release, "%u.%u", &major, &minor) != 2) return false;
    return major > 5 || (major == 5 && minor >= 8);
  }();
  return tells;
}

bool is_sub_folder(const std::string& name) { return name.size() == 2 && is_blob_id(name + std::string(24, 'a')); }

struct CloseListing {
  void operator()(DIR* listing) const { ::closedir(listing); }
};

/// The names in a folder, without those that begin with a dot.
util::Result<std::vector<std::string>> names_in(int parent, const std::string& folder) {
  const int number = ::openat(parent, folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (number < 0 && (errno == ENOTDIR || errno == ELOOP)) return std::vector<std::string>();  // not made here
  if (number < 0) return io_error("listing the blob folder", errno);
  const std::unique_ptr<DIR, CloseListing> listing(::fdopendir(number));
  if (!listing) {
    const int failed = errno;
    ::close(number);
    return io_error("listing the blob folder", failed);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  if (errno != 0) return io_error("listing the blob folder", errno);
  return names;
}

class OlderBlobs : public BlobListing {
 public:
  OlderBlobs(std::shared_ptr<const File> folder, std::vector<std::string> sub_folders, LockFile::Time time)
      : folder_(std::move(folder)), sub_folders_(std::move(sub_folders)), time_(time) {}

  util::Result<std::vector<BlobId>> next(std::size_t at_most) override {
    std::vector<BlobId> blobs;
    while (blobs.size() < at_most) {
      if (names_.empty()) {
        if (sub_folders_.empty()) break;
        sub_folder_ = std::move(sub_folders_.back());
        sub_folders_.pop_back();
        if (!is_sub_folder(sub_folder_)) continue;
        ASSIGN_OR_RETURN(names_, names_in(folder_->number(), sub_folder_));
        continue;
      }
      std::string name = std::move(names_.back());
      names_.pop_back();
      if (is_blob_id(name) && name.starts_with(sub_folder_) && is_older(name)) blobs.push_back(std::move(name));
    }
    return blobs;
  }

 private:
  /// Compares the ctime, because programs cannot set it.
  bool is_older(const BlobId& id) const {
    struct stat there {};
    if (::fstatat(folder_->number(), blob_path(id).c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) return false;
    const auto changed = std::chrono::seconds(there.st_ctim.tv_sec) + std::chrono::nanoseconds(there.st_ctim.tv_nsec);
    return changed < time_.time_since_epoch();
  }

  const std::shared_ptr<const File> folder_;
  std::vector<std::string> sub_folders_;  // still to be listed
  const LockFile::Time time_;
  std::string sub_folder_;
  std::vector<std::string> names_;  // names in sub_folder_ that are still to be checked
};

class BlobFolder : public BlobStore {
 public:
  explicit BlobFolder(File folder) : folder_(std::make_shared<const File>(std::move(folder))) {}

  util::Result<std::unique_ptr<BlobWriter>> create(std::uint64_t limit_bytes) override {
    return create_blob(folder_, limit_bytes);
  }

  util::Result<std::unique_ptr<util::ByteSource>> open(const BlobId& id, std::uint64_t offset,
                                                       std::optional<std::uint64_t> length) override {
    ASSIGN_OR_RETURN(File file, open_file(id));
    ASSIGN_OR_RETURN(const std::uint64_t there, size_of(file));
    const std::uint64_t begin = std::min(offset, there);
    return read_blob(std::move(file), begin, std::min(length.value_or(there), there - begin));
  }

  util::Result<std::uint64_t> size(const BlobId& id) override {
    ASSIGN_OR_RETURN(const File file, open_file(id));
    return size_of(file);
  }

  util::Status sync(const std::vector<BlobId>& ids) override {
    return ids.size() >= many && sync_tells_failures() ? sync_whole() : sync_each(ids);
  }

  /// Syncs everything that the file system has not written yet. That is more than these blobs, but much faster than to
  /// wait for the disk once for each of them.
  util::Status sync_whole() {
    if (::syncfs(folder_->number()) != 0) return io_error("syncing the blob folder", errno);
    return {};
  }

  util::Status sync_each(const std::vector<BlobId>& ids) {
    std::set<std::string> sub_folders;
    for (const BlobId& id : ids) {
      ASSIGN_OR_RETURN(const File file, open_file(id));
      RETURN_IF_ERROR(sync_file(file.number()));
      sub_folders.insert(id.substr(0, 2));
    }
    for (const std::string& sub_folder : sub_folders) {
      const File file(::openat(folder_->number(), sub_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!file.is_open()) return io_error("syncing the blob folder", errno);
      RETURN_IF_ERROR(sync_file(file.number()));
    }
    return ids.empty() ? util::Status{} : sync_file(folder_->number());
  }

  util::Status remove(const BlobId& id) override {
    if (!is_blob_id(id)) return {};
    if (::unlinkat(folder_->number(), blob_path(id).c_str(), 0) != 0 && errno != ENOENT) {
      return io_error("removing a blob", errno);
    }
    return {};
  }

 private:
  util::Result<File> open_file(const BlobId& id) const {
    if (!is_blob_id(id)) return no_such_blob();
    File file(::openat(folder_->number(), blob_path(id).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (file.is_open()) return file;
    if (errno == ENOENT) return no_such_blob();
    return io_error("reading a blob", errno);
  }

  static util::Result<std::uint64_t> size_of(const File& file) {
    struct stat there {};
    if (::fstat(file.number(), &there) != 0) return io_error("reading a blob", errno);
    return static_cast<std::uint64_t>(there.st_size);
  }

  const std::shared_ptr<const File> folder_;
};

}  // namespace

util::Result<std::unique_ptr<BlobListing>> list_blobs(const std::string& folder, LockFile::Time before) {
  auto file = std::make_shared<const File>(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file->is_open()) return io_error("the blob folder " + folder, errno);
  ASSIGN_OR_RETURN(auto sub_folders, names_in(file->number(), "."));
  return std::unique_ptr<BlobListing>(std::make_unique<OlderBlobs>(std::move(file), std::move(sub_folders), before));
}

util::Result<std::unique_ptr<BlobStore>> open_blob_folder(const std::string& folder) {
  RETURN_IF_ERROR(make_folder(folder));
  File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.is_open()) return io_error("the blob folder " + folder, errno);
  return std::unique_ptr<BlobStore>(std::make_unique<BlobFolder>(std::move(file)));
}

}  // namespace store

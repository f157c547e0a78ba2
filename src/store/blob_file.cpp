#include "store/blob_file.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "store/folder.h"
#include "util/file_bytes.h"
#include "util/hash.h"
#include "util/random.h"
#include "util/text.h"

namespace store {
namespace {

constexpr std::size_t id_length = 26;

class FileWriter : public BlobWriter {
 public:
  FileWriter(std::shared_ptr<const File> folder, BlobId id, File file, std::uint64_t limit_bytes)
      : folder_(std::move(folder)), id_(std::move(id)), file_(std::move(file)), limit_bytes_(limit_bytes) {}

  ~FileWriter() override {
    if (!finished_) ::unlinkat(folder_->number(), blob_path(id_).c_str(), 0);
  }

  const BlobId& id() const override { return id_; }
  std::uint64_t size() const override { return size_; }
  const std::string& sha256() const override { return sha256_; }

  util::Status write(std::string_view bytes) override {
    if (!file_.is_open()) return util::Error::of(util::ErrorCode::internal, "a write to a blob that is closed");
    if (bytes.size() > limit_bytes_ - size_) {
      return util::Error::of(util::ErrorCode::too_large, "more than " + std::to_string(limit_bytes_) + " bytes");
    }
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_.number(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return io_error("the blob folder", errno);
      const std::string_view done = bytes.substr(0, static_cast<std::size_t>(written));
      hash_.update(done);
      size_ += done.size();
      bytes.remove_prefix(done.size());
    }
    return {};
  }

  util::Status finish() override {
    if (finished_) return {};
    if (const int failed = file_.close(); failed != 0) return io_error("the blob folder", failed);
    sha256_ = util::to_hex(hash_.finish());
    finished_ = true;
    return {};
  }

 private:
  const std::shared_ptr<const File> folder_;
  const BlobId id_;
  File file_;
  const std::uint64_t limit_bytes_;
  std::uint64_t size_ = 0;
  util::Sha256 hash_;
  std::string sha256_;
  bool finished_ = false;
};

class FileSource : public util::FileBytes {
 public:
  FileSource(File file, std::uint64_t offset, std::uint64_t length)
      : file_(std::move(file)), size_(length), next_(offset), end_(offset + length) {}

  std::uint64_t size() const override { return size_; }
  int descriptor() const override { return file_.number(); }
  std::uint64_t offset() const override { return end_ - size_; }

  util::Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, end_ - next_));
    if (wanted == 0) return std::size_t{0};
    for (;;) {
      const ssize_t got = ::pread(file_.number(), buffer, wanted, static_cast<off_t>(next_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return io_error("reading a blob", errno);
      if (got == 0) return util::Error::of(util::ErrorCode::internal, "a blob is shorter than it was");
      next_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
  }

 private:
  const File file_;
  const std::uint64_t size_;
  std::uint64_t next_;
  const std::uint64_t end_;
};

}  // namespace

File::~File() { close(); }

File::File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

int File::close() {
  if (number_ < 0) return 0;
  return ::close(std::exchange(number_, -1)) == 0 ? 0 : errno;
}

bool is_blob_id(const std::string& id) {
  return id.size() == id_length &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

std::string blob_path(const BlobId& id) { return id.substr(0, 2) + "/" + id; }

util::Result<std::unique_ptr<BlobWriter>> create_blob(std::shared_ptr<const File> folder, std::uint64_t limit_bytes) {
  BlobId id = util::random_id();
  const std::string path = blob_path(id);
  const auto open_new = [&] {
    return ::openat(folder->number(), path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  };
  int file = open_new();
  if (file < 0 && errno == ENOENT) {
    const std::string sub_folder = path.substr(0, 2);
    if (::mkdirat(folder->number(), sub_folder.c_str(), 0700) != 0 && errno != EEXIST) {
      return io_error("the blob folder", errno);
    }
    file = open_new();
  }
  if (file < 0) return io_error("the blob folder", errno);
  return std::unique_ptr<BlobWriter>(
      std::make_unique<FileWriter>(std::move(folder), std::move(id), File(file), limit_bytes));
}

std::unique_ptr<util::ByteSource> read_blob(File file, std::uint64_t offset, std::uint64_t length) {
  return std::make_unique<FileSource>(std::move(file), offset, length);
}

}  // namespace store

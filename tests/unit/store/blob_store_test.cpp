#include "store/blob_store.h"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "fakes/temp_folder.h"
#include "store/blob_listing.h"
#include "store/folder.h"
#include "store/lock_file.h"

namespace store {
namespace {

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

std::string read_all(util::ByteSource& source) {
  std::string text;
  char buffer[7];
  for (;;) {
    const auto got = source.read(buffer, sizeof(buffer));
    EXPECT_TRUE(got.ok());
    if (!got.ok() || *got == 0) return text;
    text.append(buffer, *got);
  }
}

class Blobs : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = open_blob_folder(folder_ / "deep/blobs");
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(opened).value();
  }
  std::unique_ptr<BlobWriter> create(std::uint64_t limit = no_limit) {
    return std::move(store_->create(limit)).value();
  }
  BlobId put(const std::string& bytes) {
    const auto writer = create();
    EXPECT_TRUE(writer->write(bytes).ok());
    EXPECT_TRUE(writer->finish().ok());
    return writer->id();
  }
  std::string get(const BlobId& id, std::uint64_t offset = 0, std::optional<std::uint64_t> length = std::nullopt) {
    auto source = store_->open(id, offset, length);
    EXPECT_TRUE(source.ok());
    if (!source.ok()) return "?";
    const std::uint64_t size = (*source)->size();
    const std::string text = read_all(**source);
    EXPECT_EQ(text.size(), size);
    return text;
  }
  std::string path(const BlobId& id) { return folder_ / ("deep/blobs/" + id.substr(0, 2) + "/" + id); }
  std::set<std::string> files() {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) found.insert(entry.path().filename().string());
    }
    return found;
  }

  /// Waits until files written from now on have a later time than files written before.
  void let_the_folders_clock_tick() {
    const auto touched = [&] {
      const std::string name = folder_ / "clock";
      std::ofstream(name) << "x";
      struct stat there {};
      EXPECT_EQ(::stat(name.c_str(), &there), 0);
      return std::pair(there.st_ctim.tv_sec, there.st_ctim.tv_nsec);
    };
    for (const auto before = touched(); touched() == before;) std::this_thread::yield();
  }

  fakes::TempFolder folder_;
  std::unique_ptr<BlobStore> store_;
};

TEST_F(Blobs, WhatWasWrittenIsRead) {
  const auto writer = create();
  ASSERT_TRUE(writer->write("hello ").ok());
  ASSERT_TRUE(writer->write("world").ok());
  EXPECT_EQ(writer->size(), 11U);
  ASSERT_TRUE(writer->finish().ok());
  EXPECT_EQ(writer->sha256(), "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
  EXPECT_EQ(get(writer->id()), "hello world");
  EXPECT_EQ(*store_->size(writer->id()), 11U);
  EXPECT_TRUE(store_->sync({writer->id()}).ok());
}

TEST_F(Blobs, AnEmptyBlobIsOne) {
  const BlobId id = put("");
  EXPECT_EQ(get(id), "");
  EXPECT_EQ(*store_->size(id), 0U);
}

TEST_F(Blobs, RangesAreCutToWhatIsThere) {
  const BlobId id = put("0123456789");
  EXPECT_EQ(get(id, 3), "3456789");
  EXPECT_EQ(get(id, 3, 4), "3456");
  EXPECT_EQ(get(id, 8, 100), "89");
  EXPECT_EQ(get(id, 10), "");
  EXPECT_EQ(get(id, no_limit, no_limit), "");
  EXPECT_EQ(get(id, 1, no_limit), "123456789");
}

TEST_F(Blobs, AreReadWhileTheyAreWritten) {
  const auto writer = create();
  ASSERT_TRUE(writer->write("first").ok());
  auto early = std::move(store_->open(writer->id())).value();
  ASSERT_TRUE(writer->write("second").ok());
  EXPECT_EQ(early->size(), 5U);
  EXPECT_EQ(read_all(*early), "first");
  EXPECT_EQ(get(writer->id(), 5), "second");
  ASSERT_TRUE(writer->finish().ok());
}

TEST_F(Blobs, SeveralReadersGoTheirOwnWay) {
  const BlobId id = put("abcdefghij");
  auto one = std::move(store_->open(id)).value();
  auto other = std::move(store_->open(id)).value();
  char buffer[4];
  EXPECT_EQ(*one->read(buffer, 4), 4U);
  EXPECT_EQ(read_all(*other), "abcdefghij");
  EXPECT_EQ(read_all(*one), "efghij");
}

TEST_F(Blobs, TheLimitIsHeldToTheByte) {
  const auto writer = create(5);
  EXPECT_TRUE(writer->write("12345").ok());
  EXPECT_EQ(writer->write("6").error().code, util::ErrorCode::too_large);
  EXPECT_EQ(writer->size(), 5U);
  EXPECT_TRUE(writer->write("").ok());
}

TEST_F(Blobs, AWriterThatDidNotFinishLeavesNothing) {
  BlobId id;
  {
    const auto writer = create();
    id = writer->id();
    ASSERT_TRUE(writer->write("half").ok());
    EXPECT_EQ(files().count(id), 1U);
  }
  EXPECT_EQ(store_->open(id).error().code, util::ErrorCode::not_found);
  EXPECT_TRUE(files().empty());
}

TEST_F(Blobs, NothingIsWrittenAfterTheEnd) {
  const auto writer = create();
  ASSERT_TRUE(writer->finish().ok());
  EXPECT_FALSE(writer->write("late").ok());
  EXPECT_TRUE(writer->finish().ok());
}

TEST_F(Blobs, FilesAreForThisUserOnly) {
  const BlobId id = put("x");
  struct stat there {};
  ASSERT_EQ(::stat(path(id).c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 07777U, 0600U);
  for (const std::string& name : {path(id).substr(0, path(id).rfind('/')), folder_ / "deep/blobs", folder_ / "deep"}) {
    ASSERT_EQ(::stat(name.c_str(), &there), 0);
    EXPECT_EQ(there.st_mode & 07777U, 0700U) << name;
  }
}

TEST_F(Blobs, ARemovedBlobIsGoneAndRemovingItAgainIsFine) {
  const BlobId id = put("x");
  auto open = std::move(store_->open(id)).value();
  EXPECT_TRUE(store_->remove(id).ok());
  EXPECT_TRUE(store_->remove(id).ok());
  EXPECT_EQ(store_->open(id).error().code, util::ErrorCode::not_found);
  EXPECT_EQ(store_->size(id).error().code, util::ErrorCode::not_found);
  EXPECT_EQ(store_->sync({id}).error().code, util::ErrorCode::not_found);
  EXPECT_EQ(read_all(*open), "x");
}

TEST_F(Blobs, IdsOfAnotherShapeReachNoPath) {
  std::ofstream(folder_ / "deep/secret") << "s";
  std::filesystem::create_directories(folder_ / "deep/blobs/..");
  for (const std::string& id :
       {std::string(), std::string("../secret"), std::string("../../deep/blobs/../secret"), std::string("/etc/passwd"),
        std::string(26, 'A'), std::string(26, '1'), std::string(25, 'a'), std::string(27, 'a'), std::string(26, '.'),
        std::string("aa/aaaaaaaaaaaaaaaaaaaaaaa"), std::string(25, 'a') + '\0'}) {
    EXPECT_EQ(store_->open(id).error().code, util::ErrorCode::not_found) << id;
    EXPECT_EQ(store_->size(id).error().code, util::ErrorCode::not_found) << id;
    EXPECT_EQ(store_->sync({id}).error().code, util::ErrorCode::not_found) << id;
    EXPECT_TRUE(store_->remove(id).ok()) << id;
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "deep/secret"));
}

TEST_F(Blobs, ALinkInPlaceOfABlobIsNotFollowed) {
  const BlobId id = put("x");
  std::ofstream(folder_ / "secret") << "s";
  std::filesystem::remove(path(id));
  std::filesystem::create_symlink(folder_ / "secret", path(id));
  EXPECT_FALSE(store_->open(id).ok());
}

TEST_F(Blobs, OfEarlierLivesAreListedAPartAtATime) {
  std::set<BlobId> earlier;
  for (int i = 0; i < 7; ++i) earlier.insert(put("x"));
  std::ofstream(folder_ / "deep/blobs/README") << "not ours";
  std::ofstream(path(*earlier.begin()) + ".txt") << "not ours either";
  let_the_folders_clock_tick();
  const auto lock = std::move(lock_blob_folder(folder_ / "deep/blobs", "")).value();
  put("of this life");
  const auto listing = std::move(list_blobs(folder_ / "deep/blobs", lock->taken_at())).value();
  std::set<BlobId> listed;
  for (;;) {
    const auto some = listing->next(3);
    ASSERT_TRUE(some.ok());
    if (some->empty()) break;
    EXPECT_LE(some->size(), 3U);
    listed.insert(some->begin(), some->end());
  }
  EXPECT_EQ(listed, earlier);
}

TEST_F(Blobs, AFolderOpenedAgainHasItsBlobs) {
  const BlobId id = put("still here");
  auto opened = open_blob_folder(folder_ / "deep/blobs");
  ASSERT_TRUE(opened.ok());
  store_ = std::move(opened).value();
  EXPECT_EQ(get(id), "still here");
}

TEST_F(Blobs, AFolderThatIsAFileIsRefused) {
  std::ofstream(folder_ / "file") << "x";
  EXPECT_EQ(open_blob_folder(folder_ / "file").error().code, util::ErrorCode::invalid_argument);
  EXPECT_EQ(open_blob_folder(folder_ / "file/below").error().code, util::ErrorCode::invalid_argument);
  EXPECT_EQ(open_blob_folder("relative").error().code, util::ErrorCode::invalid_argument);
}

TEST_F(Blobs, AWriterMayOutliveItsStore) {
  auto writer = create();
  store_.reset();
  EXPECT_TRUE(writer->write("x").ok());
  writer.reset();
  EXPECT_TRUE(files().empty());
}

TEST_F(Blobs, ManyThreadsWriteAtOnce) {
  std::vector<std::thread> threads;
  std::vector<BlobId> ids(8);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    threads.emplace_back([this, &ids, i] { ids[i] = put(std::string(10'000, static_cast<char>('a' + i))); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(store_->sync(ids).ok());
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(get(ids[i]), std::string(10'000, static_cast<char>('a' + i)));
}

TEST_F(Blobs, AWriteThatTheSystemRefusesIsAnErrorAndLeavesNothing) {
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  {
    const auto writer = create();
    const struct rlimit small { 4096, before.rlim_max };
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto refused = writer->write(std::string(10'000, 'x'));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_FALSE(refused.ok());
  }
  std::signal(SIGXFSZ, old_handler);
  EXPECT_TRUE(files().empty());
}

TEST(IoError, AFullDiskSaysSoAndIsNotForEver) {
  for (const int number : {ENOSPC, EDQUOT}) {
    const util::Error error = io_error("the blob folder", number);
    EXPECT_EQ(error.code, util::ErrorCode::unavailable);
    EXPECT_EQ(error.message, "no space left for the blob folder");
    EXPECT_TRUE(error.retry_after);
  }
  EXPECT_EQ(io_error("the blob folder", EMFILE).code, util::ErrorCode::unavailable);
  EXPECT_EQ(io_error("the blob folder", EIO).code, util::ErrorCode::internal);
}

}  // namespace
}  // namespace store

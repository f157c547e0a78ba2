#include "store/lock_file.h"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <unistd.h>

#include "fakes/temp_folder.h"
#include "store/holder.h"

namespace store {
namespace {

using testing::HasSubstr;

class Locks : public testing::Test {
 protected:
  std::unique_ptr<LockFile> take(const std::string& group = "") {
    auto taken = LockFile::take(path_, {"the place", group});
    EXPECT_TRUE(taken.ok()) << taken.error().message;
    return taken.ok() ? std::move(taken).value() : nullptr;
  }
  std::string refusal(const std::string& group = "") {
    const auto taken = LockFile::take(path_, {"the place", group});
    EXPECT_FALSE(taken.ok());
    if (taken.ok()) return {};
    EXPECT_EQ(taken.error().code, util::ErrorCode::conflict);
    return taken.error().message;
  }

  fakes::TempFolder folder_;
  const std::string path_ = folder_ / "lock";
};

TEST_F(Locks, KeepOthersOutAndTellThemWhoIsIn) {
  const auto held = take();
  EXPECT_TRUE(held->was_alone());
  const std::string told = refusal();
  EXPECT_THAT(told, HasSubstr("the place is in use: " + this_process() + ", since 2"));
  EXPECT_THAT(told, HasSubstr("pid " + std::to_string(::getpid()) + " on "));
}

TEST_F(Locks, AreFreeAgainWithTheirHolder) {
  take().reset();
  EXPECT_TRUE(take()->was_alone());
}

TEST_F(Locks, OfAProcessThatIsKilledAreFree) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto held = LockFile::take(path_, {"the place"});
    [[maybe_unused]] const auto written = ::write(ready[1], held.ok() ? "+" : "-", 1);
    for (;;) ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, '+');
  EXPECT_THAT(refusal(), HasSubstr("pid " + std::to_string(child) + " on "));
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(take()->was_alone());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(Locks, AreSharedWithinAGroupAndWithNobodyElse) {
  auto first = take("ours");
  auto second = take("ours");
  EXPECT_TRUE(first->was_alone());
  EXPECT_FALSE(second->was_alone());
  EXPECT_THAT(refusal("theirs"), HasSubstr("in use for another database: pid "));
  refusal();
  first.reset();
  refusal("theirs");
  second.reset();
  EXPECT_TRUE(take("theirs")->was_alone());
}

TEST_F(Locks, AreNotFollowedThroughALink) {
  ASSERT_EQ(::symlink((folder_ / "elsewhere").c_str(), path_.c_str()), 0);
  EXPECT_FALSE(LockFile::take(path_, {"the place"}).ok());
}

}  // namespace
}  // namespace store

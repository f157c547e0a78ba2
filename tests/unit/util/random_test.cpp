#include "util/random.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace util {
namespace {

TEST(Random, BytesAreAsManyAsAskedAndDiffer) {
  EXPECT_EQ(random_bytes(0).size(), 0U);
  EXPECT_EQ(random_bytes(1000).size(), 1000U);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

TEST(Random, AnIdIsTwentySixSmallLettersAndDigits) {
  for (int i = 0; i < 200; ++i) {
    const std::string id = random_id();
    EXPECT_EQ(id.size(), 26U);
    EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), id.npos) << id;
  }
}

TEST(Random, IdsDifferAndUseTheWholeAlphabet) {
  std::set<std::string> ids;
  std::set<char> letters;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_id();
    ids.insert(id);
    letters.insert(id.begin(), id.end());
  }
  EXPECT_EQ(ids.size(), 1000U);
  EXPECT_EQ(letters.size(), 32U);
}

}  // namespace
}  // namespace util

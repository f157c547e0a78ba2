#include "docker/api/paths.h"

#include <gtest/gtest.h>

namespace docker {
namespace {

TEST(Paths, AreMadeNormal) {
  EXPECT_EQ(normal_path("../x/./y//z", "/a/b"), "/a/x/y/z");
  EXPECT_EQ(normal_path("/x/../../../y", "/a"), "/y");
  EXPECT_EQ(normal_path("", "/a/b"), "/a/b");
  EXPECT_EQ(normal_path("..", "/a"), "/");
}

}  // namespace
}  // namespace docker

#include "docker/glob.h"

#include <gtest/gtest.h>

namespace docker {
namespace {

TEST(Glob, MatchesWithinASegment) {
  EXPECT_TRUE(glob_matches("/a/*.fits", "/a/m51.fits"));
  EXPECT_TRUE(glob_matches("/a/*.fits", "/a/.fits"));
  EXPECT_FALSE(glob_matches("/a/*.fits", "/a/b/m51.fits"));
  EXPECT_FALSE(glob_matches("/a/*.fits", "/a/m51.fits.gz"));
  EXPECT_TRUE(glob_matches("/a/m??.*", "/a/m51.fits"));
  EXPECT_FALSE(glob_matches("/a/m?", "/a/m"));
  EXPECT_TRUE(glob_matches("/*/b/*", "/a/b/c"));
  EXPECT_TRUE(glob_matches("/a/*b*c*", "/a/xxbyyczz"));
  EXPECT_FALSE(glob_matches("/a/*b*c*", "/a/xxcyybzz"));
}

TEST(Glob, KnowsSets) {
  EXPECT_TRUE(glob_matches("/a/[a-c]x", "/a/bx"));
  EXPECT_FALSE(glob_matches("/a/[a-c]x", "/a/dx"));
  EXPECT_TRUE(glob_matches("/a/[!a-c]x", "/a/dx"));
  EXPECT_TRUE(glob_matches("/a/[^a]", "/a/b"));
  EXPECT_TRUE(glob_matches("/a/[]]", "/a/]"));
  EXPECT_TRUE(glob_matches("/a/[a-]", "/a/-"));
  EXPECT_TRUE(glob_matches("/a/*[0-9].txt", "/a/run12.txt"));
  EXPECT_TRUE(glob_matches("/a/[x", "/a/[x")) << "a set without an end is an ordinary character";
}

TEST(Glob, TwoStarsSpanFolders) {
  EXPECT_TRUE(glob_matches("/a/**/x", "/a/x"));
  EXPECT_TRUE(glob_matches("/a/**/x", "/a/b/c/x"));
  EXPECT_FALSE(glob_matches("/a/**/x", "/b/x"));
  EXPECT_TRUE(glob_matches("/a/**", "/a/b/c"));
  EXPECT_TRUE(glob_matches("/a/**/b/**/c", "/a/x/b/y/z/c"));
  EXPECT_FALSE(glob_matches("/a/**/b/**/c", "/a/x/y/z/c"));
}

TEST(Glob, HostilePatternsEndSoon) {
  std::string stars;
  for (int i = 0; i < 200; ++i) stars += "*a";
  EXPECT_FALSE(glob_matches("/" + stars + "b", "/" + std::string(4000, 'a')));
  std::string folders;
  std::string path;
  for (int i = 0; i < 200; ++i) folders += "/**/a";
  for (int i = 0; i < 1000; ++i) path += "/a";
  EXPECT_FALSE(glob_matches(folders + "/b", path));
}

TEST(Glob, TheFolderBeforeThePattern) {
  EXPECT_EQ(fixed_folder("/work/job/*.fits"), "/work/job");
  EXPECT_EQ(fixed_folder("/work/job/a?/b"), "/work/job");
  EXPECT_EQ(fixed_folder("/work/**"), "/work");
  EXPECT_EQ(fixed_folder("/[ab]/c"), "/");
  EXPECT_EQ(fixed_folder("/plain/file"), "/plain");
}

TEST(Paths, AreMadeNormal) {
  EXPECT_EQ(normal_path("../x/./y//z", "/a/b"), "/a/x/y/z");
  EXPECT_EQ(normal_path("/x/../../../y", "/a"), "/y");
  EXPECT_EQ(normal_path("", "/a/b"), "/a/b");
  EXPECT_EQ(normal_path("..", "/a"), "/");
}

}  // namespace
}  // namespace docker

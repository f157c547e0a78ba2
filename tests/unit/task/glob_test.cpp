#include "task/glob.h"

#include <gtest/gtest.h>

namespace task {
namespace {

TEST(Glob, MatchesWithinASegment) {
  EXPECT_TRUE(glob_matches("/a/*.fits", "/a/m51.fits"));
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

TEST(Glob, ACharacterMayHaveSeveralBytes) {
  EXPECT_TRUE(glob_matches("/a/?.txt", "/a/\u00E9.txt"));
  EXPECT_FALSE(glob_matches("/a/??.txt", "/a/\u00E9.txt"));
  EXPECT_TRUE(glob_matches("/a/[\u00E0-\u00FF]\u6F22?", "/a/\u00E9\u6F22\U0001F52D"));
  EXPECT_FALSE(glob_matches("/a/[!\u00E9]", "/a/\u00E9"));
  EXPECT_FALSE(glob_matches("/a/[\u00C3]", "/a/\u00E9")) << "the first byte of one is no part of the other";
  EXPECT_TRUE(glob_matches("/a/*\u00E9", "/a/\u00E8\u00E9"));
  EXPECT_TRUE(glob_matches("/a/?", "/a/\xE9")) << "a byte that is no UTF-8 counts as one";
  EXPECT_TRUE(glob_matches("/a/?x", "/a/\xC3x"));
  EXPECT_FALSE(glob_matches("/a/[\u00E9]", "/a/\xE9"));
}

TEST(Glob, HiddenNamesMustBeMeant) {
  EXPECT_FALSE(glob_matches("/a/*", "/a/.hidden"));
  EXPECT_FALSE(glob_matches("/a/?x", "/a/.x"));
  EXPECT_FALSE(glob_matches("/a/[.]x", "/a/.x"));
  EXPECT_FALSE(glob_matches("/a/[!b]x", "/a/.x"));
  EXPECT_FALSE(glob_matches("/a/**", "/a/.cache/x"));
  EXPECT_FALSE(glob_matches("/a/**/x", "/a/.cache/x"));
  EXPECT_TRUE(glob_matches("/a/.*", "/a/.hidden"));
  EXPECT_TRUE(glob_matches("/a/\\.h*", "/a/.hidden"));
  EXPECT_TRUE(glob_matches("/a/**/.cache/**", "/a/b/.cache/x"));
  EXPECT_TRUE(glob_matches("/.a/*", "/.a/x"));
}

TEST(Glob, ABackslashTakesTheMeaningAway) {
  EXPECT_TRUE(glob_matches("/a/\\[1\\]*", "/a/[1].fits"));
  EXPECT_FALSE(glob_matches("/a/\\[1\\]*", "/a/1.fits"));
  EXPECT_TRUE(glob_matches("/a/\\*?", "/a/*x"));
  EXPECT_FALSE(glob_matches("/a/\\*?", "/a/xx"));
  EXPECT_TRUE(glob_matches("/a/[\\]x]?", "/a/]1"));
  EXPECT_TRUE(glob_matches("/a/[[]?", "/a/[1"));
  EXPECT_TRUE(glob_matches("/a/\\\\?", "/a/\\1"));
  EXPECT_TRUE(glob_matches("/a/?\\", "/a/1\\")) << "there is nothing behind it";
  EXPECT_TRUE(is_glob("/a/*"));
  EXPECT_TRUE(is_glob("/a/\\\\*"));
  EXPECT_FALSE(is_glob("/a/\\[1\\].fits"));
  EXPECT_EQ(without_escapes("/a/\\[1\\]\\\\\\"), "/a/[1]\\\\");
  for (const char* name : {"/a/[1].fits", "/a/*?", "/a/\\b", "/a/plain"}) {
    EXPECT_FALSE(is_glob(with_escapes(name)));
    EXPECT_EQ(without_escapes(with_escapes(name)), name);
    EXPECT_TRUE(glob_matches(with_escapes(name), name));
  }
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
  EXPECT_EQ(fixed_folder("/a\\[1\\]/*"), "/a[1]");
}

}  // namespace
}  // namespace task

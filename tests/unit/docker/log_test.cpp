#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/logs/line_mender.h"
#include "docker/logs/log_frames.h"

namespace docker {
namespace {

using ::testing::HasSubstr;

std::string frame(char stream, const std::string& bytes) {
  const auto size = bytes.size();
  std::string head{stream, 0, 0, 0};
  for (const int shift : {24, 16, 8, 0}) head += static_cast<char>(size >> shift);
  return head + bytes;
}

struct Taken {
  std::string out;
  std::string error;
  LogFrames frames{[this](LogFrames::Stream stream, std::string_view bytes) {
    (stream == LogFrames::Stream::error ? error : out).append(bytes);
    return true;
  }};
};

TEST(LogFrames, AreDemultiplexedWhereverTheyAreCut) {
  const std::string binary("\xFF\xFE\0\x01", 4);
  const auto stream = frame(1, "hello\n") + frame(2, "oh\n") + frame(1, "") + frame(0, "in\n") + frame(1, binary);
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    Taken taken;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      ASSERT_TRUE(taken.frames.feed(std::string_view(stream).substr(at, piece)));
    }
    EXPECT_EQ(taken.out, "hello\nin\n" + binary);
    EXPECT_EQ(taken.error, "oh\n");
    EXPECT_TRUE(taken.frames.at_boundary());
  }
}

TEST(LogFrames, KnowThatOneIsNotWhole) {
  Taken taken;
  const auto stream = frame(1, "hello\n");
  ASSERT_TRUE(taken.frames.feed(stream.substr(0, 3)));
  EXPECT_FALSE(taken.frames.at_boundary());
  ASSERT_TRUE(taken.frames.feed(stream.substr(3, 8)));
  EXPECT_FALSE(taken.frames.at_boundary());
  ASSERT_TRUE(taken.frames.feed(stream.substr(11)));
  EXPECT_TRUE(taken.frames.at_boundary());
}

TEST(LogFrames, RefuseWhatIsNoFrame) {
  Taken taken;
  EXPECT_FALSE(taken.frames.feed("HTTP/1.1 500 oh no"));
  EXPECT_THAT(taken.frames.error(), HasSubstr("malformed"));
  EXPECT_FALSE(taken.frames.feed(frame(1, "late")));
  EXPECT_EQ(taken.out, "");
}

TEST(LogFrames, GiveTheEnginesOwnTrouble) {
  Taken taken;
  EXPECT_FALSE(taken.frames.feed(frame(1, "fine\n") + frame(3, "disk is gone")));
  EXPECT_EQ(taken.out, "fine\n");
  EXPECT_THAT(taken.frames.error(), HasSubstr("disk is gone"));
}

TEST(LogFrames, StopWhenNoMoreIsWanted) {
  int taken = 0;
  LogFrames frames([&](LogFrames::Stream, std::string_view) { return ++taken < 2; });
  EXPECT_FALSE(frames.feed(frame(1, "a") + frame(1, "b") + frame(1, "c")));
  EXPECT_EQ(taken, 2);
  EXPECT_TRUE(frames.stopped());
  EXPECT_EQ(frames.error(), "");
}

/// The text that LineMender makes of these messages, each with the given details in front. A "?" at the end means that
/// LineMender cannot know whether the last line ended with a newline.
std::string mended(const std::vector<std::string>& messages, const std::string& details = "") {
  LineMender mender;
  std::string text;
  for (const auto& message : messages) {
    if (mender.begin()) text += "\n";
    const auto given = details + " " + message;
    for (const auto byte : given) text += mender.take({&byte, 1});
  }
  const auto end = mender.end();
  return text + (end == LineMender::End::newline_owed ? "\n" : end == LineMender::End::unknown ? "?" : "");
}

TEST(LineMender, PutsBackTheNewlineOfALongLine) {
  const std::string full(16384, 'x');
  EXPECT_EQ(mended({full, full, "rest", "next\n"}), full + full + "rest\nnext\n");
  EXPECT_EQ(mended({full, "", "next\n"}), full + "\nnext\n") << "the line fills the buffer exactly";
  EXPECT_EQ(mended({full, full, ""}), full + full + "\n") << "and is the last one";
  EXPECT_EQ(mended({full, "", full, ""}), full + "\n" + full + "\n");
  EXPECT_EQ(mended({full, "a", full, "b", "c\n"}), full + "a\n" + full + "b\nc\n");
  EXPECT_EQ(mended({full, "", "\n"}), full + "\n\n");
}

TEST(LineMender, SaysWhenItCannotBeKnown) {
  const std::string full(16384, 'x');
  EXPECT_EQ(mended({full, "rest"}), full + "rest?") << "nothing follows: it may never have been there";
  EXPECT_EQ(mended({full, "rest\n", full, "rest"}), full + "rest\n" + full + "rest") << "this engine keeps them";
}

TEST(LineMender, LeavesEverythingElse) {
  const std::string full(16384, 'x');
  EXPECT_EQ(mended({}), "");
  EXPECT_EQ(mended({"a\n", "b\n", "no end"}), "a\nb\nno end");
  EXPECT_EQ(mended({" a b\n"}), " a b\n");
  EXPECT_EQ(mended({full, "rest\n", "next\n"}), full + "rest\nnext\n") << "an engine that does it right";
  EXPECT_EQ(mended({full, full}), full + full) << "the end of a line would be a message";
  EXPECT_EQ(mended({full, "", "a\n"}, "COLOUR=blue,SIZE=1"), full + "\na\n");
}

}  // namespace
}  // namespace docker

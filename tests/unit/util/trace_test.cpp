#include "util/trace.h"

#include <gtest/gtest.h>

namespace util {
namespace {

constexpr std::string_view valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Trace, IsReadAndPassedOnWithASpanOfItsOwn) {
  const auto trace = Trace::parse(valid);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->id, "4bf92f3577b34da6a3ce929d0e0e4736");
  const std::string ours = trace->traceparent();
  const auto again = Trace::parse(ours);
  ASSERT_TRUE(again) << ours;
  EXPECT_EQ(again->id, trace->id);
  EXPECT_EQ(again->flags, "01");
  EXPECT_NE(ours.substr(36, 16), valid.substr(36, 16));
  EXPECT_NE(ours, trace->traceparent());
}

TEST(Trace, OfLaterVersionsMaySayMore) {
  EXPECT_TRUE(Trace::parse("01" + std::string(valid.substr(2)) + "-more"));
  EXPECT_TRUE(Trace::parse("01" + std::string(valid.substr(2))));
  EXPECT_FALSE(Trace::parse(std::string(valid) + "-more"));
  EXPECT_FALSE(Trace::parse("01" + std::string(valid.substr(2)) + "more"));
}

TEST(Trace, ThatIsInvalidIsNone) {
  for (const char* text : {"", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
                           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"}) {
    EXPECT_FALSE(Trace::parse(text)) << text;
  }
}

TEST(TraceBook, RemembersTheLatestJobs) {
  TraceBook book(2);
  const auto trace = Trace::parse(valid);
  book.note("none", std::nullopt);
  book.note("a", trace);
  book.note("b", trace);
  book.note("a", trace);
  EXPECT_TRUE(book.of("a"));
  book.note("c", trace);
  EXPECT_FALSE(book.of("a"));
  EXPECT_TRUE(book.of("b"));
  EXPECT_EQ(book.of("c")->id, trace->id);
  EXPECT_FALSE(book.of("none"));
}

}  // namespace
}  // namespace util

#include "http/form.h"

#include <gmock/gmock.h>

#include "http/target.h"

namespace http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Form, RepeatedNamesAreKeptInOrder) {
  EXPECT_THAT(parse_pairs("PHASE=A&x=1&PHASE=B", 10, "form").value(),
              ElementsAre(Pair("PHASE", "A"), Pair("x", "1"), Pair("PHASE", "B")));
}

TEST(Form, NamesAndValuesAreDecoded) {
  EXPECT_THAT(parse_pairs("a+b=c%20d%26&%C3%B6=%3D=", 10, "form").value(),
              ElementsAre(Pair("a b", "c d&"), Pair("\xC3\xB6", "==")));
}

TEST(Form, EmptyPiecesAreSkippedAndEmptyValuesKept) {
  EXPECT_THAT(parse_pairs("&a=&&b&=c&", 10, "form").value(), ElementsAre(Pair("a", ""), Pair("b", ""), Pair("", "c")));
  EXPECT_TRUE(parse_pairs("", 10, "form").value().empty());
}

TEST(Form, WhatIsMalformedIsRefusedByName) {
  for (const char* text : {"a=%", "a=%4", "a=%zz", "a=%00", "a=%FF", "a=%C0%80"}) {
    const auto pairs = parse_pairs(text, 10, "form");
    ASSERT_FALSE(pairs.ok()) << text;
    EXPECT_EQ(pairs.error().code, util::ErrorCode::invalid_argument);
    EXPECT_EQ(pairs.error().faults.at(0).input, "a") << text;
    EXPECT_FALSE(pairs.error().faults.at(0).accepted.empty());
  }
}

TEST(Form, TheNumberOfPairsIsBounded) {
  EXPECT_TRUE(parse_pairs("a&b&c", 3, "query").ok());
  const auto pairs = parse_pairs("a&b&c&d", 3, "query");
  ASSERT_FALSE(pairs.ok());
  EXPECT_EQ(pairs.error().code, util::ErrorCode::too_large);
  EXPECT_THAT(pairs.error().message, HasSubstr("at most 3"));
}

TEST(Target, EachSegmentIsDecodedAlone) {
  const auto target = parse_target("/jobs/a%2Fb%20c/x?d=%2F", 10);
  EXPECT_THAT(target.value().segments, ElementsAre("jobs", "a/b c", "x"));
  EXPECT_THAT(target.value().query.value(), ElementsAre(Pair("d", "/")));
}

TEST(Form, ADocumentThatWasSentAsAFormIsToldSo) {
  for (const char* body : {R"({"image": "a=b"})", " \n{}", R"([{"image": "a"}])"}) {
    const auto refused = check_is_form(body);
    ASSERT_FALSE(refused.ok()) << body;
    EXPECT_EQ(refused.error().code, util::ErrorCode::unsupported_media);
    EXPECT_THAT(refused.error().message, HasSubstr("send Content-Type: application/json")) << body;
  }
  for (const char* body : {"image: busybox\nargs: [a=b]\n", "env:\n- A=1\n", "image: busyboxargs: [echo]"}) {
    const auto refused = check_is_form(body);
    ASSERT_FALSE(refused.ok()) << body;
    EXPECT_THAT(refused.error().message, HasSubstr("send Content-Type: application/yaml")) << body;
  }
  for (const char* body : {"", "IMAGE=a", "ARG={\"a\": 1}", "A=x: y", "PHASE=RUN&ARG={}", "a:b=c", "%7B=1", "A"}) {
    EXPECT_TRUE(check_is_form(body).ok()) << body;
  }
}

TEST(Target, SlashesAtTheEndAreNoSegmentAndSeveralAreOne) {
  EXPECT_THAT(parse_target("/jobs/", 10).value().segments, ElementsAre("jobs"));
  EXPECT_EQ(parse_target("/jobs/", 10).value().path, "/jobs");
  EXPECT_TRUE(parse_target("/", 10).value().segments.empty());
  EXPECT_EQ(parse_target("/?a", 10).value().path, "/");
  EXPECT_THAT(parse_target("//jobs", 10).value().segments, ElementsAre("jobs"));
  EXPECT_THAT(parse_target("//jobs///a//", 10).value().segments, ElementsAre("jobs", "a"));
  EXPECT_EQ(parse_target("//jobs///a//?b=//", 10).value().path, "/jobs/a");
  EXPECT_TRUE(parse_target("///", 10).value().segments.empty());
  EXPECT_THAT(parse_target("/jobs/%2F/a", 10).value().segments, ElementsAre("jobs", "/", "a"));
  EXPECT_FALSE(parse_target("/jobs//../a", 10).ok());
}

TEST(Target, WhatIsMalformedIsRefused) {
  for (const char* text : {"/%", "/a/%2", "/%0g", "/%00", "/%FE", "/a/../b", "/.", "/%2E%2e/x"}) {
    const auto target = parse_target(text, 10);
    ASSERT_FALSE(target.ok()) << text;
    EXPECT_EQ(target.error().code, util::ErrorCode::invalid_argument);
  }
}

TEST(Target, AMalformedQueryLeavesThePathKnown) {
  const auto target = parse_target("/a?b=%", 10);
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->path, "/a");
  EXPECT_EQ(target->query.error().code, util::ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace http

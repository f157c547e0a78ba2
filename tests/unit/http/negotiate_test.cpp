#include "http/negotiate.h"

#include <gmock/gmock.h>

#include "fakes/http_fakes.h"
#include "http/content.h"
#include "http/problem.h"

namespace http {
namespace {

using testing::HasSubstr;

Request with(std::string name, std::string value) {
  Request request;
  request.headers.add(std::move(name), std::move(value));
  return request;
}

TEST(Quality, TheClosestRangeCounts) {
  EXPECT_EQ(quality(std::nullopt, "text/xml"), 1000);
  EXPECT_EQ(quality("", "text/xml"), 1000);
  EXPECT_EQ(quality("text/*;q=0.5, text/xml;q=0.25, */*", "text/xml"), 250);
  EXPECT_EQ(quality("text/*;q=0.5, */*;q=0.1", "text/xml"), 500);
  EXPECT_EQ(quality("text/*;q=0.5, */*;q=0.125", "image/png"), 125);
  EXPECT_EQ(quality("text/html", "text/xml"), 0);
  EXPECT_EQ(quality("TEXT/XML; charset=utf-8;q=1.000", "text/xml"), 1000);
}

TEST(Quality, GarbageIsIgnoredPieceByPiece) {
  EXPECT_EQ(quality(";;;, text/xml;q=2, a/b/c, ,text/xml;q=0.5", "text/xml"), 500);
  EXPECT_EQ(quality("text/xml;q=0.1234", "text/xml"), 0);
  EXPECT_EQ(quality("text/xml;q=x", "text/xml"), 0);
}

TEST(Negotiate, TheBestOfferWinsTheFirstOfEquals) {
  EXPECT_EQ(negotiate(std::nullopt, {"text/xml", "application/json"}), 0U);
  EXPECT_EQ(negotiate("application/json", {"text/xml", "application/json"}), 1U);
  EXPECT_EQ(negotiate("*/*", {"text/xml", "application/json"}), 0U);
  EXPECT_EQ(negotiate("text/html,application/xml;q=0.9,*/*;q=0.8", {"text/xml", "text/html"}), 1U);
  EXPECT_EQ(negotiate("image/png", {"text/xml"}), std::nullopt);
}

TEST(WantsJson, OnlyWhenItIsPreferred) {
  EXPECT_FALSE(wants_json(Request{}));
  EXPECT_FALSE(wants_json(with("Accept", "*/*")));
  EXPECT_TRUE(wants_json(with("Accept", "application/json")));
  EXPECT_TRUE(wants_json(with("Accept", "application/json, text/xml;q=0.5")));
  EXPECT_TRUE(wants_json(with("Accept", "application/problem+json")));
  EXPECT_FALSE(wants_json(with("Accept", "text/html,application/json;q=0.9")));
  Request request = with("Accept", "text/xml");
  request.query = {{"responseformat", "JSON"}};
  EXPECT_TRUE(wants_json(request));
  request.query = {{"RESPONSEFORMAT", "xml"}};
  request.headers.set("Accept", "application/json");
  EXPECT_FALSE(wants_json(request));
}

TEST(NoneMatch, ComparesWeakly) {
  EXPECT_FALSE(none_match_holds(Request{}, "\"a\""));
  EXPECT_TRUE(none_match_holds(with("If-None-Match", "\"a\""), "\"a\""));
  EXPECT_TRUE(none_match_holds(with("If-None-Match", "\"x\", W/\"a\""), "\"a\""));
  EXPECT_TRUE(none_match_holds(with("If-None-Match", "*"), "\"a\""));
  EXPECT_TRUE(none_match_holds(with("If-None-Match", "\"a,b\""), "\"a,b\""));
  EXPECT_FALSE(none_match_holds(with("If-None-Match", "a, \"b\""), "\"a\""));
}

TEST(Range, OneRangeIsGivenMalformedOnesAreIgnored) {
  struct Case {
    const char* text;
    RangeOutcome outcome;
    std::uint64_t offset;
    std::uint64_t length;
  };
  for (const Case& c : std::vector<Case>{
           {"bytes=0-0", RangeOutcome::part, 0, 1},
           {"bytes=10-19", RangeOutcome::part, 10, 10},
           {"bytes=90-", RangeOutcome::part, 90, 10},
           {"bytes=-5", RangeOutcome::part, 95, 5},
           {"bytes=-500", RangeOutcome::part, 0, 100},
           {"Bytes= 1 - 2 ", RangeOutcome::part, 1, 2},
           {"bytes=50-5000", RangeOutcome::part, 50, 50},
           {"bytes=100-", RangeOutcome::unsatisfiable, 0, 0},
           {"bytes=100-200", RangeOutcome::unsatisfiable, 0, 0},
           {"bytes=-0", RangeOutcome::unsatisfiable, 0, 0},
           {"bytes=0-1,5-6", RangeOutcome::whole, 0, 100},
           {"bytes=5-1", RangeOutcome::whole, 0, 100},
           {"bytes=-", RangeOutcome::whole, 0, 100},
           {"bytes=a-b", RangeOutcome::whole, 0, 100},
           {"bytes=1--2", RangeOutcome::whole, 0, 100},
           {"bytes", RangeOutcome::whole, 0, 100},
           {"lines=0-1", RangeOutcome::whole, 0, 100},
           {"bytes=18446744073709551616-", RangeOutcome::whole, 0, 100},
       }) {
    const RangeAnswer answer = range_of(with("Range", c.text), 100, std::nullopt);
    EXPECT_EQ(answer.outcome, c.outcome) << c.text;
    EXPECT_EQ(answer.range.offset, c.offset) << c.text;
    EXPECT_EQ(answer.range.length, c.length) << c.text;
  }
  EXPECT_EQ(range_of(with("Range", "bytes=0-"), 0, std::nullopt).outcome, RangeOutcome::unsatisfiable);
}

TEST(Range, IfRangeMustMatchStrongly) {
  Request request = with("Range", "bytes=1-2");
  request.headers.add("If-Range", "\"a\"");
  EXPECT_EQ(range_of(request, 100, "\"a\"").outcome, RangeOutcome::part);
  EXPECT_EQ(range_of(request, 100, "\"b\"").outcome, RangeOutcome::whole);
  EXPECT_EQ(range_of(request, 100, std::nullopt).outcome, RangeOutcome::whole);
  request.headers.set("If-Range", "W/\"a\"");
  EXPECT_EQ(range_of(request, 100, "W/\"a\"").outcome, RangeOutcome::whole);
}

class ContentTest : public testing::Test {
 protected:
  Content content{10, "text/plain", "\"e\"", [this](std::uint64_t offset, std::uint64_t length) {
                    opened = true;
                    return util::Result<std::shared_ptr<util::ByteSource>>(
                        std::make_shared<fakes::TextSource>(std::string("0123456789").substr(offset, length)));
                  }};
  bool opened = false;
};

TEST_F(ContentTest, WholePartNotModifiedOrNotSatisfiable) {
  Response whole = content_response(Request{}, content);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(fakes::body_of(whole), "0123456789");
  EXPECT_EQ(whole.headers.get("ETag"), "\"e\"");
  Response part = content_response(with("Range", "bytes=2-4"), content);
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(fakes::body_of(part), "234");
  EXPECT_EQ(part.headers.get("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(content_response(with("If-None-Match", "\"e\""), content).status, 304);
  const Response beyond = content_response(with("Range", "bytes=10-"), content);
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.headers.get("Content-Range"), "bytes */10");
}

TEST_F(ContentTest, SaysWhenItWasModified) {
  content.modified = util::parse_instant("1994-11-06T08:49:37.999Z").value();
  EXPECT_EQ(content_response(Request{}, content).headers.get("Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
  const auto status = [&](const std::string& since) {
    return content_response(with("If-Modified-Since", since), content).status;
  };
  EXPECT_EQ(status("Sun, 06 Nov 1994 08:49:37 GMT"), 304);
  EXPECT_EQ(status("Fri, 06 Jan 1995 00:00:00 GMT"), 304);
  EXPECT_EQ(status("Sun, 06 Nov 1994 08:49:36 GMT"), 200);
  for (const char* no_date : {"", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
                              "1994-11-06T08:49:37Z", "Sun, 06 Foo 1994 08:49:37 GMT"}) {
    EXPECT_EQ(status(no_date), 200) << no_date;
  }
  Request other = with("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT");
  other.headers.add("If-None-Match", "\"x\"");
  EXPECT_EQ(content_response(other, content).status, 200) << "a tag counts more than a date";
}

TEST_F(ContentTest, IsAnotherThanTheClientWants) {
  content.modified = util::parse_instant("1994-11-06T08:49:37.999Z").value();
  const auto status = [&](const std::string& field, const std::string& value) {
    return content_response(with(field, value), content).status;
  };
  EXPECT_EQ(status("If-Match", "\"e\""), 200);
  EXPECT_EQ(status("If-Match", "\"x\", \"e\""), 200);
  EXPECT_EQ(status("If-Match", "*"), 200);
  EXPECT_EQ(status("If-Match", "\"x\""), 412);
  EXPECT_EQ(status("If-Match", "W/\"e\""), 412) << "the comparison is strong";
  EXPECT_EQ(status("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"), 200);
  EXPECT_EQ(status("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"), 412);
  EXPECT_EQ(status("If-Unmodified-Since", "yesterday"), 200);
  Request both = with("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT");
  both.headers.add("If-Match", "\"e\"");
  EXPECT_EQ(content_response(both, content).status, 200) << "a tag counts more than a date";
}

TEST_F(ContentTest, HeadOpensNothing) {
  Request request = with("Range", "bytes=2-4");
  request.method = Method::head;
  const Response response = content_response(request, content);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.source->size(), 10U);
  EXPECT_FALSE(opened);
}

TEST_F(ContentTest, WhatCannotBeOpenedIsAProblem) {
  content.open = [](std::uint64_t, std::uint64_t) -> util::Result<std::shared_ptr<util::ByteSource>> {
    return util::Error::of(util::ErrorCode::not_found, "gone");
  };
  EXPECT_EQ(content_response(Request{}, content).status, 404);
}

TEST(Problem, IsTextUnlessJsonIsPreferred) {
  util::Error error = util::Error::of(util::ErrorCode::invalid_argument, util::Fault{"CORES", "is no number", "0.5"});
  const Response text = problem(Request{}, error);
  EXPECT_EQ(text.status, 400);
  EXPECT_EQ(text.body, "CORES: is no number (accepted: 0.5)\n");
  EXPECT_EQ(text.headers.get("Content-Type"), "text/plain; charset=utf-8");
  const Response json = problem(with("Accept", "application/json"), error);
  EXPECT_EQ(json.headers.get("Content-Type"), "application/problem+json");
  EXPECT_THAT(json.body, HasSubstr(R"("faults":[{"accepted":"0.5","input":"CORES","reason":"is no number"}])"));
}

TEST(Problem, CarriesWhatItsStatusNeeds) {
  EXPECT_EQ(problem(Request{}, util::Error::busy("full", std::chrono::seconds(7))).headers.get("Retry-After"), "7");
  EXPECT_EQ(problem(Request{}, util::Error::of(util::ErrorCode::internal, "a\x01\xFF")).body,
            "a\xEF\xBF\xBD\xEF\xBF\xBD\n");
  EXPECT_FALSE(
      problem(with("Accept", "application/json"), util::Error::of(util::ErrorCode::internal, "\xFF")).body.empty());
}

}  // namespace
}  // namespace http

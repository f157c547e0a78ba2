// Tests the bytes of results: stored, still growing, and at another URL (U7, U8).
#include <pugixml.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::HasSubstr;

class Results : public TreeTest {
 protected:
  /// An executing job whose stdout is `log`.
  JobId running(const std::shared_ptr<fakes::FakeResultSource>& log) {
    const JobId id = make("PHASE=RUN");
    fence_ = start(id).fence;
    show(id, {{"stdout", "text/plain", "", log}, {"port-80", "text/html", "http://127.0.0.1:32001/", nullptr}});
    return id;
  }
  std::int64_t fence_ = 0;
};
FOR_SQLITE(Results);

TEST_P(Results, U7_StoredBytesAreServedWithTypeLengthAndProtection) {
  const JobId id = completed({result("cat.csv", "a,b\n", "text/csv", true), result("page", "<html>", "text/html"),
                              result("pic", "<svg/>", "image/svg+xml"), result("stdout", "out", "text/plain")});
  const auto csv = get(path(id) + "/results/cat.csv");
  EXPECT_EQ(csv.status, 200);
  EXPECT_EQ(csv.body, "a,b\n");
  EXPECT_EQ(csv.header("Content-Type"), "text/csv");
  EXPECT_EQ(csv.header("ETag"), "\"" + std::string(64, 'a') + "\"");
  EXPECT_THAT(csv.header("Digest"), testing::StartsWith("sha-256=qqqq"));
  EXPECT_THAT(csv.header("Content-Disposition"), testing::StartsWith("inline"));
  EXPECT_THAT(csv.header("Cache-Control"), HasSubstr("no-cache"));
  EXPECT_EQ(get(path(id) + "/results/stdout").header("Content-Type"), "text/plain; charset=utf-8");
  for (const char* name : {"cat.csv", "page", "pic", "stdout"}) {
    const auto response = get(path(id) + "/results/" + name);
    EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(response.header("Content-Security-Policy"), HasSubstr("sandbox"));
  }
  for (const char* name : {"page", "pic"}) {
    EXPECT_THAT(get(path(id) + "/results/" + name).header("Content-Disposition"), testing::StartsWith("attachment"));
  }
}

TEST_P(Results, U7_ThePrimaryResultHasANameForItself) {
  const JobId id = completed({result("cat", "a", "text/csv", true), result("stdout", "out", "text/plain")});
  EXPECT_EQ(get(path(id) + "/results/result").body, "a");
  EXPECT_EQ(get(path(completed({})) + "/results/result").status, 404);
  EXPECT_EQ(get(path(id) + "/results/other").status, 404);
}

TEST_P(Results, U7_RangesConditionsAndHead) {
  const JobId id = completed({result("r", "0123456789", "application/fits")});
  const std::string at = path(id) + "/results/r";
  const auto part = get(at, {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.header("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(part.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(get(at, {{"Range", "bytes=-3"}}).body, "789");
  const auto beyond = get(at, {{"Range", "bytes=10-"}});
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.header("Content-Range"), "bytes */10");
  const std::string etag = get(at).header("ETag");
  const auto same = get(at, {{"If-None-Match", "\"x\", " + etag}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.header("ETag"), etag);
  EXPECT_EQ(get(at, {{"Range", "bytes=2-4"}, {"If-Range", "\"other\""}}).status, 200);
  EXPECT_EQ(get(at, {{"Range", "bytes=2-4"}, {"If-Range", etag}}).status, 206);
  const auto head = ask("HEAD", at);
  EXPECT_EQ(head.header("Content-Length"), "10");
  EXPECT_EQ(head.header("ETag"), etag);
}

TEST_P(Results, TheFileOfAResultIsTold) {
  ResultEntry spec = result("spec-2.fits", "b", "application/fits", true);
  spec.path = "/work/job/b/\xC3\xA9t\xC3\xA9 \"2\".fits";
  const JobId id = completed({spec, result("stdout", "out", "text/plain")});
  const auto bytes = get(path(id) + "/results/spec-2.fits");
  EXPECT_EQ(bytes.header("Content-Disposition"),
            "attachment; filename=\"_t_ _2_.fits\"; filename*=UTF-8''%C3%A9t%C3%A9%20%222%22.fits");
  EXPECT_THAT(get(path(id) + "/results/stdout").header("Content-Disposition"), HasSubstr("filename=\"stdout\""));

  const auto results = data::parse_json(get(path(id) + "/results", {{"Accept", "application/json"}}).body).value();
  const data::Node& first = results.find("results")->items()[0];
  EXPECT_EQ(first.find("path")->text(), spec.path);
  EXPECT_EQ(first.find("sha256")->text(), std::string(64, 'a'));
  EXPECT_EQ(results.find("results")->items()[1].find("path"), nullptr);
  const auto job = data::parse_json(get(path(id), {{"Accept", "application/json"}}).body).value();
  const data::Node& digest = job.find("jobInfo")->find("digests")->items()[0];
  EXPECT_EQ(digest.find("id")->text(), "spec-2.fits");
  EXPECT_EQ(digest.find("path")->text(), spec.path);
  EXPECT_EQ(digest.find("sha256")->text(), std::string(64, 'a'));
}

TEST_P(Results, AResultIsAsOldAsTheEndOfItsJob) {
  const JobId id = completed({result("r", "0123", "application/fits")});
  const std::string at = path(id) + "/results/r";
  const std::string modified = get(at).header("Last-Modified");
  ASSERT_THAT(modified, testing::EndsWith(" GMT"));
  EXPECT_EQ(get(at, {{"If-Modified-Since", modified}}).status, 304);
  EXPECT_EQ(get(at, {{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}).status, 200);
  EXPECT_EQ(get(at, {{"If-Modified-Since", "yesterday"}}).status, 200);
  EXPECT_EQ(get(at, {{"If-Modified-Since", modified}, {"If-None-Match", "\"other\""}}).status, 200);
}

TEST_P(Results, U7_IdsArePercentEncodedInUrls) {
  const JobId id = completed({result("a b/ö?#", "odd", "text/csv")});
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(get(path(id) + "/results").body.c_str()));
  const auto shown = document.document_element().first_child();
  EXPECT_STREQ(shown.attribute("id").value(), "a b/ö?#");
  const std::string href = shown.attribute("xlink:href").value();
  EXPECT_EQ(href, url(id) + "/results/a%20b%2F%C3%B6%3F%23");
  const auto read = get(href.substr(std::string(base).size()));
  EXPECT_EQ(read.body, "odd");
  EXPECT_THAT(read.header("Content-Disposition"), HasSubstr("filename*=UTF-8''a%20b%2F%C3%B6%3F%23"));
}

TEST_P(Results, U8_AGrowingLogIsThereAndCanBeGoneOnFrom) {
  const auto log = std::make_shared<fakes::FakeResultSource>("line 1\n");
  const std::string at = path(running(log)) + "/results/stdout";
  const auto whole = get(at);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, "line 1\n");
  EXPECT_EQ(whole.header("ETag"), "");
  EXPECT_EQ(whole.header("Accept-Ranges"), "bytes");
  EXPECT_EQ(whole.header("Cache-Control"), "no-store");
  EXPECT_EQ(whole.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(whole.header("X-Content-Type-Options"), "nosniff");
  const auto none = get(at, {{"Range", "bytes=7-"}});
  EXPECT_EQ(none.status, 416);
  EXPECT_EQ(none.header("Content-Range"), "bytes */7");
  log->append("line 2\n");
  const auto more = get(at, {{"Range", "bytes=7-"}});
  EXPECT_EQ(more.status, 206);
  EXPECT_EQ(more.body, "line 2\n");
  EXPECT_EQ(more.header("Content-Range"), "bytes 7-13/14");
  EXPECT_EQ(get(at, {{"If-None-Match", "*"}}).status, 200) << "no ETag, no conditions";
  const auto head = ask("HEAD", at, {{"Range", "bytes=7-"}});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "14");
}

TEST_P(Results, U8_FollowStreamsUntilTheEnd) {
  const auto log = std::make_shared<fakes::FakeResultSource>("first ");
  const std::string at = path(running(log)) + "/results/stdout";
  fakes::TestClient client(port());
  begin_get(client, at + "?follow=true");
  std::string seen;
  const auto see = [&](const std::string& text) {
    while (seen.find(text) == std::string::npos) {
      const std::string piece = client.receive_some();
      if (piece.empty()) return false;
      seen += piece;
    }
    return true;
  };
  EXPECT_TRUE(see("first "));
  EXPECT_THAT(seen, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_FALSE(client.readable(50ms));
  log->append("second ");
  EXPECT_TRUE(see("second "));
  log->append("third");
  log->end();
  EXPECT_TRUE(see("third"));
  EXPECT_TRUE(see("\r\n0\r\n\r\n"));
  EXPECT_EQ(get(at + "?follow=false").body, "first second third");
  EXPECT_EQ(get(at + "?follow=perhaps").status, 400);
}

TEST_P(Results, U8_AFollowerThatLeavesIsForgotten) {
  const auto log = std::make_shared<fakes::FakeResultSource>("first");
  const JobId id = running(log);
  {
    fakes::TestClient client(port());
    begin_get(client, path(id) + "/results/stdout?follow=true");
    EXPECT_NE(client.receive_some(), "");
  }
  live_.forget(id);
  EXPECT_TRUE(eventually([&] {
    log->append("x");
    return log.use_count() == 1;
  }));
}

TEST_P(Results, U8_WhoFollowsWhileTheJobIsQueuedWaitsForItsStart) {
  const JobId id = make("PHASE=RUN");
  fakes::TestClient client(port());
  begin_get(client, path(id) + "/results/stdout?follow=true");
  EXPECT_FALSE(client.readable(100ms));
  const auto log = std::make_shared<fakes::FakeResultSource>("first");
  log->end();
  show(id, {{"stdout", "text/plain", "", log}});
  start(id);
  EXPECT_THAT(client.read_until("0\r\n\r\n"), HasSubstr("first"));

  serve({.wait_cap = 1s});
  const JobId later = make("PHASE=RUN");
  const auto held = get(path(later) + "/results/stdout?follow=true");
  EXPECT_EQ(held.status, 303) << "beyond the cap it leads to itself";
  EXPECT_EQ(held.header("Location"), url(later) + "/results/stdout?follow=true");
  EXPECT_EQ(get(path(make()) + "/results/stdout?follow=true").status, 404)
      << "nothing starts a PENDING job but its owner";
}

TEST_P(Results, U8_WhoFollowsAndIsQueuedIsAnsweredWhenTheServiceStops) {
  const JobId id = make("PHASE=RUN");
  fakes::TestClient client(port());
  begin_get(client, path(id) + "/results/stdout?follow=true");
  EXPECT_FALSE(client.readable(100ms));
  service().stop();
  EXPECT_EQ(client.receive().status, 303);
}

TEST_P(Results, U68_AFollowerIsCutWhenTheJobIsNotSharedAnyMore) {
  const auto log = std::make_shared<fakes::FakeResultSource>("first");
  const JobId id = running(log);
  EXPECT_EQ(post(path(id), "SHARE=staff", {{"Groups", "staff"}}).status, 303);
  const std::string of_bob = "GET " + path(id) +
                             "/results/stdout?follow=true HTTP/1.1\r\nHost: test\r\nAuthorization: Basic bob\r\n"
                             "Groups: staff\r\n\r\n";
  fakes::TestClient bob(port()), alice(port());
  bob.send(of_bob);
  begin_get(alice, path(id) + "/results/stdout?follow=true");
  EXPECT_THAT(bob.read_until("first"), HasSubstr("200"));
  EXPECT_THAT(alice.read_until("first"), HasSubstr("200"));
  EXPECT_EQ(post(path(id), "SHARE=").status, 303);
  EXPECT_EQ(bob.read_until("0\r\n\r\n"), "") << "what was cut looks whole";
  log->append("second");
  EXPECT_NE(alice.read_until("second"), "") << "its owner goes on";
}

TEST_P(Results, U8_APortIsAResultWhileItAnswers) {
  const JobId id = running(std::make_shared<fakes::FakeResultSource>());
  const auto redirect = get(path(id) + "/results/port-80");
  EXPECT_EQ(redirect.status, 303);
  EXPECT_EQ(redirect.header("Location"), "http://127.0.0.1:32001/");
  EXPECT_THAT(get(path(id) + "/results").body, HasSubstr("xlink:href=\"http://127.0.0.1:32001/\""));
  show(id, {});
  EXPECT_EQ(get(path(id) + "/results/port-80").status, 404);
  EXPECT_THAT(get(path(id) + "/results").body, Not(HasSubstr("32001")));
}

TEST_P(Results, U8_WhatWasCommittedCountsAtTheEnd) {
  const auto log = std::make_shared<fakes::FakeResultSource>("growing");
  const JobId id = running(log);
  EXPECT_TRUE(ended(id, fence_, {.end_time = util::now(), .results = {result("stdout", "stored", "text/plain")}}));
  EXPECT_EQ(get(path(id) + "/results/stdout").body, "stored");
  EXPECT_EQ(get(path(id) + "/results/stdout?follow=true").body, "stored");
  EXPECT_NE(get(path(id) + "/results/stdout").header("ETag"), "");
  EXPECT_EQ(get(path(id) + "/results/port-80").status, 404);
}

TEST_P(Results, U8_ALogThatEndsWhileItIsLookedForIsFound) {
  const JobId id = running(std::make_shared<fakes::FakeResultSource>("growing"));
  const JobClaims::Ending ending{.end_time = util::now(), .results = {result("stdout", "stored", "text/plain")}};
  live_.before_next = [&] {
    EXPECT_TRUE(ended(id, fence_, ending));
    live_.forget(id);
  };
  EXPECT_EQ(get(path(id) + "/results/stdout").body, "stored");
}

TEST_P(Results, ResultsThatAreNotThereYetSaySo) {
  const JobId id = make();
  const auto response = get(path(id) + "/results/stdout");
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("PENDING"));
  const JobId executing_one = make("PHASE=RUN");
  start(executing_one);
  EXPECT_EQ(get(path(executing_one) + "/results/stdout").status, 404);
}

TEST_P(Results, U8_AServiceThatDoesNotRunTheJobSaysThatItsLogsAreElsewhere) {
  const JobId id = make("PHASE=RUN");
  start(id);
  LiveState live;
  live.is_elsewhere = true;
  live_.show(id, live);
  const auto response = get(path(id) + "/results/stdout");
  EXPECT_EQ(response.status, 503);
  EXPECT_NE(response.header("Retry-After"), "");
  EXPECT_THAT(response.body, HasSubstr("the service that runs it"));
}

}  // namespace
}  // namespace uws::rest

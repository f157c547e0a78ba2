// Tests /sync (U9).
#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::HasSubstr;

class Sync : public TreeTest {};
FOR_BOTH_DATABASES(Sync);

TEST_P(Sync, U9_CreatesAndRunsAndLeadsToThePrimaryResult) {
  const auto created = post("/sync", "IMAGE=a");
  EXPECT_EQ(created.status, 303);
  const JobId id = id_of(created);
  EXPECT_EQ(created.header("Location"), "http://test/sync/" + id);
  EXPECT_EQ(phase_word(id), "QUEUED");

  fakes::TestClient client(port());
  begin_get(client, "/sync/" + id);
  EXPECT_FALSE(client.readable(100ms));
  finish(id, {.results = {result("stdout", "hello", "text/plain", true)}});
  const auto held = client.receive();
  EXPECT_EQ(held.status, 303) << "held over QUEUED and EXECUTING";
  EXPECT_EQ(held.header("Location"), url(id) + "/results/result");
  EXPECT_EQ(get(path(id) + "/results/result").body, "hello");
}

TEST_P(Sync, U9_WhereSaidItAnswersWithTheBytesAndIsHeldForAsLongAsItTakes) {
  serve({.wait_cap = 1s, .sync_answers_bytes = true});
  const JobId id = id_of(post("/sync", "IMAGE=a"));
  fakes::TestClient client(port());
  begin_get(client, "/sync/" + id);
  EXPECT_FALSE(client.readable(1200ms)) << "beyond the cap";
  finish(id, {.results = {result("stdout", "log", "text/plain"), result("table", "rows", "text/xml", true)}});
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "rows");
  EXPECT_THAT(answer.header("Content-Type"), HasSubstr("text/xml"));
  const auto head = ask("HEAD", "/sync/" + id);
  EXPECT_EQ(head.header("Content-Length"), "4");
}

TEST_P(Sync, U9_BeyondTheCapItLeadsToItself) {
  serve({.wait_cap = 1s});
  const JobId id = id_of(post("/sync"));
  const auto held = get("/sync/" + id);
  EXPECT_EQ(held.status, 303);
  EXPECT_EQ(held.header("Location"), "http://test/sync/" + id);
}

TEST_P(Sync, U9_AnErrorIsAnswered) {
  const JobId fatal = id_of(post("/sync"));
  finish(fatal, {.phase = Phase::error, .error = ErrorSummary{true, "exit code 3", "stderr says"}});
  const auto response = get("/sync/" + fatal);
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("exit code 3"));
  EXPECT_THAT(response.body, HasSubstr("stderr says"));
  EXPECT_THAT(response.header("Content-Type"), HasSubstr("text/plain"));

  const JobId transient = id_of(post("/sync"));
  finish(transient, {.phase = Phase::error, .error = ErrorSummary{false, "the engine is away", ""}});
  EXPECT_EQ(get("/sync/" + transient).status, 500);
  EXPECT_EQ(get("/sync/" + transient).header("Retry-After"), "") << "this job has ended for good";

  const JobId aborted = id_of(post("/sync"));
  EXPECT_EQ(post(path(aborted), "PHASE=ABORT").status, 303);
  EXPECT_EQ(get("/sync/" + aborted).status, 400);
}

// DALI 1.1 section 4.4.2
TEST_P(Sync, U9_ErrorsAreVOTablesWhereTheListSaysSo) {
  serve({.wait_cap = 20s, .errors = ErrorForm::votable});
  const auto expect_votable = [](const fakes::TestResponse& response, int status, const std::string& sentence) {
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.header("Content-Type"), "application/x-votable+xml");
    EXPECT_THAT(response.body, HasSubstr("<RESOURCE type=\"results\"><INFO name=\"QUERY_STATUS\" value=\"ERROR\">"));
    EXPECT_THAT(response.body, HasSubstr(sentence));
  };
  const JobId failed = id_of(post("/sync"));
  finish(failed, {.phase = Phase::error, .error = ErrorSummary{true, "a < b", "stderr says"}});
  expect_votable(get("/sync/" + failed), 400, "a &lt; b\n\nstderr says");
  expect_votable(get(path(failed) + "/error"), 200, "a &lt; b\n\nstderr says");
  expect_votable(get("/sync/nosuchjob"), 404, "no such job");
  expect_votable(post("/sync", "EXECUTIONDURATION=x"), 400, "EXECUTIONDURATION");
  expect_votable(post("/sync", "QUERY=%ff"), 400, "UTF-8");
  expect_votable(post("/sync?QUERY=%ff"), 400, "UTF-8");
  runs_.refuse(util::Error::of(util::ErrorCode::forbidden, "no IMAGE"));
  expect_votable(post("/sync"), 403, "no IMAGE");
  EXPECT_THAT(get("/sync/" + failed, {{"Accept", "application/json"}}).header("Content-Type"),
              HasSubstr("problem+json"));
  EXPECT_THAT(get("/jobs/nosuchjob").header("Content-Type"), HasSubstr("text/plain"));
}

TEST_P(Sync, U9_AJobThatNothingMovesIsNotHeldForEver) {
  const auto response = get("/sync/" + found("held", Phase::held));
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("HELD"));
}

TEST_P(Sync, U9_U45_ASuspendedJobIsHeld) {
  serve({.wait_cap = 0s});
  const JobId id = found("paused", Phase::suspended);
  const auto response = get("/sync/" + id);
  EXPECT_EQ(response.status, 303) << response.body;
  EXPECT_EQ(response.header("Location"), "http://test/sync/" + id);
}

TEST_P(Sync, U9_GetOnSyncIs405) {
  const auto response = get("/sync?IMAGE=a");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.header("Allow"), "POST, OPTIONS");
  EXPECT_TRUE(list({.caller = fakes::alice}).value().empty());
}

TEST_P(Sync, U9_U69_AGetThatMakesAJobIsForNoPageOfOthersAndForNoHead) {
  serve({.wait_cap = 20s, .sync_by_get = true});
  user_.reset();
  EXPECT_EQ(get("/sync?IMAGE=a", {{"Origin", "https://evil.example"}}).status, 403);
  EXPECT_EQ(get("/sync?IMAGE=a", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  const auto head = ask("HEAD", "/sync?IMAGE=a");
  EXPECT_EQ(head.status, 405);
  EXPECT_EQ(head.header("Allow"), "GET, POST, OPTIONS");
  EXPECT_EQ(ask("OPTIONS", "/sync").header("Allow"), "GET, POST, OPTIONS");
  EXPECT_EQ(runs_.queued().size(), 0U);
  EXPECT_EQ(get("/sync?IMAGE=a").status, 303);
  EXPECT_EQ(runs_.queued().size(), 1U);
}

TEST_P(Sync, U9_AResponseFormatOfTheTaskSaysNothingOfErrors) {
  serve({.wait_cap = 20s,
         .sync_by_get = true,
         .errors = ErrorForm::votable,
         .names = {.response_format = ResponseFormat::of_task}});
  runs_.refuse(util::Error::of(util::ErrorCode::forbidden, "no IMAGE"));
  EXPECT_EQ(post("/sync", "RESPONSEFORMAT=json").header("Content-Type"), "application/x-votable+xml");
  EXPECT_EQ(post("/sync?RESPONSEFORMAT=json").header("Content-Type"), "application/x-votable+xml");
  EXPECT_THAT(post("/jobs", "PHASE=RUN&RESPONSEFORMAT=json").header("Content-Type"), HasSubstr("text/plain"));
  EXPECT_THAT(post("/sync", "A=b", {{"Accept", "application/json"}}).header("Content-Type"), HasSubstr("problem+json"));
}

TEST_P(Sync, U9_WhatCannotRunMakesNoJob) {
  runs_.refuse(util::Error::of(util::ErrorCode::forbidden, "no IMAGE"));
  EXPECT_EQ(post("/sync").status, 403);
  EXPECT_EQ(post("/sync", "PHASE=ABORT").status, 400);
  EXPECT_EQ(post("/sync", "ACTION=DELETE").status, 400);
  EXPECT_TRUE(list({.caller = fakes::alice}).value().empty());
}

TEST_P(Sync, U9_U32_ADestroyedJobIs404) {
  const JobId id = id_of(post("/sync"));
  fakes::TestClient client(port());
  begin_get(client, "/sync/" + id);
  EXPECT_FALSE(client.readable(100ms));
  EXPECT_EQ(ask("DELETE", path(id)).status, 303);
  EXPECT_EQ(client.receive().status, 404);
}

}  // namespace
}  // namespace uws::rest

// Tests which resources exist, and what each answers (U1 to U6, U14, U16, U40 to U46, U60, U63).
#include <pugixml.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class Resources : public TreeTest {};
FOR_SQLITE(Resources);

TEST_P(Resources, U1_AnEmptyListIsJobs) {
  const auto response = get("/jobs");
  EXPECT_EQ(response.status, 200);
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(response.body.c_str()));
  EXPECT_STREQ(document.document_element().name(), "uws:jobs");
  EXPECT_FALSE(document.document_element().first_child());
}

TEST_P(Resources, U1_U60_CreatingRedirectsToTheNewJob) {
  const auto response = post("/jobs", "IMAGE=hello-world");
  EXPECT_EQ(response.status, 303);
  EXPECT_THAT(response.header("Location"), MatchesRegex("http://test/jobs/[a-z2-7]+"));
  EXPECT_EQ(phase_word(id_of(response)), "PENDING");
}

TEST_P(Resources, U2_DeleteDestroysAndRedirectsToTheList) {
  for (const bool by_action : {false, true}) {
    SCOPED_TRACE(by_action ? "ACTION=DELETE" : "DELETE");
    const JobId id = make();
    const auto response = by_action ? post(path(id), "action=delete") : ask("DELETE", path(id));
    EXPECT_EQ(response.status, 303);
    EXPECT_EQ(response.header("Location"), "http://test/jobs");
    EXPECT_EQ(get(path(id)).status, 404);
    EXPECT_THAT(get("/jobs").body, Not(HasSubstr(id)));
  }
}

TEST_P(Resources, U2_NothingElseCanBeDeleted) {
  const JobId id = make("IMAGE=a");
  for (const char* part : {"/phase", "/parameters", "/parameters/IMAGE", "/results", "/results/stdout", "/owner",
                           "/quote", "/destruction", "/executionduration", "/error"}) {
    SCOPED_TRACE(part);
    const auto response = ask("DELETE", path(id) + part);
    EXPECT_EQ(response.status, 405);
    EXPECT_THAT(response.header("Allow"), HasSubstr("GET"));
  }
  EXPECT_EQ(ask("DELETE", "/jobs").status, 405);
  EXPECT_EQ(post(path(id) + "/parameters", "ACTION=DELETE").status, 400);
  EXPECT_EQ(post("/jobs", "ACTION=DELETE").status, 400);
  EXPECT_EQ(get(path(id)).status, 200);
}

TEST_P(Resources, U3_PhaseIsTextAndIsChangedByPost) {
  const JobId id = make();
  const auto shown = get(path(id) + "/phase");
  EXPECT_EQ(shown.body, "PENDING");
  EXPECT_THAT(shown.header("Content-Type"), HasSubstr("text/plain"));
  const auto run = post(path(id) + "/phase", "PHASE=RUN");
  EXPECT_EQ(run.status, 303);
  EXPECT_EQ(run.header("Location"), url(id));
  EXPECT_EQ(phase_word(id), "QUEUED");
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=ABORT").status, 303);
  EXPECT_EQ(phase_word(id), "ABORTED");
}

TEST_P(Resources, U3_ThePhaseMayBePostedToTheJobOrStandInTheQuery) {
  const JobId id = make();
  EXPECT_EQ(post(path(id), "phase=run").status, 303);
  EXPECT_EQ(phase_word(id), "QUEUED");
  EXPECT_EQ(ask("POST", path(id) + "/phase?PHASE=ABORT").status, 303);
  EXPECT_EQ(phase_word(id), "ABORTED");
  EXPECT_EQ(phase_word(id_of(ask("POST", "/jobs?PHASE=RUN"))), "QUEUED");
}

TEST_P(Resources, U4_SmallResourcesAreTextWithoutANewline) {
  const JobId id = make("DESTRUCTION=2999-01-01&EXECUTIONDURATION=60");
  EXPECT_EQ(get(path(id) + "/executionduration").body, "60");
  EXPECT_THAT(get(path(id) + "/destruction").body, MatchesRegex("2[0-9-]+T[0-9:]+\\.[0-9]{3}Z"));
  EXPECT_EQ(get(path(id) + "/owner").body, "alice");
  const auto quote = get(path(id) + "/quote");
  EXPECT_EQ(quote.status, 200);
  EXPECT_EQ(quote.body, "");
  EXPECT_THAT(quote.header("Content-Type"), HasSubstr("text/plain"));
  live_.quote(util::Instant(4ms));
  EXPECT_EQ(get(path(id) + "/quote").body, "1970-01-01T00:00:00.004Z");
  ASSERT_EQ(post(path(id) + "/phase", "PHASE=RUN").status, 303);
  EXPECT_EQ(get(path(id) + "/quote").body, "") << "it waits";
  show(id, {}, data::Node::object(), util::Instant(5ms));
  EXPECT_EQ(get(path(id) + "/quote").body, "1970-01-01T00:00:00.005Z");
}

TEST_P(Resources, U4_DurationAndDestructionAreSetByPost) {
  const JobId id = make();
  const auto duration = post(path(id) + "/executionduration", "EXECUTIONDURATION=99");
  EXPECT_EQ(duration.status, 303);
  EXPECT_EQ(duration.header("Location"), url(id));
  EXPECT_EQ(get(path(id) + "/executionduration").body, "99");
  const std::string tomorrow = util::to_iso(util::now() + 24h);
  EXPECT_EQ(post(path(id) + "/destruction", "destruction=" + tomorrow).status, 303);
  EXPECT_EQ(get(path(id) + "/destruction").body, tomorrow);
}

TEST_P(Resources, U5_U44_AFailedJobIsServedAndItsDetailIsAtError) {
  const JobId id = make("PHASE=RUN");
  const auto none = get(path(id) + "/error");
  EXPECT_EQ(none.status, 404);
  EXPECT_THAT(none.body, HasSubstr("no error"));
  finish(id, {.phase = Phase::error, .error = ErrorSummary{false, "it failed", "line 1\nline 2"}});
  EXPECT_EQ(get(path(id)).status, 200);
  EXPECT_EQ(get(path(id) + "/error").body, "it failed\n\nline 1\nline 2");
}

TEST_P(Resources, U5_ParametersAndTheirValues) {
  const JobId id = make("IMAGE=a&ARG=x&ARG=y%26");
  EXPECT_EQ(get(path(id) + "/parameters/IMAGE").body, "a");
  EXPECT_EQ(get(path(id) + "/parameters/image").body, "a");
  EXPECT_EQ(get(path(id) + "/parameters/ARG").body, "x\ny&");
  EXPECT_EQ(get(path(id) + "/parameters/ENV").status, 404);
}

TEST_P(Resources, U6_WhatCannotBeAnIdIsNotFound) {
  make();
  const std::string ids[] = {
      "x",  "..%2F..%2Fetc", "%27%20OR%201=1--", "%F0%9F%94%AD", std::string(3000, 'a'), "A%0D%0AB", "JOBS", "a.b",
      "%25"};
  for (const std::string& id : ids) {
    SCOPED_TRACE(id.substr(0, 40));
    for (const char* part : {"", "/phase", "/results", "/results/stdout", "/parameters/IMAGE", "/error"}) {
      EXPECT_EQ(get("/jobs/" + id + part).status, 404);
    }
    EXPECT_EQ(get("/sync/" + id).status, 404);
    EXPECT_EQ(get("/jobs/" + id + "?WAIT=-1").status, 404);
    EXPECT_EQ(post("/jobs/" + id + "/phase", "PHASE=RUN").status, 404);
    EXPECT_EQ(ask("PUT", "/jobs/" + id + "/parameters/A", {}, "x").status, 404);
    EXPECT_EQ(ask("DELETE", "/jobs/" + id).status, 404);
  }
}

TEST_P(Resources, U6_NamesAreLowerCase) {
  const JobId id = make();
  EXPECT_EQ(get("/Jobs").status, 404);
  EXPECT_EQ(get(path(id) + "/executionDuration").status, 404);
}

TEST_P(Resources, U16_WhatIsIllegalNowIs403) {
  const JobId id = completed({});
  for (const char* form : {"PHASE=RUN", "PHASE=ABORT", "IMAGE=b", "EXECUTIONDURATION=5", "RUNID=a"}) {
    SCOPED_TRACE(form);
    const auto response = post(path(id), form);
    EXPECT_EQ(response.status, 403);
    EXPECT_THAT(response.body, HasSubstr("COMPLETED"));
  }
  EXPECT_EQ(ask("PUT", path(id) + "/parameters/IMAGE", {}, "x").status, 403);
}

TEST_P(Resources, U40_U46_PhasesOfARunAndItsAbort) {
  const JobId id = make("PHASE=RUN");
  const Job job = claim(id).value();
  EXPECT_EQ(phase_word(id), "QUEUED");
  EXPECT_TRUE(executing(id, job.fence));
  EXPECT_EQ(phase_word(id), "EXECUTING");
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=ABORT").status, 303);
  EXPECT_EQ(phase_word(id), "EXECUTING");
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=ABORT").status, 303) << "asked again meanwhile";
  EXPECT_EQ(runs_.aborts().size(), 1U);
  EXPECT_TRUE(ended(id, job.fence, {.phase = Phase::aborted, .end_time = util::now()}));
  EXPECT_EQ(phase_word(id), "ABORTED");
}

TEST_P(Resources, U46_TheAnswerToAnAbortWaitsAMomentForTheEnd) {
  serve({.wait_cap = 20s, .abort_hold = 20s});
  const JobId id = make("PHASE=RUN");
  const Job job = claim(id).value();
  fakes::TestClient client(port());
  const std::string form = "PHASE=ABORT";
  client.send("POST " + path(id) + "/phase HTTP/1.1\r\nHost: test\r\nAuthorization: Basic alice\r\nContent-Type: " +
              "application/x-www-form-urlencoded\r\nContent-Length: " + std::to_string(form.size()) + "\r\n\r\n" +
              form);
  EXPECT_TRUE(eventually([&] { return runs_.aborts().size() == 1; }));
  EXPECT_FALSE(client.readable(100ms));
  EXPECT_TRUE(executing(id, job.fence));
  EXPECT_FALSE(client.readable(100ms)) << "another phase is no end";
  EXPECT_TRUE(ended(id, job.fence, {.phase = Phase::aborted, .end_time = util::now()}));
  EXPECT_EQ(client.receive().status, 303);
  EXPECT_EQ(phase_word(id), "ABORTED");
}

TEST_P(Resources, U45_U46_TheAnswerToAnAbortWaitsForTheEndOfASuspendedJobToo) {
  serve({.wait_cap = 20s, .abort_hold = 20s});
  const JobId id = make("PHASE=RUN");
  const Job job = start(id);
  in_transaction([&](auto& transaction) { return service().claims().suspended(transaction, id, job.fence, true); });
  ASSERT_EQ(phase_word(id), "SUSPENDED");
  fakes::TestClient client(port());
  client.send("POST " + path(id) + "/phase?PHASE=ABORT HTTP/1.1\r\nHost: test\r\nAuthorization: Basic alice\r\n" +
              "Content-Length: 0\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return runs_.aborts().size() == 1; }));
  EXPECT_FALSE(client.readable(100ms));
  EXPECT_TRUE(ended(id, job.fence, {.phase = Phase::aborted, .end_time = util::now()}));
  EXPECT_EQ(client.receive().status, 303);
  EXPECT_EQ(phase_word(id), "ABORTED");
}

TEST_P(Resources, U2_ABodyWithDeleteIsIgnored) {
  EXPECT_EQ(ask("DELETE", path(make()), {{"Content-Type", "application/json"}}, "{}").status, 303);
  EXPECT_EQ(ask("DELETE", path(make()), {{"Content-Encoding", "gzip"}}, "no gzip").status, 303);
  const auto too_large = ask("DELETE", path(make()), {}, std::string(2U << 20U, 'x'));
  EXPECT_EQ(too_large.status, 413);
}

TEST_P(Resources, U40_APendingJobCanBeAborted) {
  const JobId id = make();
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=ABORT").status, 303);
  EXPECT_EQ(phase_word(id), "ABORTED");
}

TEST_P(Resources, U41_RunOfAHeldJobIs403) {
  const JobId id = found("held", Phase::held);
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=RUN").status, 403);
  EXPECT_EQ(phase_word(id), "HELD");
}

TEST_P(Resources, U60_MoreSlashesAreOneAndNoneAtTheEnd) {
  const JobId id = make();
  EXPECT_EQ(get("/jobs/").status, 200);
  EXPECT_EQ(get(path(id) + "/").status, 200);
  EXPECT_EQ(get(path(id) + "/phase/").body, "PENDING");
  EXPECT_EQ(get(path(id) + "//phase//").body, "PENDING");
}

TEST_P(Resources, U60_UrlsAreOfWhatTheClientAddressed) {
  const auto response = post("/jobs", "", {{"Host", "uws.example.org:81"}});
  const std::string location = response.header("Location");
  EXPECT_THAT(location, testing::StartsWith("http://uws.example.org:81/jobs/"));
  EXPECT_THAT(get("/jobs", {{"Host", "other.example"}}).body,
              HasSubstr("http://other.example/jobs/" + id_of(response)));
}

TEST_P(Resources, U60_AnothersJobIs403InEveryWay) {
  const JobId id = make("IMAGE=a");
  user_ = "bob";
  for (const char* part : {"", "/phase", "/parameters", "/parameters/IMAGE", "/results", "/results/stdout", "/error",
                           "/owner", "/quote", "/destruction", "/executionduration", "?WAIT=1"}) {
    SCOPED_TRACE(part);
    EXPECT_EQ(get(path(id) + part).status, 403);
  }
  EXPECT_EQ(get("/sync/" + id).status, 403);
  EXPECT_EQ(ask("DELETE", path(id)).status, 403);
  EXPECT_EQ(post(path(id), "ACTION=DELETE").status, 403);
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=RUN").status, 403);
  EXPECT_EQ(post(path(id) + "/destruction", "DESTRUCTION=2999").status, 403);
  EXPECT_EQ(post(path(id), "IMAGE=b").status, 403);
  EXPECT_EQ(ask("PUT", path(id) + "/parameters/IMAGE", {}, "b").status, 403);
  EXPECT_THAT(get("/jobs").body, Not(HasSubstr(id)));
}

TEST_P(Resources, U63_HeadAndOptionsAreAnswered) {
  const JobId id = make();
  for (const std::string& target :
       {std::string("/jobs"), path(id), path(id) + "/phase", std::string("/availability")}) {
    SCOPED_TRACE(target);
    const auto whole = get(target);
    const auto head = ask("HEAD", target);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(head.header("Content-Type"), whole.header("Content-Type"));
    EXPECT_EQ(head.header("Content-Length"), std::to_string(whole.body.size()));
    const auto options = ask("OPTIONS", target);
    EXPECT_EQ(options.status, 204);
    EXPECT_THAT(options.header("Allow"), HasSubstr("GET, HEAD"));
  }
}

TEST_P(Resources, U63_WrongMethodsAreAnsweredWithAllow) {
  const JobId id = make();
  const auto list = ask("PUT", "/jobs", {}, "x");
  EXPECT_EQ(list.status, 405);
  EXPECT_EQ(list.header("Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(ask("PUT", path(id), {}, "x").header("Allow"), "GET, HEAD, POST, DELETE, OPTIONS");
  EXPECT_EQ(post(path(id) + "/owner", "OWNER=bob").status, 405);
  EXPECT_EQ(post(path(id) + "/results", "a=b").status, 405);
}

}  // namespace
}  // namespace uws::rest

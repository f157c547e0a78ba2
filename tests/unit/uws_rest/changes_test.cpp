// Tests creating and changing jobs over HTTP (U10, U13 to U18, U42).
#include <nlohmann/json.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::HasSubstr;

class Changes : public TreeTest {};
FOR_BOTH_DATABASES(Changes);

TEST_P(Changes, U10_ControlParametersMayComeWithTheCreatingPost) {
  const std::string controls =
      "PHASE=RUN&RUNID=my+run&EXECUTIONDURATION=77&DESTRUCTION=" + util::to_iso(util::now() + 1h);
  for (const bool in_query : {false, true}) {
    SCOPED_TRACE(in_query ? "query" : "body");
    const auto response = in_query ? ask("POST", "/jobs?" + controls) : post("/jobs", controls);
    ASSERT_EQ(response.status, 303);
    const Job job = find(id_of(response)).value();
    EXPECT_EQ(job.phase, Phase::queued);
    EXPECT_EQ(job.run_id, "my run");
    EXPECT_EQ(job.execution_duration, 77s);
    EXPECT_LT(job.destruction, util::now() + 2h);
    EXPECT_TRUE(job.parameters.empty());
  }
}

TEST_P(Changes, U10_ANewJobIsPendingAndRepeatedPairsKeepTheirOrder) {
  const Job job = find(make("ARG=b&ARG=a&ARG=b")).value();
  EXPECT_EQ(job.phase, Phase::pending);
  ASSERT_EQ(job.parameters.size(), 3U);
  EXPECT_EQ(job.parameters[0].value + job.parameters[1].value + job.parameters[2].value, "bab");
}

TEST_P(Changes, U13_ControlWordsCompareWithoutCase) {
  const JobId id = make("phase=Run&RunId=CaseCounts&phase=RUN");
  EXPECT_EQ(phase_word(id), "QUEUED");
  EXPECT_EQ(find(id)->run_id, "CaseCounts");
}

TEST_P(Changes, U14_RefusalsAreToldWithTheirStatus) {
  acceptor_.refuse("IMAGE", util::ErrorCode::forbidden);
  acceptor_.refuse("BAD", util::ErrorCode::invalid_argument);
  const auto refused = post("/jobs", "IMAGE=a");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("IMAGE: is refused"));
  EXPECT_EQ(post("/jobs", "BAD=a").status, 400);
  EXPECT_EQ(post("/jobs", "ARG=" + std::string(2U << 20U, 'a')).status, 413);
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += "ARG=a&";
  EXPECT_EQ(post("/jobs", many).status, 413);
  EXPECT_TRUE(list({.caller = fakes::alice}).value().empty()) << "no half-made job";
}

TEST_P(Changes, U14_OverAQuotaIs429) {
  options().max_unended_jobs_per_owner = 1;
  restart_service();
  make();
  const auto refused = post("/jobs", "");
  EXPECT_EQ(refused.status, 429);
  EXPECT_NE(refused.header("Retry-After"), "");
}

TEST_P(Changes, U14_WhatIsMalformedIs400AndNamesTheInput) {
  const JobId id = make();
  const std::pair<const char*, const char*> forms[] = {{"PHASE=FLY", "PHASE"},
                                                       {"PHASE=", "PHASE"},
                                                       {"PHASE=RUN&PHASE=ABORT", "PHASE"},
                                                       {"EXECUTIONDURATION=-1", "EXECUTIONDURATION"},
                                                       {"EXECUTIONDURATION=1.5", "EXECUTIONDURATION"},
                                                       {"EXECUTIONDURATION=1&EXECUTIONDURATION=2", "EXECUTIONDURATION"},
                                                       {"DESTRUCTION=tomorrow", "DESTRUCTION"},
                                                       {"DESTRUCTION=2001-01-01", "DESTRUCTION"},
                                                       {"DESTRUCTION=2999-02-30", "DESTRUCTION"},
                                                       {"RUNID=a%01b", "RUNID"},
                                                       {"ACTION=MOVE", "ACTION"},
                                                       {"WAIT=5&ARG=a", "WAIT"},
                                                       {"=a", "name of a parameter"},
                                                       {"A%07=a", "name of a parameter"},
                                                       {"..=a", "name of a parameter"}};
  for (const auto& [form, input] : forms) {
    for (const std::string& target : {std::string("/jobs"), path(id)}) {
      SCOPED_TRACE(target + " " + form);
      const auto response = post(target, form);
      EXPECT_EQ(response.status, 400);
      EXPECT_THAT(response.body, HasSubstr(input));
    }
  }
  EXPECT_EQ(post("/jobs", "RUNID=" + std::string(5000, 'a')).status, 400);
  EXPECT_EQ(post("/jobs", std::string(300, 'a') + "=x").status, 400);
  EXPECT_EQ(list({.caller = fakes::alice}).value().size(), 1U);
  EXPECT_EQ(find(id)->version, 1);
}

TEST_P(Changes, ContradictoryWishesAreRefusedBeforeAnythingIsDone) {
  const JobId id = make("IMAGE=a");
  for (const char* form : {"ACTION=DELETE&PHASE=RUN", "ACTION=DELETE&IMAGE=b", "ACTION=DELETE&RUNID=r", ""}) {
    SCOPED_TRACE(form);
    EXPECT_EQ(post(path(id), form).status, 400);
  }
  EXPECT_EQ(post("/jobs", "PHASE=ABORT").status, 400) << "there is nothing to abort yet";
  EXPECT_EQ(get(path(id) + "/parameters/IMAGE").body, "a");
}

TEST_P(Changes, ASmallResourceTakesItsOwnParameterOnly) {
  const JobId id = make();
  for (const auto& [part, form] : Fields{{"/phase", "PHASE=RUN&IMAGE=a"},
                                         {"/phase", "EXECUTIONDURATION=5"},
                                         {"/phase", ""},
                                         {"/executionduration", "PHASE=RUN"},
                                         {"/executionduration", "60"},
                                         {"/destruction", "IMAGE=a"}}) {
    SCOPED_TRACE(part + " " + form);
    EXPECT_EQ(post(path(id) + part, form).status, 400);
  }
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=RUN&RESPONSEFORMAT=json").status, 303);
}

TEST_P(Changes, U15_ParametersChangeInPending) {
  const JobId id = make("IMAGE=a&ARG=x");
  EXPECT_EQ(post(path(id), "ARG=1&ARG=2").header("Location"), url(id));
  EXPECT_EQ(post(path(id) + "/parameters", "IMAGE=b").status, 303);
  const auto put = ask("PUT", path(id) + "/parameters/ENV", {{"Content-Type", "text/plain"}}, "A=b&c");
  EXPECT_EQ(put.status, 303);
  EXPECT_EQ(put.header("Location"), url(id));
  EXPECT_EQ(get(path(id) + "/parameters/ARG").body, "1\n2") << "setting a name replaces all its values (U18)";
  EXPECT_EQ(get(path(id) + "/parameters/IMAGE").body, "b");
  EXPECT_EQ(get(path(id) + "/parameters/ENV").body, "A=b&c");
}

TEST_P(Changes, U15_PutRefusesWhatIsNoParameterOrNoText) {
  const JobId id = make();
  EXPECT_EQ(ask("PUT", path(id) + "/parameters/PHASE", {}, "RUN").status, 400);
  EXPECT_EQ(ask("PUT", path(id) + "/parameters/A%07", {}, "a").status, 400);
  EXPECT_EQ(ask("PUT", path(id) + "/parameters/ARG", {}, std::string("a\0b", 3)).status, 400);
  EXPECT_EQ(ask("PUT", path(id) + "/parameters/ARG", {}, "\xff").status, 400);
  EXPECT_TRUE(find(id)->parameters.empty());
}

TEST_P(Changes, U15_SeveralWishesAreGrantedInOneRequest) {
  const JobId id = make();
  EXPECT_EQ(post(path(id), "IMAGE=a&RUNID=r&EXECUTIONDURATION=5&DESTRUCTION=2999&PHASE=RUN").status, 303);
  const Job job = find(id).value();
  EXPECT_EQ(job.phase, Phase::queued);
  EXPECT_EQ(job.run_id, "r");
  EXPECT_EQ(job.execution_duration, 5s);
  EXPECT_EQ(job.parameters.size(), 1U);
}

TEST_P(Changes, U15_OfSeveralWishesNoneIsGrantedWhereOneCanNeverBe) {
  const JobId id = make();
  EXPECT_EQ(post(path(id), "IMAGE=a&EXECUTIONDURATION=5&DESTRUCTION=2020-01-01&PHASE=RUN").status, 400);
  EXPECT_EQ(post(path(id), "RUNID=r&SHARE=nogroup").status, 403);
  const Job job = find(id).value();
  EXPECT_EQ(job.phase, Phase::pending);
  EXPECT_EQ(job.run_id, std::nullopt);
  EXPECT_NE(job.execution_duration, 5s);
  EXPECT_TRUE(job.parameters.empty());
}

TEST_P(Changes, U18_OfSeveralWishesNoneIsGrantedWhereOneIsRefusedInThisPhase) {
  const JobId id = make("IMAGE=a&PHASE=RUN");
  const Job before = find(id).value();
  const auto refused = post(path(id), "DESTRUCTION=2999&EXECUTIONDURATION=5&RUNID=r");  // RUNID changes in PENDING only
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, testing::HasSubstr("RUNID"));
  const Job job = find(id).value();
  EXPECT_EQ(job.destruction, before.destruction);
  EXPECT_EQ(job.execution_duration, before.execution_duration);
}

TEST_P(Changes, U22_AnEmptyRunIdIsNone) {
  const JobId id = make("RUNID=r");
  EXPECT_EQ(post(path(id), "RUNID=").status, 303);
  EXPECT_EQ(find(id)->run_id, std::nullopt);
  EXPECT_EQ(find(make("RUNID="))->run_id, std::nullopt);
}

TEST_P(Changes, U17_U42_BeyondTheLimitsIsClamped) {
  const JobId id = make("EXECUTIONDURATION=99999999999999999999999&DESTRUCTION=2999-01-01");
  EXPECT_EQ(get(path(id) + "/executionduration").body, "86400");
  EXPECT_LT(get(path(id) + "/destruction").body, util::to_iso(util::now() + 24h * 31));
  EXPECT_EQ(post(path(id) + "/executionduration", "EXECUTIONDURATION=5").status, 303);
  EXPECT_EQ(post(path(id) + "/executionduration", "EXECUTIONDURATION=0").status, 303);
  EXPECT_EQ(get(path(id) + "/executionduration").body, "86400") << "0 asks for the largest allowed";
}

TEST_P(Changes, U18_WhatCannotRunMakesNoJobAndStaysPending) {
  const JobId id = make();
  runs_.refuse(util::Error::of(util::ErrorCode::forbidden, util::Fault{"IMAGE", "is missing", "an image"}));
  const auto refused = post(path(id) + "/phase", "PHASE=RUN");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("IMAGE: is missing"));
  EXPECT_EQ(phase_word(id), "PENDING");
  EXPECT_EQ(post("/jobs", "PHASE=RUN").status, 403);
  EXPECT_EQ(list({.caller = fakes::alice}).value().size(), 1U);
}

TEST_P(Changes, U18_ADocumentIsTheBody) {
  const std::string document = R"({"image": "a"})";
  const auto response = ask("POST", "/jobs?PHASE=RUN", {{"Content-Type", "application/json; charset=utf-8"}}, document);
  ASSERT_EQ(response.status, 303);
  EXPECT_EQ(get(path(id_of(response)) + "/parameters/TASK").body, document);
  EXPECT_EQ(phase_word(id_of(response)), "QUEUED");
}

TEST_P(Changes, U62_ErrorsAreTextOrProblemsForClientsOfJson) {
  const auto text = post("/jobs", "PHASE=FLY");
  EXPECT_THAT(text.header("Content-Type"), HasSubstr("text/plain"));
  for (const auto& [target, accept] : Fields{{"/jobs", "application/json"}, {"/jobs?RESPONSEFORMAT=json", "*/*"}}) {
    const auto problem = post(target, "PHASE=FLY", {{"Accept", accept}});
    EXPECT_EQ(problem.status, 400);
    EXPECT_EQ(problem.header("Content-Type"), "application/problem+json");
    const auto body = nlohmann::json::parse(problem.body);
    EXPECT_EQ(body["faults"][0]["input"], "PHASE");
    EXPECT_EQ(body["faults"][0]["accepted"], "RUN");
    EXPECT_EQ(body["status"], 400);
  }
  const auto absent = get_json("/jobs/absent");
  EXPECT_EQ(absent.status, 404);
  EXPECT_EQ(absent.header("Content-Type"), "application/problem+json");
}

TEST_P(Changes, U66_CreatingForAClientOfJsonAnswersTheJob) {
  const auto response = post("/jobs", "IMAGE=a", {{"Accept", "application/json"}});
  EXPECT_EQ(response.status, 303);
  EXPECT_EQ(response.header("Content-Type"), "application/json");
  EXPECT_EQ(nlohmann::json::parse(response.body)["jobId"], id_of(response));
}

// --- everything in a JSON body (U66)

TEST_P(Changes, U66_ControlParametersMayBeMembersOfAJsonBody) {
  const auto post_json = [&](const std::string& target, const std::string& body) {
    return ask("POST", target, {{"Content-Type", "application/json"}, {"Accept", "application/json"}}, body);
  };
  const auto made = post_json("/jobs", R"({"runId": "r1", "executionDuration": 60, "phase": null})");
  ASSERT_EQ(made.status, 303) << made.body;
  const JobId id = id_of(made);
  EXPECT_EQ(find(id)->run_id, "r1");
  EXPECT_EQ(find(id)->execution_duration, 60s);
  EXPECT_EQ(post_json(path(id) + "/executionduration", R"({"executionDuration": 70})").status, 303);
  EXPECT_EQ(find(id)->execution_duration, 70s);
  EXPECT_EQ(post_json(path(id) + "/phase", R"({"phase": "RUN"})").status, 303);
  EXPECT_EQ(phase_word(id), "QUEUED");
  EXPECT_EQ(post_json(path(id), R"({"phase": "ABORT"})").status, 303);
  EXPECT_EQ(phase_word(id), "ABORTED");

  const auto queued = post_json("/jobs", R"({"image": "i", "PHASE": "RUN"})");
  ASSERT_EQ(queued.status, 303) << queued.body;
  EXPECT_EQ(phase_word(id_of(queued)), "QUEUED");
  ASSERT_EQ(find(id_of(queued))->parameters.size(), 1U);
  EXPECT_EQ(find(id_of(queued))->parameters[0].value, R"({"image":"i"})");
}

TEST_P(Changes, U66_ControlParametersMayBeMembersOfAnyDocument) {
  for (const auto& [media_type, body] : std::vector<std::pair<std::string, std::string>>{
           {"application/vnd.example+json", R"({"image": "i", "runId": "r"})"},
           {"text/plain", R"({"image": "i", "runId": "r"})"}}) {
    const auto made = ask("POST", "/jobs", {{"Content-Type", media_type}}, body);
    ASSERT_EQ(made.status, 303) << media_type << ": " << made.body;
    const JobId id = id_of(made);
    EXPECT_EQ(find(id)->run_id, "r") << media_type;
    EXPECT_EQ(find(id)->parameters.at(0).value, R"({"image":"i"})") << media_type;
  }
}

TEST_P(Changes, U66_WhatYamlWritesWithoutQuotesStaysSo) {
  const std::string body = "image: i\nrunId: r\nargs: [sleep, 5, \"6\"]\nenv: {VERSION: 1.10, DEBUG: true}\n";
  for (const char* media_type : {"application/yaml", "text/plain"}) {
    const auto made = ask("POST", "/jobs", {{"Content-Type", media_type}}, body);
    ASSERT_EQ(made.status, 303) << made.body;
    const std::string task = find(id_of(made))->parameters.at(0).value;
    for (const char* piece : {"- 5\n", "- \"6\"\n", "VERSION: 1.10\n", "DEBUG: true\n"}) {
      EXPECT_THAT(task, HasSubstr(piece)) << media_type;
    }
  }
}

TEST_P(Changes, U66_WhatIsWrongInJsonIs400) {
  const JobId id = make();
  for (const char* body :
       {R"({"phase": ["RUN"]})", R"({"phase": "FLY"})", R"({"phase": "RUN", "runId": "x"})", "{}", "[]", "{"}) {
    SCOPED_TRACE(body);
    EXPECT_EQ(ask("POST", path(id) + "/phase", {{"Content-Type", "application/json"}}, body).status, 400);
  }
  EXPECT_EQ(phase_word(id), "PENDING");
}

}  // namespace
}  // namespace uws::rest

// Tests a second job list beside /jobs, with a synchronous resource of its own.
#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::HasSubstr;
using testing::Not;

class ListTrees : public TreeTest {
 protected:
  void SetUp() override {
    TreeTest::SetUp();
    tap_ = service().for_list("tap", acceptor_);
    tree_ = std::make_unique<JobTree>(*tap_, bytes(), live_, streams_,
                                      JobTreeOptions{.path = "/vo/tap/async", .wait_cap = 20s});
    add_more_ = [this](http::Router& router) { tree_->add_routes(router); };
    serve();
  }
  void TearDown() override {
    TreeTest::TearDown();
    tree_.reset();
    tap_.reset();
  }

  std::unique_ptr<JobService> tap_;
  std::unique_ptr<JobTree> tree_;
};
FOR_BOTH_DATABASES(ListTrees);

TEST_P(ListTrees, AreWholeWhereverTheyAre) {  // U1, U2, U60
  const auto made = post("/vo/tap/async", "QUERY=SELECT+1");
  ASSERT_EQ(made.status, 303);
  const std::string url = made.header("Location");
  EXPECT_THAT(url, testing::StartsWith(std::string(base) + "/vo/tap/async/"));
  const std::string job = url.substr(std::string(base).size());
  EXPECT_THAT(get("/vo/tap/async").body, HasSubstr("xlink:href=\"" + url + "\""));
  for (const char* below : {"/phase", "/executionduration", "/destruction", "/quote", "/owner", "/parameters",
                            "/parameters/QUERY", "/results"}) {
    EXPECT_EQ(get(job + below).status, 200) << below;
  }
  EXPECT_EQ(post(job + "/parameters", "QUERY=SELECT+2").header("Location"), url);
  EXPECT_EQ(post(job + "/phase", "PHASE=RUN").header("Location"), url);
  EXPECT_EQ(get(job + "/phase").body, "QUEUED");
  EXPECT_EQ(ask("DELETE", job).header("Location"), std::string(base) + "/vo/tap/async");
  EXPECT_EQ(get(job).status, 404);
}

TEST_P(ListTrees, KnowNothingOfEachOther) {
  const JobId ours = make();
  const JobId theirs = id_of(post("/vo/tap/async"));
  EXPECT_EQ(get(path(theirs)).status, 404);
  EXPECT_EQ(get("/vo/tap/async/" + ours).status, 404);
  EXPECT_EQ(ask("DELETE", "/vo/tap/async/" + ours).status, 404);
  EXPECT_EQ(get(path(ours)).status, 200);
  EXPECT_THAT(get("/jobs").body, Not(HasSubstr(theirs)));
  EXPECT_THAT(get("/vo/tap/async").body, Not(HasSubstr(ours)));
}

TEST_P(ListTrees, HaveASyncBeside) {  // U9
  const auto made = post("/vo/tap/sync", "QUERY=SELECT+1");
  ASSERT_EQ(made.status, 303);
  const JobId id = id_of(made);
  EXPECT_EQ(made.header("Location"), std::string(base) + "/vo/tap/sync/" + id);
  EXPECT_EQ(get("/sync/" + id).status, 404);
  finish(id, {.results = {result("result", "<VOTABLE/>", "application/x-votable+xml", true)}});
  const auto held = get("/vo/tap/sync/" + id);
  EXPECT_EQ(held.status, 303);
  EXPECT_EQ(held.header("Location"), std::string(base) + "/vo/tap/async/" + id + "/results/result");
  EXPECT_THAT(get("/vo/tap/async/" + id).body, HasSubstr("\"" + held.header("Location") + "\""));
  EXPECT_EQ(get("/vo/tap/async/" + id + "/results/result").body, "<VOTABLE/>");
}

TEST_P(ListTrees, U9_GetOnSyncMakesAJobOnlyWhereThatIsConfigured) {
  EXPECT_EQ(get("/vo/tap/sync?QUERY=SELECT+1").status, 405);
  tree_ = std::make_unique<JobTree>(*tap_, bytes(), live_, streams_,
                                    JobTreeOptions{.path = "/vo/tap/async", .wait_cap = 20s, .sync_by_get = true});
  serve();
  EXPECT_EQ(get("/vo/tap/sync?QUERY=SELECT+1").status, 403) << "with Basic";
  user_.reset();
  EXPECT_EQ(get("/vo/tap/sync?QUERY=SELECT+1", {{"Cookie", "a=b"}}).status, 403);
  EXPECT_EQ(ask("HEAD", "/vo/tap/sync?QUERY=SELECT+1").status, 405);
  EXPECT_EQ(queue().size(), 0U);
  const auto made = get("/vo/tap/sync?QUERY=SELECT+1");
  EXPECT_EQ(made.status, 303);
  EXPECT_EQ(find(id_of(made))->parameters.at(0).value, "SELECT 1");
  EXPECT_EQ(get("/vo/tap/sync?QUERY=SELECT+1", {{"Authorization", "Bearer alice"}}).status, 303);
}

TEST_P(ListTrees, U10_ResponseFormatIsAParameterWhereTheTaskHasOne) {
  EXPECT_TRUE(find(id_of(post("/vo/tap/async", "RESPONSEFORMAT=csv")))->parameters.empty());
  tree_ = std::make_unique<JobTree>(
      *tap_, bytes(), live_, streams_,
      JobTreeOptions{.path = "/vo/tap/async", .wait_cap = 20s, .names = {.response_format = ResponseFormat::of_task}});
  serve();
  const JobId id = id_of(post("/vo/tap/async", "RESPONSEFORMAT=csv"));
  ASSERT_EQ(find(id)->parameters.size(), 1U);
  EXPECT_EQ(find(id)->parameters[0].value, "csv");
  EXPECT_EQ(ask("PUT", "/vo/tap/async/" + id + "/parameters/responseformat", {}, "text").status, 303);
  EXPECT_THAT(get_json("/vo/tap/async/" + id).header("Content-Type"), HasSubstr("application/json"));
  EXPECT_EQ(ask("PUT", path(make()) + "/parameters/responseformat", {}, "text").status, 400);
}

}  // namespace
}  // namespace uws::rest

// Tests jobs of an application, from their parameters to their results.
#include "world.h"

namespace executor::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

task::Declaration declared(const std::string& name) {
  task::Declaration parameter;
  parameter.name = name;
  parameter.max_length = 1000;
  return parameter;
}

class ApplicationJobs : public Jobs {
 protected:
  void SetUp() override {
    task::Declaration words = declared("words");
    words.multiple = true;
    words.passing.arguments = {"{value}"};
    task::Declaration text = declared("text");
    text.passing.file = "/work/job/in";
    task::Application application;
    application.name = "app";
    application.task = *task::from_parameters(
        {{"IMAGE", "conformance:test"}, {"OUTPUT", "more.txt"}, {"OUTPUT", "result=out.vot"}}, {});
    application.parameters = {words, text};
    world.applications = {application};
    world.policy.images = {};
    world.start();
  }
  static Pairs words(const Words& all) {
    Pairs pairs;
    for (const std::string& word : all) pairs.emplace_back("WORDS", word);
    return pairs;
  }
};

TEST_F(ApplicationJobs, RunItsTaskWithWhatWasGiven) {
  Pairs pairs = words({"copy", "in", "out.vot", "then", "write", "more.txt", "more"});
  pairs.emplace_back("text", "hello");
  const uws::Job job = world.until_ended(world.create_in("app", given(pairs)));
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_THAT(result_ids(job), ElementsAre("more.txt", "result", "stdout", "stderr"));
  EXPECT_EQ(world.text_of(job, "result"), "hello");
  EXPECT_TRUE(job.results.at(1).primary);  // U7
  EXPECT_FALSE(job.results.at(2).primary);
  EXPECT_EQ(job.results.at(1).media_type, "application/x-votable+xml");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(ApplicationJobs, GetUploadsAsFiles) {
  uws::JobRequest what = given(words({"copy", "in", "out.vot"}));
  what.parameters.push_back(world.upload("text", "uploaded"));
  const uws::Job job = world.until_ended(world.create_in("app", what));
  EXPECT_EQ(world.text_of(job, "result"), "uploaded");
}

TEST_F(ApplicationJobs, OfAnApplicationThatIsConfiguredNoMoreEndWithThatReason) {
  world.daemon->go_away();
  const uws::JobId id = world.create_in("app", given(words({"print", "x"})));
  world.stop();
  world.applications.clear();
  world.daemon->come_back();
  world.start();
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "ERROR");
  EXPECT_THAT(job.error->message + job.error->detail, HasSubstr("'app' is not configured any more"));
}

}  // namespace
}  // namespace executor::testing

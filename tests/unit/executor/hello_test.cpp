// Tests jobs from their creation to their end, and the results that they leave.
#include "world.h"

namespace executor::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using uws::Phase;

TEST_F(Jobs, AHelloGoesFromItsCreationToItsEnd) {
  world.start();
  const auto id = world.create({"print", "hello"});
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_FALSE(job.error.has_value());
  EXPECT_THAT(result_ids(job), ElementsAre("stdout", "stderr"));
  EXPECT_EQ(world.text_of(job, "stdout"), "hello\n");
  EXPECT_EQ(world.text_of(job, "stderr"), "");
  EXPECT_TRUE(job.results[0].primary);
  EXPECT_TRUE(job.start_time && job.end_time && *job.start_time <= *job.end_time);
  EXPECT_TRUE(world.until_nothing_is_left());
  EXPECT_EQ(world.live(id), nullptr);
  EXPECT_EQ(world.blob_count(), 2U);
}

TEST_F(Jobs, EveryByteOfStdoutIsKept) {
  world.start();
  const uws::Job job = world.until_ended(world.create({"noise", "70000"}));
  const std::string text = world.text_of(job, "stdout");
  ASSERT_EQ(text.size(), 70000U);
  for (std::size_t i = 0; i < text.size(); ++i) ASSERT_EQ(text[i], static_cast<char>(i % 256)) << i;
}

TEST_F(Jobs, JobInfoTellsWhatRanWhereAndWhen) {
  world.start();
  const uws::Job job = world.until_ended(world.create({"print", "x"}, {{"CORES", "0.5"}, {"MEMORY", "64M"}}));
  EXPECT_EQ(job.info.find("engine")->text(), "fake");
  EXPECT_EQ(job.info.find("engineVersion")->text(), "fake 1.0");
  EXPECT_EQ(job.info.find("image")->text(), "docker.io/library/conformance:test");
  EXPECT_EQ(job.info.find("imageDigest")->text(), "sha256:" + std::string(64, 'f'));
  EXPECT_EQ(job.info.find("exitCode")->as_int(), 0);
  EXPECT_EQ(job.info.find("memoryEvidence")->text(), "none");
  EXPECT_EQ(job.info.find("resources")->find("cores")->as_double(), 0.5);
  EXPECT_EQ(job.info.find("resources")->find("memoryBytes")->as_int(), 64 << 20);
  EXPECT_EQ(job.info.find("digests"), nullptr) << "what grows with the files is no part of jobInfo's text";
  Words steps;
  std::string last;
  for (const auto& [name, when] : job.info.find("steps")->members()) {
    steps.push_back(name);
    EXPECT_LE(last, when.text()) << name;
    last = when.text();
  }
  EXPECT_THAT(steps, ElementsAre("queued", "claimed", "pulled", "created", "staged", "started", "ended", "collected"));
}

TEST_F(Jobs, DeclaredOutputsComeFirstInTheOrderDeclared) {
  world.start();
  const auto id = world.create(
      {"write", "b.fits", "SIMPLE", "then", "write", "logs/2.txt", "two", "then", "write", "logs/1.txt", "one"},
      {{"OUTPUT", "table=b.fits"}, {"OUTPUT", "logs/*.txt"}});
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "COMPLETED");
  ASSERT_THAT(result_ids(job), ElementsAre("table", "1.txt", "2.txt", "stdout", "stderr"));
  EXPECT_EQ(job.results[0].media_type, "application/fits");
  EXPECT_EQ(world.text_of(job, "table"), "SIMPLE");
  EXPECT_EQ(world.text_of(job, "2.txt"), "two");
  EXPECT_TRUE(job.results[3].primary);
}

TEST_F(Jobs, TheOneDeclaredOutputIsThePrimaryResult) {
  world.start();
  const uws::Job job = world.until_ended(world.create({"write", "x.csv", "1,2"}, {{"OUTPUT", "x.csv"}}));
  ASSERT_THAT(result_ids(job), ElementsAre("x.csv", "stdout", "stderr"));
  EXPECT_TRUE(job.results[0].primary);
  EXPECT_FALSE(job.results[1].primary);
}

TEST_F(Jobs, AMissingOutputIsAnErrorThatKeepsTheOthers) {
  world.start();
  const uws::Job job = world.until_ended(world.create({"write", "a", "1"}, {{"OUTPUT", "a"}, {"OUTPUT", "never"}}));
  EXPECT_PHASE(job, "ERROR");
  ASSERT_TRUE(job.error);
  EXPECT_THAT(job.error->message, HasSubstr("declared output 'never' was not made"));
  EXPECT_TRUE(job.error->fatal);
  EXPECT_THAT(result_ids(job), ElementsAre("a", "stdout", "stderr"));
}

TEST_F(Jobs, OutputsBeyondTheLimitAreNotKept) {
  world.options.runs.max_output_bytes = 10;
  world.start();
  const uws::Job job = world.until_ended(
      world.create({"write", "a", "12345678", "then", "write", "b", "12345678"}, {{"OUTPUT", "a"}, {"OUTPUT", "b"}}));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_THAT(job.error->message, HasSubstr("'b' was not made"));
  EXPECT_THAT(result_ids(job), ElementsAre("a", "stdout", "stderr"));
  EXPECT_TRUE(world.until_nothing_is_left());
  EXPECT_EQ(world.blob_count(), 3U);
}

TEST_F(Jobs, AnExitCodeIsAnErrorWithTheEndOfStderr) {
  world.start();
  const uws::Job job = world.until_ended(world.create({"print-error", "no such star", "then", "exit", "3"}));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_EQ(job.error->message, "the command ended with exit code 3: no such star");
  EXPECT_THAT(job.error->detail, HasSubstr("no such star"));
  EXPECT_EQ(job.info.find("exitCode")->as_int(), 3);
}

TEST_F(Jobs, ALogBeyondTheLimitIsCutAndThatIsTold) {
  world.options.runs.max_log_bytes = 1000;
  world.start();
  const uws::Job job = world.until_ended(world.create({"noise", "5000", "then", "print-error", "end"}));
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_EQ(world.text_of(job, "stdout").size(), 1000U);
  EXPECT_EQ(world.text_of(job, "stderr"), "end\n");
  EXPECT_THAT(job.info.find("notes")->items()[0].text(), HasSubstr("stdout is cut at 1000 B"));
}

TEST_F(Jobs, OutOfMemoryIsSaidSo) {
  world.start();
  const uws::Job job = world.until_ended(world.create({"eat-memory", "100"}, {{"MEMORY", "64M"}}));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_EQ(job.error->message, "the command was killed: it needed more memory than its limit of 64 MiB");
  EXPECT_EQ(job.info.find("memoryEvidence")->text(), "outOfMemory");
}

TEST_F(Jobs, AMissingImageIsAnErrorWithoutResults) {
  world.start();
  const uws::Job job = world.until_ended(world.create(given({{"IMAGE", "elsewhere"}})));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_THAT(job.error->message, HasSubstr("image docker.io/library/elsewhere:latest does not exist"));
  EXPECT_TRUE(job.results.empty());
  EXPECT_FALSE(job.start_time.has_value());
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Jobs, AMissingCommandIsAnError) {
  world.start();
  const uws::Job job = world.until_ended(world.create({}, {{"ENTRYPOINT", "/bin/nothing"}}));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_THAT(job.error->message, HasSubstr("'/bin/nothing' is not in the image"));
}

TEST_F(Jobs, AnUploadedInputIsThereAsAFile) {
  world.start();
  uws::JobRequest what = given({{"IMAGE", "conformance:test"}, {"INPUT", "in.txt,param:mine"}, {"OUTPUT", "out.txt"}});
  for (const std::string word : {"copy", "in.txt", "out.txt"})
    what.parameters.push_back({"ARG", word, false, "", "", 0});
  what.parameters.push_back(world.upload("mine", "the data"));
  const uws::Job job = world.until_ended(world.create(std::move(what)));
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_EQ(world.text_of(job, "out.txt"), "the data");
}

TEST_F(Jobs, AnExitBeforeExecutingIsCommittedIsNotWaitedForAndLosesNothing) {
  world.daemon->hold_submits();
  world.start();
  const auto id = world.create({"print", "quick", "then", "write", "a", "1"}, {{"OUTPUT", "a"}});
  ASSERT_TRUE(world.until([&] { return world.daemon->submits() == 1; }));
  auto held = world.hold_database();
  world.daemon->let_submits_go();
  // Both logs and the output become complete blobs while the change to EXECUTING waits for its commit.
  EXPECT_TRUE(world.until([&] { return world.blob_count() == 3 && world.live(id)->results.at(0).bytes->ended(); }));
  EXPECT_EQ(world.phase(id), Phase::queued);
  held.reset();
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_TRUE(job.start_time.has_value());
  EXPECT_THAT(result_ids(job), ElementsAre("a", "stdout", "stderr"));
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Jobs, ManyAtOnceAllEnd) {
  world.start();
  std::vector<uws::JobId> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(world.create({"print", std::to_string(i)}));
  for (int i = 0; i < 20; ++i) {
    const uws::Job job = world.until_ended(ids[static_cast<std::size_t>(i)]);
    EXPECT_PHASE(job, "COMPLETED");
    EXPECT_EQ(world.text_of(job, "stdout"), std::to_string(i) + "\n");
  }
  EXPECT_TRUE(world.until_nothing_is_left());
}

}  // namespace
}  // namespace executor::testing

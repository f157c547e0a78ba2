// Tests how a job's output files become results: their ids, limits, and messages about missing files.
#include "executor/outputs.h"

#include "executor/media_type.h"
#include "executor/result_ids.h"
#include "world.h"

namespace executor::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Ids : public ::testing::Test {
 protected:
  std::string next(std::size_t index, const std::string& path) { return ids().next(index, path); }
  ResultIds& ids() {
    if (!ids_) ids_.emplace(outputs, "/work/job");
    return *ids_;
  }
  task::Output glob(std::string name = "") { return {name, "/work/job/*", true, !name.empty()}; }
  std::vector<task::Output> outputs;

 private:
  std::optional<ResultIds> ids_;
};

TEST_F(Ids, FilesOfOneNameKeepTheirEnding) {
  outputs = {glob()};
  EXPECT_EQ(next(0, "/work/job/a/spec.fits"), "spec.fits");
  EXPECT_EQ(next(0, "/work/job/b/spec.fits"), "spec-2.fits");
  EXPECT_EQ(next(0, "/work/job/c/spec-2.fits"), "spec-2-2.fits");
  EXPECT_EQ(next(0, "/work/job/d/spec.fits"), "spec-3.fits");
  EXPECT_EQ(next(0, "/work/job/a/x.tar.gz"), "x.tar.gz");
  EXPECT_EQ(next(0, "/work/job/b/x.tar.gz"), "x-2.tar.gz");
  EXPECT_EQ(next(0, "/work/job/a/v1.2"), "v1.2");
  EXPECT_EQ(next(0, "/work/job/b/v1.2"), "v1-2.2");
  EXPECT_EQ(next(0, "/work/job/a/README"), "README");
  EXPECT_EQ(next(0, "/work/job/b/README"), "README-2");
  EXPECT_EQ(next(0, "/work/job/a/.gz"), "_.gz");
  EXPECT_EQ(next(0, "/work/job/b/.gz"), "_-2.gz");
}

TEST_F(Ids, EveryNameGetsOne) {
  outputs = {glob()};
  EXPECT_EQ(next(0, "/work/job/my file [1].txt"), "my_file__1_.txt");
  EXPECT_EQ(next(0, "/work/job/\u00E9t\u00E9.txt"), "_t_.txt");
  EXPECT_EQ(next(0, "/work/job/\x80\x81"), "_");
  EXPECT_EQ(next(0, "/work/job/stdout"), "stdout-2");
  EXPECT_EQ(next(0, "/work/job/result"), "result-2");
}

TEST_F(Ids, AGivenNameIsKeptFree) {
  outputs = {glob(), {"a.fits", "/tmp/x", false, true}, {"a.fits", "/tmp/a.fits", false, false}};
  EXPECT_EQ(next(0, "/work/job/a.fits"), "a-2.fits");
  EXPECT_EQ(next(1, "/tmp/x"), "a.fits");
  EXPECT_EQ(next(2, "/tmp/a.fits"), "a-3.fits");
}

TEST_F(Ids, ANameMayHoldThePath) {
  outputs = {glob("{path}"), glob("cat-{path}"), glob("plots")};
  EXPECT_EQ(next(0, "/work/job/a/spec.fits"), "a_spec.fits");
  EXPECT_EQ(next(0, "/tmp/a/spec.fits"), "tmp_a_spec.fits");
  EXPECT_EQ(next(0, "/work/job/a_spec.fits"), "a_spec-2.fits");
  EXPECT_EQ(next(1, "/work/job/b/x"), "cat-b_x");
  EXPECT_EQ(next(2, "/work/job/b/x.png"), "plots-x.png");
}

TEST_F(Ids, OneOutputIsCalledResult) {
  outputs = {{"result", "/work/job/b/result", false, false}, {"result", "/work/job/x", false, true}};
  EXPECT_EQ(output_called_result(outputs), 1U);
  EXPECT_EQ(next(0, "/work/job/b/result"), "result-2");
  EXPECT_EQ(next(1, "/work/job/x"), "result");
}

TEST_F(Ids, ManyFilesOfOneNameTakeNoLongerThanOthers) {
  outputs = {glob()};
  std::string last;
  for (int i = 0; i < 100'000; ++i) last = next(0, "/work/job/" + std::to_string(i) + "/spec.fits");
  EXPECT_EQ(last, "spec-100000.fits");  // trying each smaller number for every file would take minutes
}

TEST(MediaTypes, TheFieldsEndingsAreKnown) {
  EXPECT_EQ(media_type_of("/a/x.vot"), "application/x-votable+xml");
  EXPECT_EQ(media_type_of("/a/x.FITS"), "application/fits");
  EXPECT_EQ(media_type_of("/a/x.ecsv"), "application/x-ecsv");
  EXPECT_EQ(media_type_of("/a/x.hdf5"), "application/x-hdf5");
  EXPECT_EQ(media_type_of("/a/x.parquet"), "application/vnd.apache.parquet");
  EXPECT_EQ(media_type_of("/a/x.asdf"), "application/x-asdf");
  EXPECT_EQ(media_type_of("/a/x.reg"), "text/plain; charset=utf-8");
  EXPECT_EQ(media_type_of("/a.fits/x"), "application/octet-stream");
}

using Outputs = Jobs;

std::vector<std::string> notes_of(const uws::Job& job) {
  std::vector<std::string> notes;
  const data::Node* list = job.info.find("notes");
  for (std::size_t i = 0; list != nullptr && i < list->items().size(); ++i) notes.push_back(list->items()[i].text());
  return notes;
}

TEST_F(Outputs, FilesOfOneNameAreToldApartByTheirPaths) {
  world.start();
  const uws::Job job = world.until_ended(
      world.create({"write", "b/spec.fits", "two", "then", "write", "a/spec.fits", "one"}, {{"OUTPUT", "**/*.fits"}}));
  EXPECT_PHASE(job, "COMPLETED");
  ASSERT_THAT(result_ids(job), ElementsAre("spec.fits", "spec-2.fits", "stdout", "stderr"));
  EXPECT_EQ(job.results[0].path, "/work/job/a/spec.fits");
  EXPECT_EQ(job.results[1].path, "/work/job/b/spec.fits");
  EXPECT_EQ(job.results[2].path, "");
  EXPECT_EQ(world.text_of(job, "spec-2.fits"), "two");
}

TEST_F(Outputs, AGlobTakesNoInputThatNobodyWroteTo) {
  world.start();
  uws::JobRequest given;
  given.parameters = {world.upload("a", "same"), world.upload("b", "old")};
  const auto say = [&](const std::string& name, const std::string& value) {
    uws::Parameter parameter;
    parameter.name = name;
    parameter.value = value;
    given.parameters.push_back(std::move(parameter));
  };
  say("IMAGE", "conformance:test");
  say("INPUT", "kept.txt,param:a");
  say("INPUT", "changed.txt,param:b");
  say("OUTPUT", "*.txt");
  say("OUTPUT", "kept.txt");
  for (const char* word : {"write", "changed.txt", "new", "then", "write", "made.txt", "1"}) say("ARG", word);
  const uws::Job job = world.until_ended(world.create(given));
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_THAT(result_ids(job), ElementsAre("changed.txt", "made.txt", "kept.txt", "stdout", "stderr"))
      << "who names an input gets it";
  EXPECT_EQ(world.text_of(job, "changed.txt"), "new");
}

TEST_F(Outputs, WhatAGlobLeavesOutIsNoted) {
  world.start();
  const uws::Job job =
      world.until_ended(world.create({"write", "a.txt", "1", "then", "link", "gone", "b.txt"}, {{"OUTPUT", "*.txt"}}));
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_THAT(result_ids(job), ElementsAre("a.txt", "stdout", "stderr"));
  EXPECT_THAT(notes_of(job), ElementsAre("no output: /work/job/b.txt is a symbolic link that leads nowhere"));
}

TEST_F(Outputs, MoreFilesThanTheLimitAreAnEndOfTheirOwn) {
  world.options.runs.max_output_files = 2;
  world.start();
  const uws::Job job = world.until_ended(
      world.create({"write", "a", "1", "then", "write", "b", "2", "then", "write", "c", "3"}, {{"OUTPUT", "*"}}));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_EQ(job.error->code, "too_many_outputs");
  EXPECT_THAT(job.error->message, HasSubstr("may have 2 files"));
  EXPECT_THAT(result_ids(job), ElementsAre("a", "b", "stdout", "stderr"));
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Outputs, AResultThatWasNotMadeIsNotWhatWasPrinted) {
  world.start();
  const auto primaries = [&](Pairs outputs) {
    outputs.emplace_back("OUTPUT", "gone");
    const uws::Job job = world.until_ended(world.create({"print", "oh", "then", "write", "a", "1"}, outputs));
    std::vector<std::string> found;
    for (const uws::ResultEntry& result : job.results) {
      if (result.primary) found.push_back(result.id);
    }
    return found;
  };
  EXPECT_THAT(primaries({{"OUTPUT", "result=never"}}), IsEmpty());
  EXPECT_THAT(primaries({}), IsEmpty()) << "the only declared output";
  EXPECT_THAT(primaries({{"OUTPUT", "result=a"}}), ElementsAre("result"));
  EXPECT_THAT(primaries({{"OUTPUT", "b"}}), ElementsAre("stdout")) << "of several none was to be the primary one";
}

}  // namespace
}  // namespace executor::testing

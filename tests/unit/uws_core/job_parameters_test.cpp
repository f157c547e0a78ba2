#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using testing::SizeIs;
using util::ErrorCode;

class JobParameters : public JobTest {};
FOR_BOTH_DATABASES(JobParameters);

TEST_P(JobParameters, SettingANameReplacesAllItsValues) {  // U15, U18
  const uws::Job made =
      create({.owner = alice, .given = {{value_of("A", "1"), value_of("B", "2"), value_of("A", "3")}, {}}}).value();
  const uws::Job changed = set_parameters(made.id, {value_of("a", "4"), value_of("C", "5")}).value();
  EXPECT_GT(changed.version, made.version);
  const uws::Job job = get(made.id).value();
  ASSERT_THAT(job.parameters, SizeIs(3));
  EXPECT_EQ(job.parameters[0].name, "B");
  EXPECT_EQ(job.parameters[1].value, "4");
  EXPECT_EQ(job.parameters[2].name, "C");
  EXPECT_EQ(changed.parameters.size(), job.parameters.size());
  EXPECT_EQ(changed.version, job.version);
}

TEST_P(JobParameters, WhatTheTaskNeedsDoesNotReplaceTheDurationThatWasSaid) {
  acceptor_.need(300s);
  const auto duration_after_parameters = [&](const uws::JobId& id) {
    return set_parameters(id, {value_of("A", "1")}).value().execution_duration;
  };
  const uws::JobId created = create({.owner = alice, .execution_duration = 100s}).value().id;
  EXPECT_EQ(duration_after_parameters(created), 100s);
  const uws::JobId changed = pending().id;
  ASSERT_TRUE(set_execution_duration(changed, 200s).ok());
  restart();  // that the client gave a duration is kept in the database
  EXPECT_EQ(duration_after_parameters(changed), 200s);
  const uws::JobId at_once = pending().id;
  EXPECT_EQ(change(at_once, {.given = uws::JobRequest{{value_of("A", "1")}}, .execution_duration = 50s})
                .value()
                .execution_duration,
            50s);
  EXPECT_EQ(duration_after_parameters(pending().id), 300s);
}

TEST_P(JobParameters, ChangeOnlyInPending) {  // U15
  const uws::Job job = create({.owner = alice, .given = {{value_of("A", "1")}, {}}, .run = true}).value();
  const auto refused = set_parameters(job.id, {value_of("A", "2")});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("QUEUED"));
  EXPECT_EQ(get(job.id)->parameters.at(0).value, "1");
}

TEST_P(JobParameters, ARefusedChangeChangesNothing) {
  service().start();
  const store::BlobId kept = blob();
  const uws::Job made = create({.owner = alice, .given = {{upload_of("IN", kept)}, {}}}).value();
  acceptor_.refuse("BAD", ErrorCode::forbidden);
  const store::BlobId uploaded = blob();
  const auto refused = set_parameters(made.id, {upload_of("IN", uploaded), value_of("BAD", "")});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
  EXPECT_TRUE(eventually([&] { return !has(uploaded); }));
  const uws::Job job = get(made.id).value();
  EXPECT_EQ(job.version, made.version);
  EXPECT_EQ(job.parameters.at(0).blob, kept);
  EXPECT_TRUE(has(kept));
}

TEST_P(JobParameters, AReplacedUploadIsRemoved) {
  service().start();
  const store::BlobId first = blob();
  const store::BlobId other = blob();
  const uws::Job job =
      create({.owner = alice, .given = {{upload_of("IN", first), upload_of("TOO", other)}, {}}}).value();
  const store::BlobId second = blob();
  ASSERT_TRUE(set_parameters(job.id, {upload_of("IN", second)}).ok());
  EXPECT_TRUE(eventually([&] { return !has(first); }));
  EXPECT_FALSE(refers_to(first));
  EXPECT_TRUE(has(second) && has(other));
  EXPECT_TRUE(refers_to(second) && refers_to(other));
}

}  // namespace

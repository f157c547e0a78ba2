#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using testing::ElementsAre;
using testing::IsEmpty;
using util::ErrorCode;
using uws::Phase;

class JobDestruction : public JobTest {
 protected:
  struct Finished {
    uws::JobId id;
    std::int64_t fence;
    store::BlobId input;
    store::BlobId output;
  };
  /// A completed job whose run is not yet released.
  Finished finished() {
    Finished job;
    job.input = blob();
    job.output = blob();
    job.id = create({.owner = alice, .given = {{upload_of("IN", job.input)}, {}}, .run = true}).value().id;
    job.fence = claim(job.id)->fence;
    uws::JobClaims::Ending ending{.end_time = util::now()};
    ending.results = {{"stdout", job.output, "text/plain", 5, std::string(64, 'a'), true}};
    EXPECT_TRUE(executing(job.id, job.fence));
    EXPECT_TRUE(ended(job.id, job.fence, ending));
    return job;
  }
  Finished released_one() {
    const Finished job = finished();
    released(job.id, job.fence);
    return job;
  }
  bool is_forgotten(const Finished& job) { return row_is_gone(job.id) && !has(job.input) && !has(job.output); }
  /// Sets the job's destruction time, which may be in the past.
  void let_it_be_due(const uws::JobId& id, util::Instant instant) {
    in_transaction([&](store::Transaction& transaction) {
      auto row = uws::lock_row(transaction, id);
      row->job.destruction = instant;
      row->due = instant;
      uws::save_row(transaction, *row);
      return true;
    });
  }
};
FOR_BOTH_DATABASES(JobDestruction);

TEST_P(JobDestruction, ADestroyedJobIsGoneAtOnceAndForgottenSoon) {  // U2
  service().start();
  const Finished job = released_one();
  ASSERT_TRUE(destroy(job.id).ok());
  EXPECT_TRUE(is_gone(job.id));
  EXPECT_THAT(list({.caller = alice}).value(), IsEmpty());
  EXPECT_EQ(destroy(job.id).error().code, ErrorCode::not_found);
  EXPECT_EQ(get(job.id, bob).error().code, ErrorCode::not_found);
  EXPECT_TRUE(eventually([&] { return is_forgotten(job); }));
  EXPECT_FALSE(refers_to(job.input) || refers_to(job.output));
  EXPECT_THAT(runs_.destroyed(), IsEmpty());
}

TEST_P(JobDestruction, ADestroyedJobStaysInvisibleUntilItsRunIsReleased) {
  service().start();
  const uws::Job job = queued();
  const auto fence = claim(job.id)->fence;
  ASSERT_TRUE(destroy(job.id).ok());
  EXPECT_TRUE(is_gone(job.id));
  EXPECT_THAT(runs_.destroyed(), ElementsAre(job.id));
  EXPECT_THAT(claimed(), ElementsAre(job.id));
  const auto is_destroyed = [&] {
    return database()
        .read_now([&](auto& session) -> util::Result<bool> { return service().claims().is_destroyed(session, job.id); })
        .value();
  };
  EXPECT_TRUE(is_destroyed());
  // The run of the destroyed job continues for a while.
  executing(job.id, fence);
  const store::BlobId output = blob();
  uws::JobClaims::Ending ending{.phase = Phase::aborted, .end_time = util::now()};
  ending.results = {{"stdout", output, "text/plain", 5, std::string(64, 'a'), true}};
  ended(job.id, fence, ending);
  EXPECT_TRUE(is_gone(job.id));
  EXPECT_THAT(list({.caller = alice}).value(), IsEmpty());
  EXPECT_TRUE(find(job.id));
  released(job.id, fence);
  EXPECT_TRUE(eventually([&] { return row_is_gone(job.id) && !has(output); }));
  EXPECT_TRUE(is_destroyed());
}

TEST_P(JobDestruction, AClaimGivenBackIsEnoughToForget) {
  service().start();
  const uws::Job job = queued();
  const auto fence = claim(job.id)->fence;
  ASSERT_TRUE(destroy(job.id).ok());
  EXPECT_TRUE(unclaim(job.id, fence));
  EXPECT_THAT(queue(), IsEmpty());
  EXPECT_TRUE(eventually([&] { return row_is_gone(job.id); }));
}

TEST_P(JobDestruction, WhatADeathLeftIsCompletedAtStart) {
  const Finished unclaimed = released_one();
  const Finished running = finished();
  ASSERT_TRUE(destroy(unclaimed.id).ok());
  ASSERT_TRUE(destroy(running.id).ok());
  restart();
  EXPECT_FALSE(row_is_gone(unclaimed.id));
  service().start();
  EXPECT_TRUE(eventually([&] { return is_forgotten(unclaimed); }));
  EXPECT_FALSE(row_is_gone(running.id));
  EXPECT_THAT(claimed(), ElementsAre(running.id));
  released(running.id, running.fence);
  EXPECT_TRUE(eventually([&] { return is_forgotten(running); }));
}

TEST_P(JobDestruction, MoreThanOneBatchIsForgotten) {
  in_transaction([&](store::Transaction& transaction) {
    for (int i = 0; i < 130; ++i) {
      uws::JobRow row;
      row.job.id = "job" + std::to_string(i);
      row.job.owner = alice;
      row.job.destruction = row.due = util::now() - 1h;
      uws::insert_row(transaction, row);
    }
    return true;
  });
  service().start();
  EXPECT_TRUE(eventually([&] { return list({.caller = alice})->empty(); }));
  EXPECT_TRUE(eventually([&] { return row_is_gone("job0") && row_is_gone("job99") && row_is_gone("job129"); }));
}

TEST_P(JobDestruction, HappensOnTime) {  // U43
  service().start();
  const Finished later = released_one();
  const Finished sooner = released_one();
  ASSERT_TRUE(set_destruction(sooner.id, util::now() + 200ms).ok());
  EXPECT_TRUE(eventually([&] { return is_gone(sooner.id); }));
  EXPECT_TRUE(eventually([&] { return is_forgotten(sooner); }));
  EXPECT_EQ(phase(later.id), Phase::completed);
  const uws::Job created = create({.owner = alice, .destruction = util::now() + 150ms}).value();
  EXPECT_TRUE(eventually([&] { return is_gone(created.id); }));
}

TEST_P(JobDestruction, DoesNotHappenBeforeItsTime) {
  service().start();
  const uws::Job job = pending();
  ASSERT_TRUE(set_destruction(job.id, util::now() + 100ms).ok());
  ASSERT_TRUE(set_destruction(job.id, util::now() + 1h).ok());
  std::this_thread::sleep_for(250ms);
  EXPECT_EQ(phase(job.id), Phase::pending);
}

TEST_P(JobDestruction, AlsoHappensWhenItsTimeCameWhileWeWereDown) {  // U43
  const Finished job = released_one();
  const Finished running = finished();
  let_it_be_due(job.id, util::now() - 1h);
  let_it_be_due(running.id, util::now() - 2h);
  restart();
  EXPECT_TRUE(get(job.id).ok());
  service().start();
  EXPECT_TRUE(eventually([&] { return is_gone(job.id) && is_gone(running.id); }));
  EXPECT_TRUE(eventually([&] { return is_forgotten(job); }));
  EXPECT_TRUE(eventually([&] { return runs_.destroyed() == std::vector{running.id}; }));
}

TEST_P(JobDestruction, IsRefusedAChangeOnceItsTimeHasCome) {
  const uws::Job job = pending();
  let_it_be_due(job.id, util::now() - 1s);
  EXPECT_EQ(set_destruction(job.id, util::now() + 1h).error().code, ErrorCode::forbidden);
}

TEST_P(JobDestruction, ArchivesWhereThatIsConfigured) {  // U43
  options().archive_for = 1h;
  restart();
  service().start();
  const Finished job = released_one();
  ASSERT_TRUE(set_destruction(job.id, util::now() + 100ms).ok());
  ASSERT_TRUE(eventually([&] { return phase(job.id) == Phase::archived; }));
  EXPECT_TRUE(eventually([&] { return !has(job.input) && !has(job.output); }));
  const uws::Job archived = get(job.id).value();
  EXPECT_THAT(archived.results, IsEmpty());
  EXPECT_EQ(archived.parameters.at(0).name, "IN");
  EXPECT_TRUE(archived.parameters.at(0).by_reference);
  EXPECT_TRUE(archived.parameters.at(0).blob.empty());
  EXPECT_THAT(list({.caller = alice}).value(), IsEmpty());
  EXPECT_EQ(list({.caller = alice, .phases = {Phase::archived}})->at(0).id, job.id);
  EXPECT_EQ(set_destruction(job.id, util::now() + 1h).error().code, ErrorCode::forbidden);
  EXPECT_EQ(abort(job.id).error().code, ErrorCode::forbidden);
  ASSERT_TRUE(destroy(job.id).ok());
  EXPECT_TRUE(eventually([&] { return row_is_gone(job.id); }));
}

TEST_P(JobDestruction, AnArchivedJobIsForgottenInTheEnd) {
  options().archive_for = 1h;
  restart();
  const Finished recent = released_one();
  const Finished old = released_one();
  let_it_be_due(recent.id, util::now() - 30min);
  let_it_be_due(old.id, util::now() - 2h);
  service().start();
  EXPECT_TRUE(eventually([&] { return is_forgotten(old); }));
  EXPECT_EQ(phase(recent.id), Phase::archived);
}

TEST_P(JobDestruction, ARunningJobIsAbortedBeforeItIsArchived) {
  options().archive_for = 1h;
  restart();
  const uws::Job job = queued();
  const auto fence = claim(job.id)->fence;
  executing(job.id, fence);
  let_it_be_due(job.id, util::now() - 1s);
  service().start();
  ASSERT_TRUE(eventually([&] { return runs_.aborts() == std::vector{job.id}; }));
  EXPECT_TRUE(get(job.id)->abort_time.has_value());
  EXPECT_EQ(phase(job.id), Phase::executing);
  EXPECT_TRUE(ended(job.id, fence, {.phase = Phase::aborted, .end_time = util::now()}));
  released(job.id, fence);
  EXPECT_TRUE(eventually([&] { return phase(job.id) == Phase::archived; }));
}

TEST_P(JobDestruction, AJobThatEndedIsArchivedBeforeItsRunIsReleased) {
  options().archive_for = 1h;
  restart();
  service().start();
  const Finished job = finished();
  ASSERT_TRUE(set_destruction(job.id, util::now() + 50ms).ok());
  ASSERT_TRUE(eventually([&] { return phase(job.id) == Phase::archived; }));
  EXPECT_THAT(claimed(), ElementsAre(job.id));
  ASSERT_TRUE(destroy(job.id).ok());
  EXPECT_THAT(runs_.destroyed(), ElementsAre(job.id));
  EXPECT_FALSE(row_is_gone(job.id));
  released(job.id, job.fence);
  EXPECT_TRUE(eventually([&] { return is_forgotten(job); }));
}

}  // namespace

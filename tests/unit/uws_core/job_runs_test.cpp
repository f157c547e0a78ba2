#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using util::ErrorCode;
using uws::Phase;

class JobRuns : public JobTest {
 protected:
  uws::JobClaims::Ending completed(const store::BlobId& stdout_blob) {
    uws::JobClaims::Ending ending{.end_time = util::now()};
    ending.results = {{"catalogue", blob("cat"), "text/csv", 3, std::string(64, 'a'), true},
                      {"stdout", stdout_blob, "text/plain", 5, std::string(64, 'b'), false}};
    ending.info.set("exit_code", data::Node::number(std::int64_t{0}));
    return ending;
  }
};
FOR_BOTH_DATABASES(JobRuns);

TEST_P(JobRuns, AJobGoesItsWay) {  // U40
  const uws::Job made = create({.owner = alice, .given = {{value_of("A", "1")}, {}}, .run = true}).value();
  const uws::Job taken = claim(made.id).value();
  EXPECT_EQ(taken.phase, Phase::queued);
  EXPECT_TRUE(taken.claimed);
  EXPECT_GT(taken.fence, made.fence);
  EXPECT_EQ(taken.parameters.at(0).value, "1");
  EXPECT_THAT(claimed(), ElementsAre(made.id));
  EXPECT_THAT(queue(), IsEmpty());

  data::Node info = data::Node::object();
  info.set("image", data::Node::string("sha256:1"));
  const util::Instant started = util::now();
  EXPECT_TRUE(in_transaction([&](auto& transaction) {
    return service().claims().executing(transaction, made.id, taken.fence, started, info);
  }));
  uws::Job job = get(made.id).value();
  EXPECT_EQ(job.phase, Phase::executing);
  EXPECT_EQ(job.start_time, started);
  EXPECT_EQ(job.info.find("image")->text(), "sha256:1");

  const store::BlobId output = blob("hello");
  const auto ending = completed(output);
  EXPECT_TRUE(ended(made.id, taken.fence, ending));
  job = get(made.id).value();
  EXPECT_EQ(job.phase, Phase::completed);
  EXPECT_EQ(job.start_time, started);
  EXPECT_EQ(job.end_time, ending.end_time);
  EXPECT_EQ(job.info.find("exit_code")->as_int(), 0);
  EXPECT_EQ(job.info.find("image"), nullptr);
  ASSERT_THAT(job.results, SizeIs(2));
  EXPECT_EQ(job.results[0].id, "catalogue");
  EXPECT_TRUE(job.results[0].primary);
  EXPECT_EQ(job.results[1].blob, output);
  EXPECT_EQ(job.results[1].media_type, "text/plain");
  EXPECT_EQ(job.results[1].size_bytes, 5U);
  EXPECT_EQ(job.results[1].sha256, std::string(64, 'b'));
  EXPECT_FALSE(job.results[1].primary);
  EXPECT_TRUE(refers_to(output));
  EXPECT_TRUE(job.claimed);

  released(made.id, taken.fence);
  EXPECT_FALSE(get(made.id)->claimed);
  EXPECT_THAT(claimed(), IsEmpty());
}

TEST_P(JobRuns, ManyResultsKeepTheirOrderAndTheirPaths) {
  const uws::Job taken = claim(queued().id).value();
  uws::JobClaims::Ending ending{.end_time = util::now()};
  const auto number = [](std::size_t i) { return std::to_string(1000 + i); };
  for (std::size_t i = 0; i < 203; ++i) {
    ending.results.push_back({number(i), "", "text/plain", i, "", i == 7, "/work/job/\xFF" + number(i)});
  }
  EXPECT_TRUE(ended(taken.id, taken.fence, ending));
  const uws::Job job = get(taken.id).value();
  ASSERT_THAT(job.results, SizeIs(203));
  for (std::size_t i = 0; i < 203; ++i) {
    EXPECT_EQ(job.results[i].id, number(i));
    EXPECT_EQ(job.results[i].path, "/work/job/\xEF\xBF\xBD" + number(i)) << "a name that is no text is shown as text";
    EXPECT_EQ(job.results[i].size_bytes, i);
    EXPECT_EQ(job.results[i].primary, i == 7);
  }
}

TEST_P(JobRuns, TheQueueIsReadInPages) {
  std::vector<uws::JobId> made;
  for (int i = 0; i < 5; ++i) made.push_back(queued(i % 2 == 0 ? alice : bob).id);
  std::vector<uws::JobId> read;
  uws::QueuePlace last;
  for (bool more = true; more;) {
    const auto page = database()
                          .read_now([&](store::Session& session) -> util::Result<std::vector<uws::QueuePlace>> {
                            return service().claims().queued(session, last, 2);
                          })
                          .value();
    for (const uws::QueuePlace& place : page) read.push_back(place.id);
    if (!page.empty()) last = page.back();
    more = page.size() == 2;
  }
  EXPECT_THAT(read, testing::UnorderedElementsAreArray(made));  // some may have the same creation time
  EXPECT_THAT(read, testing::ElementsAreArray(queue()));
}

TEST_P(JobRuns, OfManyJobsThoseThatAreQueuedAreReadAtOnce) {
  std::vector<uws::JobId> wanted{"nosuchjob"};
  for (int i = 0; i < 40; ++i) {  // more than one statement reads
    wanted.push_back(create({.owner = alice, .given = {{value_of("A", std::to_string(i))}, {}}, .run = true})->id);
  }
  const uws::JobId bare = queued(bob).id;
  const uws::JobId taken = queued().id;
  ASSERT_TRUE(claim(taken));
  wanted.insert(wanted.end(), {bare, taken, pending().id});
  const auto found = database()
                         .read_now([&](store::Session& session) -> util::Result<std::vector<uws::QueuedJob>> {
                           return service().claims().read_queued(session, wanted);
                         })
                         .value();
  ASSERT_THAT(found, SizeIs(41));
  for (const uws::QueuedJob& job : found) {
    const auto at = std::find(wanted.begin(), wanted.end(), job.place.id) - wanted.begin();
    if (job.place.id == bare) {
      EXPECT_EQ(job.owner, bob);
      EXPECT_THAT(job.parameters, IsEmpty());
    } else {
      EXPECT_EQ(job.owner, alice);
      ASSERT_THAT(job.parameters, SizeIs(1));
      EXPECT_EQ(job.parameters[0].value, std::to_string(at - 1));
    }
    EXPECT_GT(job.place.time, util::Instant());
    EXPECT_GT(job.execution_duration.count(), 0);
  }
}

TEST_P(JobRuns, WhatIsHeldIsToldToHaveLeftTheQueue) {
  const uws::Job job = queued();
  Answer<uws::Job> held;
  service().hold(job.id, uws::Caller(alice, {}, true), held.done());
  ASSERT_TRUE(held.get().ok());
  EXPECT_THAT(runs_.held(), ElementsAre(job.id));
  EXPECT_THAT(queue(), IsEmpty());
}

TEST_P(JobRuns, OnlyAQueuedAndUnclaimedJobIsClaimed) {
  EXPECT_FALSE(claim("nosuchjob"));
  EXPECT_FALSE(claim(pending().id));
  const uws::Job job = queued();
  EXPECT_TRUE(claim(job.id));
  EXPECT_FALSE(claim(job.id));
  const uws::Job aborted = queued();
  ASSERT_TRUE(abort(aborted.id).ok());
  EXPECT_FALSE(claim(aborted.id));
  const uws::Job destroyed = queued();
  ASSERT_TRUE(destroy(destroyed.id).ok());
  EXPECT_FALSE(claim(destroyed.id));
}

TEST_P(JobRuns, AWriteWithAnotherFenceIsRefused) {
  const uws::Job job = queued();
  const auto first = claim(job.id)->fence;
  EXPECT_FALSE(unclaim(job.id, first + 1));
  EXPECT_TRUE(unclaim(job.id, first));
  EXPECT_FALSE(unclaim(job.id, first));
  EXPECT_EQ(phase(job.id), Phase::queued);
  EXPECT_THAT(queue(), ElementsAre(job.id));
  const auto second = claim(job.id)->fence;
  EXPECT_GT(second, first);
  EXPECT_FALSE(executing(job.id, first));
  EXPECT_FALSE(ended(job.id, first, {.end_time = util::now()}));
  released(job.id, first);
  EXPECT_TRUE(get(job.id)->claimed);
  EXPECT_EQ(phase(job.id), Phase::queued);
  EXPECT_TRUE(executing(job.id, second));
  EXPECT_FALSE(executing(job.id, second));
  EXPECT_FALSE(unclaim(job.id, second));
  EXPECT_TRUE(ended(job.id, second, {.end_time = util::now()}));
  EXPECT_FALSE(ended(job.id, second, {.phase = Phase::error, .end_time = util::now()}));
  EXPECT_EQ(phase(job.id), Phase::completed);
}

TEST_P(JobRuns, AFailedJobTellsWhy) {  // U44
  const uws::Job job = queued();
  const auto fence = claim(job.id)->fence;
  const util::Instant started = util::now();
  uws::JobClaims::Ending ending{.phase = Phase::error, .start_time = started, .end_time = started + 5s};
  ending.error = uws::ErrorSummary{false, std::string("bad \xff\0 bytes", 12), "the whole story"};
  EXPECT_TRUE(ended(job.id, fence, ending));  // although EXECUTING was never committed
  const uws::Job failed = get(job.id).value();
  EXPECT_EQ(failed.phase, Phase::error);
  EXPECT_EQ(failed.start_time, started);
  EXPECT_EQ(failed.end_time, started + 5s);
  ASSERT_TRUE(failed.error);
  EXPECT_FALSE(failed.error->fatal);
  EXPECT_THAT(failed.error->message, testing::AllOf(testing::StartsWith("bad "), testing::EndsWith(" bytes")));
  EXPECT_EQ(failed.error->detail, "the whole story");
}

TEST_P(JobRuns, AnEndThatTheContainerFoundItselfCountsDespiteAnAbort) {
  const uws::Job job = queued();
  const auto fence = claim(job.id)->fence;
  executing(job.id, fence);
  ASSERT_TRUE(abort(job.id).ok());
  EXPECT_TRUE(ended(job.id, fence, {.phase = Phase::completed, .end_time = util::now()}));
  const uws::Job done = get(job.id).value();
  EXPECT_EQ(done.phase, Phase::completed);
  EXPECT_FALSE(done.abort_time);
}

TEST_P(JobRuns, AnUnclaimedJobWhoseAbortWasWantedIsAborted) {
  const uws::Job job = queued();
  const auto fence = claim(job.id)->fence;
  ASSERT_TRUE(abort(job.id).ok());
  EXPECT_THAT(queue(), IsEmpty());
  EXPECT_TRUE(unclaim(job.id, fence));
  const uws::Job done = get(job.id).value();
  EXPECT_EQ(done.phase, Phase::aborted);
  EXPECT_TRUE(done.end_time);
  EXPECT_FALSE(done.abort_time);
  EXPECT_FALSE(done.claimed);
}

TEST_P(JobRuns, TheQueueIsInTheOrderOfRun) {
  const auto put_queued = [this](const std::string& id, util::Instant created, util::Instant queued_time) {
    uws::JobRow row;
    row.job.id = id;
    row.job.owner = alice;
    row.job.phase = Phase::queued;
    row.job.creation_time = created;
    row.queued_time = queued_time;
    put(row);
  };
  const util::Instant now = util::now();
  put_queued("old", now - 10h, now);
  put_queued("first", now - 2h, now - 1h);
  put_queued("second", now - 3h, now - 30min);
  EXPECT_THAT(queue(), ElementsAre("first", "second", "old"));
  EXPECT_THAT(queue(2), ElementsAre("first", "second"));
}

TEST_P(JobRuns, AWriteThatIsRolledBackTellsNobody) {
  const uws::Job job = queued();
  const auto fence = claim(job.id)->fence;
  Answer<uws::Job> answer;
  const auto waiter = service().wait(job.id, alice, Phase::queued, test_timeout, answer.done());
  const auto refused = database().write_now([&](store::Transaction& transaction) -> util::Result<bool> {
    EXPECT_TRUE(service().claims().executing(transaction, job.id, fence, util::now(), data::Node::object()));
    return util::Error::of(ErrorCode::conflict, "no");
  });
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(phase(job.id), Phase::queued);
  EXPECT_FALSE(answer.is_there());
  EXPECT_TRUE(executing(job.id, fence));
  EXPECT_EQ(answer.get().value().phase, Phase::executing);
}

/// For PostgreSQL only, because SQLite does not count table scans.
class JobRunsOnPostgres : public JobRuns {};
INSTANTIATE_TEST_SUITE_P(Database, JobRunsOnPostgres, testing::Values(store::Dialect::postgresql));

TEST_P(JobRunsOnPostgres, AreReadByTheirIndexesThoughTheStatementWasMadeWhenThereWereNone) {
  const auto whole_reads = [this](const std::vector<uws::JobId>& ids) {
    return database()
        .read_now([&](store::Session& session) -> util::Result<long long> {
          service().claims().read_queued(session, ids);
          service().claims().queued(session, {}, 10);
          long long scans = 0;
          session.sql() << "SELECT CAST(SUM(seq_scan) AS BIGINT) FROM pg_stat_xact_user_tables", soci::into(scans);
          return scans;
        })
        .value();
  };
  EXPECT_EQ(whole_reads({"nosuchjob"}), 0);
  EXPECT_EQ(whole_reads({queued().id, queued().id}), 0);
}

}  // namespace

#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using util::ErrorCode;
using uws::Phase;

class JobPhases : public JobTest {
 protected:
  /// Creates a job in that phase. It is claimed if jobs in that phase are.
  uws::JobId in(Phase wanted) {
    const bool runs = wanted == Phase::queued || wanted == Phase::executing || wanted == Phase::completed;
    const uws::Job job = runs ? queued() : pending();
    if (wanted == Phase::executing || wanted == Phase::completed) {
      const auto fence = claim(job.id)->fence;
      executing(job.id, fence);
      if (wanted == Phase::completed) ended(job.id, fence, {.end_time = util::now()});
    } else if (wanted != job.phase) {
      in_transaction([&](store::Transaction& transaction) {
        auto row = uws::lock_row(transaction, job.id);
        row->job.phase = wanted;
        uws::save_row(transaction, *row);
        return true;
      });
    }
    return job.id;
  }
  static ErrorCode code(const util::Result<uws::Job>& result) {
    return result.ok() ? ErrorCode::internal : result.error().code;
  }
};
FOR_BOTH_DATABASES(JobPhases);

TEST_P(JobPhases, RunQueuesAPendingJob) {  // U40
  const uws::Job made = pending();
  const uws::Job job = run(made.id).value();
  EXPECT_EQ(job.phase, Phase::queued);
  EXPECT_GT(job.version, made.version);
  EXPECT_EQ(phase(made.id), Phase::queued);
  EXPECT_THAT(runs_.queued(), ElementsAre(made.id));
  EXPECT_THAT(queue(), ElementsAre(made.id));
}

TEST_P(JobPhases, RunIsRefusedInEveryOtherPhase) {  // U16, U41
  for (const Phase now : {Phase::queued, Phase::executing, Phase::completed, Phase::held, Phase::aborted}) {
    const uws::JobId id = in(now);
    const auto refused = run(id);
    EXPECT_EQ(code(refused), ErrorCode::forbidden) << to_string(now);
    EXPECT_THAT(refused.error().message, HasSubstr(std::string(to_string(now))));
    EXPECT_EQ(phase(id), now);
  }
}

TEST_P(JobPhases, WhatCannotRunStaysPending) {  // U18
  runs_.refuse(util::Error::of(ErrorCode::forbidden, "IMAGE is missing"));
  const uws::Job job = pending();
  EXPECT_THAT(run(job.id).error().message, HasSubstr("IMAGE"));
  EXPECT_EQ(phase(job.id), Phase::pending);
  EXPECT_THAT(runs_.queued(), IsEmpty());
}

TEST_P(JobPhases, RunLooksAgainWhenTheJobChangedWhileItWasLookedAt) {
  const uws::Job job = pending();
  std::vector<std::size_t> seen;
  runs_.check_by([&](const uws::Owner&, const std::vector<uws::Parameter>& parameters, const auto& done) {
    seen.push_back(parameters.size());
    if (seen.size() > 1) return done({});
    // This runs on a database thread, so the change must not wait for its answer here.
    service().change(job.id, alice, {.given = uws::JobRequest{{value_of("A", "1")}}},
                     [done](const util::Result<uws::Job>& changed) {
                       EXPECT_TRUE(changed.ok());
                       done({});
                     });
  });
  EXPECT_EQ(run(job.id).value().parameters.size(), 1U);
  EXPECT_THAT(seen, ElementsAre(0U, 1U));
}

TEST_P(JobPhases, OfSeveralChangesAllAreGrantedOrNone) {  // U18
  const auto same = [&](const uws::JobId& id, const uws::Job& before) {
    const uws::Job now = get(id).value();
    EXPECT_EQ(now.version, before.version);
    EXPECT_EQ(now.destruction, before.destruction);
    EXPECT_EQ(now.run_id, before.run_id);
    EXPECT_EQ(now.phase, before.phase);
    EXPECT_EQ(now.parameters.size(), before.parameters.size());
  };
  const uws::JobId executing = in(Phase::executing);
  const uws::Job before = get(executing).value();
  EXPECT_EQ(code(change(executing, {.execution_duration = 5s, .destruction = util::now() + 1h})), ErrorCode::forbidden);
  same(executing, before);
  const uws::Job job = pending();
  runs_.refuse(util::Error::of(ErrorCode::forbidden, "IMAGE is missing"));
  EXPECT_EQ(code(change(job.id, {.given = uws::JobRequest{{value_of("A", "1")}},
                                 .run_id = "night",
                                 .destruction = util::now() + 1h,
                                 .phase = uws::PhaseAction::run})),
            ErrorCode::forbidden);
  same(job.id, job);
}

TEST_P(JobPhases, WhatIsRunIsLookedAtWithItsChanges) {  // U18, U40
  const uws::Job job = pending();
  std::vector<std::size_t> seen;
  runs_.check_by([&](const uws::Owner&, const std::vector<uws::Parameter>& parameters, const auto& done) {
    seen.push_back(parameters.size());
    done({});
  });
  const uws::Job queued = change(job.id, {.given = uws::JobRequest{{value_of("A", "1"), value_of("B", "2")}},
                                          .run_id = "night",
                                          .execution_duration = 7s,
                                          .phase = uws::PhaseAction::run})
                              .value();
  EXPECT_THAT(seen, ElementsAre(2U));
  EXPECT_EQ(queued.phase, Phase::queued);
  EXPECT_EQ(queued.parameters.size(), 2U);
  EXPECT_EQ(queued.run_id, "night");
  EXPECT_EQ(queued.execution_duration, 7s);
  EXPECT_EQ(queued.version, job.version + 1) << "one transaction";
  EXPECT_THAT(runs_.queued(), ElementsAre(job.id));
}

TEST_P(JobPhases, AbortWithoutAClaimIsDoneAtOnce) {  // U40, U46
  for (const Phase before : {Phase::pending, Phase::queued, Phase::held, Phase::suspended}) {
    const uws::JobId id = in(before);
    const uws::Job job = abort(id).value();
    EXPECT_EQ(job.phase, Phase::aborted);
    EXPECT_TRUE(job.end_time);
    EXPECT_FALSE(job.error);
    EXPECT_FALSE(job.abort_time);
    EXPECT_EQ(phase(id), Phase::aborted);
  }
  EXPECT_THAT(runs_.aborts(), SizeIs(1)) << "the one that waited for a run";
  EXPECT_THAT(queue(), IsEmpty());
}

TEST_P(JobPhases, AbortOfAClaimedJobIsAWishThatMayBeRepeated) {  // U46
  const uws::JobId id = in(Phase::executing);
  const uws::Job job = abort(id).value();
  EXPECT_EQ(job.phase, Phase::executing);
  EXPECT_TRUE(job.abort_time);
  EXPECT_THAT(runs_.aborts(), ElementsAre(id));
  EXPECT_EQ(abort(id).value().version, job.version);
  EXPECT_THAT(runs_.aborts(), ElementsAre(id));
}

TEST_P(JobPhases, AbortOfAnEndedJobIsRefused) {  // U16
  for (const Phase now : {Phase::completed, Phase::error, Phase::aborted, Phase::archived}) {
    const uws::JobId id = in(now);
    const auto refused = abort(id);
    EXPECT_EQ(code(refused), ErrorCode::forbidden) << to_string(now);
    EXPECT_THAT(refused.error().message, HasSubstr(std::string(to_string(now))));
  }
}

TEST_P(JobPhases, TheExecutionDurationChangesUntilARunHasBegun) {  // U15, U17
  options().max_execution_duration = 1h;
  restart();
  for (const Phase now : {Phase::pending, Phase::queued, Phase::held}) {
    const uws::JobId id = in(now);
    EXPECT_EQ(set_execution_duration(id, 2h).value().execution_duration, 1h);
    EXPECT_EQ(get(id)->execution_duration, 1h);
    EXPECT_EQ(code(set_execution_duration(id, -5s)), ErrorCode::invalid_argument);
  }
  for (const Phase now : {Phase::executing, Phase::completed}) {
    const auto refused = set_execution_duration(in(now), 10s);
    EXPECT_EQ(code(refused), ErrorCode::forbidden) << to_string(now);
    EXPECT_EQ(refused.error().faults.at(0).input, "EXECUTIONDURATION");
  }
}

TEST_P(JobPhases, TheDestructionChangesUntilItHasCome) {  // U17
  options().max_destruction = 24h;
  restart();
  for (const Phase now : {Phase::pending, Phase::queued, Phase::executing, Phase::completed}) {
    const uws::JobId id = in(now);
    const util::Instant wanted = util::now() + 2h;
    EXPECT_EQ(set_destruction(id, wanted).value().destruction, wanted);
    EXPECT_EQ(get(id)->destruction, wanted);
    const uws::Job clamped = set_destruction(id, util::now() + 48h).value();
    EXPECT_EQ(clamped.destruction, clamped.creation_time + 24h);
    EXPECT_EQ(code(set_destruction(id, util::now() - 1s)), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(code(set_destruction(in(Phase::archived), util::now() + 1h)), ErrorCode::forbidden);
}

TEST_P(JobPhases, TheRunIdChangesInPending) {
  const uws::Job job = pending();
  EXPECT_EQ(set_run_id(job.id, "night").value().run_id, "night");
  EXPECT_EQ(get(job.id)->run_id, "night");
  EXPECT_EQ(code(set_run_id(job.id, "\x01")), ErrorCode::invalid_argument);
  EXPECT_EQ(code(set_run_id(in(Phase::queued), "night")), ErrorCode::forbidden);
}

TEST_P(JobPhases, EveryChangeMakesTheVersionGrow) {  // U63
  const uws::Job job = pending();
  std::int64_t version = job.version;
  const auto grows = [&](const util::Result<uws::Job>& changed) {
    EXPECT_GT(changed.value().version, version);
    version = changed.value().version;
    EXPECT_EQ(get(job.id)->version, version);
  };
  grows(set_run_id(job.id, "x"));
  grows(set_execution_duration(job.id, 5s));
  grows(set_destruction(job.id, util::now() + 1h));
  grows(set_parameters(job.id, {value_of("A", "1")}));
  grows(run(job.id));
  const auto fence = claim(job.id)->fence;
  grows(get(job.id));
  executing(job.id, fence);
  grows(get(job.id));
  grows(abort(job.id));
  ended(job.id, fence, {.end_time = util::now()});
  grows(get(job.id));
}

}  // namespace

#include "uws/core/job.h"

#include <gtest/gtest.h>

namespace {

using uws::Phase;

const std::vector<Phase> all_phases = {Phase::pending,   Phase::queued,  Phase::executing, Phase::completed,
                                       Phase::error,     Phase::aborted, Phase::unknown,   Phase::held,
                                       Phase::suspended, Phase::archived};

TEST(Job, EveryPhaseHasItsWordAndIsReadFromIt) {  // U40
  EXPECT_EQ(uws::to_string(Phase::pending), "PENDING");
  EXPECT_EQ(uws::to_string(Phase::executing), "EXECUTING");
  EXPECT_EQ(uws::to_string(Phase::archived), "ARCHIVED");
  for (const Phase phase : all_phases) EXPECT_EQ(uws::parse_phase(uws::to_string(phase)), phase);
}

TEST(Job, PhaseWordsAreReadWithoutRegardToCase) {  // U13
  EXPECT_EQ(uws::parse_phase("completed"), Phase::completed);
  EXPECT_EQ(uws::parse_phase("HeLd"), Phase::held);
}

TEST(Job, WhatIsNoPhaseIsNotRead) {
  for (const char* word : {"", "RUN", "PENDING ", "PENDINGS", "DONE"}) EXPECT_FALSE(uws::parse_phase(word)) << word;
}

TEST(Job, AnEndedJobIsNotWaitedFor) {  // U30
  for (const Phase phase : all_phases) {
    if (uws::is_ended(phase)) {
      EXPECT_FALSE(uws::is_waited_in(phase)) << uws::to_string(phase);
    }
  }
  EXPECT_TRUE(uws::is_waited_in(Phase::pending));
  EXPECT_TRUE(uws::is_waited_in(Phase::queued));
  EXPECT_TRUE(uws::is_waited_in(Phase::executing));
  EXPECT_FALSE(uws::is_waited_in(Phase::held));
  EXPECT_FALSE(uws::is_waited_in(Phase::suspended));
  EXPECT_TRUE(uws::is_ended(Phase::archived));
  EXPECT_FALSE(uws::is_ended(Phase::unknown));
}

TEST(Job, ControlParametersAreKnownByTheirNames) {  // U10, U13
  for (const char* name : {"PHASE", "runid", "ExecutionDuration", "DESTRUCTION", "action", "WAIT", "RESPONSEFORMAT"}) {
    EXPECT_TRUE(uws::is_control_parameter(name)) << name;
  }
  for (const char* name : {"", "IMAGE", "PHASES", "RUN"}) EXPECT_FALSE(uws::is_control_parameter(name)) << name;
}

}  // namespace

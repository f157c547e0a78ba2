// Tests every line of docs/ends.md: how a run ended, and which verdict follows.
#include "executor/ends.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace executor {
namespace {

using ::testing::HasSubstr;
using uws::Phase;

EndFacts exited(std::optional<int> code, MemoryEvidence memory = MemoryEvidence::none) {
  EndFacts facts;
  facts.ended.exit_code = code;
  facts.ended.memory = memory;
  facts.ended.finished_at = util::Instant(std::chrono::seconds{1000});
  facts.image = "docker.io/library/busybox:latest";
  facts.command = "sh";
  facts.memory_bytes = 512LL << 20;
  facts.execution_duration = std::chrono::seconds{60};
  facts.staging_timeout = std::chrono::seconds{30};
  return facts;
}

EndFacts not_started(EndCause cause) {
  EndFacts facts = exited(std::nullopt);
  facts.ended.cause = cause;
  facts.ended.finished_at.reset();
  facts.ended.detail = "the engine's words";
  return facts;
}

struct Row {
  EndFacts facts;
  Phase phase;
  bool fatal;
  std::string message;
};

TEST(Ends, EachHasItsSentence) {
  const std::vector<Row> rows{
      {exited(1), Phase::error, true, "the command ended with exit code 1"},
      {exited(139), Phase::error, true, "the command was ended by signal 11 (SIGSEGV)"},
      {exited(200), Phase::error, true, "the command ended with exit code 200"},
      {exited(137, MemoryEvidence::out_of_memory), Phase::error, true,
       "the command was killed: it needed more memory than its limit of 512 MiB"},
      {exited(137, MemoryEvidence::probable), Phase::error, true,
       "the command was killed by signal 9, probably because it needed more memory than its limit of 512 MiB"},
      {exited(137, MemoryEvidence::unknown), Phase::error, true, "the command was ended by signal 9 (SIGKILL)"},
      {exited(2, MemoryEvidence::out_of_memory), Phase::error, true,
       "the command ended with exit code 2, after it needed more memory than its limit of 512 MiB"},
      {exited(std::nullopt), Phase::error, false, "the command ended, and the engine cannot tell how"},
      {not_started(EndCause::image_missing), Phase::error, true,
       "image docker.io/library/busybox:latest does not exist, or may not be pulled"},
      {not_started(EndCause::image_denied), Phase::error, true,
       "image docker.io/library/busybox:latest is refused by its registry: it wants other credentials"},
      {not_started(EndCause::image_platform), Phase::error, true,
       "image docker.io/library/busybox:latest is not made for this machine"},
      {not_started(EndCause::pull_failed), Phase::error, false,
       "image docker.io/library/busybox:latest could not be pulled: the engine's words"},
      {not_started(EndCause::registry_unreachable), Phase::error, false,
       "image docker.io/library/busybox:latest could not be pulled: its registry cannot be reached: the engine's "
       "words"},
      {not_started(EndCause::registry_busy), Phase::error, false,
       "image docker.io/library/busybox:latest could not be pulled: its registry answers no more requests for a while"},
      {not_started(EndCause::no_space), Phase::error, false, "the engine  has no space left on its disk"},
      {not_started(EndCause::command_missing), Phase::error, true, "'sh' is not in the image: no such executable"},
      {not_started(EndCause::command_not_executable), Phase::error, true, "'sh' is not executable"},
      {not_started(EndCause::port_taken), Phase::error, false, "a port of the engine that the job needs is taken"},
      {not_started(EndCause::input_failed), Phase::error, true,
       "an input could not be placed in the container: the engine's words"},
      {not_started(EndCause::start_refused), Phase::error, true,
       "the engine refused to start the container: the engine's words"},
  };
  for (const Row& row : rows) {
    const Verdict verdict = verdict_of(row.facts);
    EXPECT_EQ(verdict.phase, row.phase);
    ASSERT_TRUE(verdict.error) << row.message;
    EXPECT_EQ(verdict.error->message, row.message);
    EXPECT_EQ(verdict.error->fatal, row.fatal) << row.message;
    if (row.facts.ended.cause != EndCause::exited) {
      EXPECT_EQ(verdict.error->detail, "the engine's words");
    }
  }
}

TEST(Ends, ARelativeCommandIsMissingInTheWorkingFolder) {
  EndFacts facts = not_started(EndCause::command_missing);
  facts.command = "./run.sh";
  facts.workdir = "/work/job";
  EXPECT_EQ(verdict_of(facts).error->message,
            "'./run.sh' is not in the working folder /work/job: no such executable; WORKDIR=image asks for the image's "
            "own folder");
  facts.workdir.clear();
  EXPECT_EQ(verdict_of(facts).error->message, "'./run.sh' is not in the image's working folder: no such executable");
  facts.command = "/opt/run.sh";
  EXPECT_EQ(verdict_of(facts).error->message, "'/opt/run.sh' is not in the image: no such executable");
}

// Many clients show only the message of an error, so it contains the last line of stderr.
TEST(Ends, TheSentenceHasTheLastLineOfStderr) {
  const auto message = [](std::string stderr_tail, int code = 3) {
    EndFacts facts = exited(code);
    facts.stderr_tail = std::move(stderr_tail);
    return verdict_of(facts).error->message;
  };
  const std::string three = "the command ended with exit code 3";
  EXPECT_EQ(message("Traceback:\n  line 1\nValueError: no data\n\n"), three + ": ValueError: no data");
  EXPECT_EQ(message("10%\r20%\rno such file"), three + ": no such file");
  EXPECT_EQ(message("killed by a bug\n", 139), "the command was ended by signal 11 (SIGSEGV): killed by a bug");
  EXPECT_EQ(message(""), three);
  EXPECT_EQ(message(" \n\r\n"), three);
  EXPECT_EQ(message("\xEF\xBF\xBD[1;31mbad\xEF\xBF\xBD[0m thing\n\xEF\xBF\xBD[0m"), three + ": bad thing");
  EXPECT_EQ(message("x\xEF\xBF\xBD[31"), three + ": x");
  EXPECT_EQ(message(std::string(10'000, 'x')), three + ": " + std::string(200, 'x') + "...");
}

EndFacts unwatched(int code, MemoryEvidence memory = MemoryEvidence::none) {
  EndFacts facts = exited(code, memory);
  facts.engine = "local";
  facts.unwatched = true;
  return facts;
}

EndFacts signalled(int signal, int code, MemoryEvidence memory = MemoryEvidence::none) {
  EndFacts facts = exited(code, memory);
  facts.engine = "local";
  facts.ended.foreign_signal = signal;
  return facts;
}

TEST(Ends, WithTheEngineAreTransient) {
  const std::string away = " while the engine local, or this service, was away";
  const std::string others = " that this service did not send, as when the engine local is shut down";
  const std::vector<std::pair<EndFacts, std::string>> rows{
      {unwatched(137, MemoryEvidence::probable),
       "the command was ended by signal 9 (SIGKILL)" + away + ": it may have died with its engine"},
      {unwatched(143), "the command was ended by signal 15 (SIGTERM)" + away + ": it may have died with its engine"},
      {unwatched(255),
       "the command ended with exit code 255" + away + ": so the engine also tells an end that it did not see"},
      {signalled(15, 0), "the command ended with exit code 0, after signal 15 (SIGTERM)" + others},
      {signalled(9, 137, MemoryEvidence::probable),
       "the command was ended by signal 9 (SIGKILL), after signal 9 (SIGKILL)" + others},
      {signalled(10, 138), "the command was ended by signal 10 (SIGUSR1), after signal 10 (SIGUSR1)" + others},
      {signalled(17, 145), "the command ended with exit code 145, after signal 17" + others},
  };
  for (const auto& [facts, message] : rows) {
    const Verdict verdict = verdict_of(facts);
    ASSERT_TRUE(verdict.error) << message;
    EXPECT_EQ(verdict.error->message, message);
    EXPECT_FALSE(verdict.error->fatal) << message;
  }
}

TEST(Ends, AreTheCommandsOwnWhenNothingTellsOtherwise) {
  EXPECT_EQ(verdict_of(unwatched(0)).phase, Phase::completed);
  EXPECT_EQ(verdict_of(unwatched(3)).error->code, "exit_code");
  EXPECT_EQ(verdict_of(unwatched(139)).error->code, "signal") << "no engine that goes sends SIGSEGV";
  EXPECT_EQ(verdict_of(unwatched(137, MemoryEvidence::out_of_memory)).error->code, "out_of_memory");
  EXPECT_EQ(verdict_of(signalled(9, 137, MemoryEvidence::out_of_memory)).error->code, "out_of_memory");
  EXPECT_EQ(verdict_of(signalled(1, 0)).phase, Phase::error);
  EXPECT_EQ(verdict_of(signalled(12, 0)).phase, Phase::completed) << "it means what the command takes it for";
}

TEST(Ends, EachHasACodeOfItsOwn) {
  std::set<std::string> codes;
  for (const EndCause cause :
       {EndCause::image_missing, EndCause::image_denied, EndCause::image_platform, EndCause::registry_unreachable,
        EndCause::registry_busy, EndCause::pull_failed, EndCause::no_space, EndCause::command_missing,
        EndCause::command_not_executable, EndCause::port_taken, EndCause::input_failed, EndCause::start_refused}) {
    codes.insert(verdict_of(not_started(cause)).error->code);
  }
  EndFacts missing = exited(0);
  missing.missing_outputs = {"declared output 'x' was not made"};
  EndFacts too_large = missing;
  too_large.outputs_too_large = true;
  EndFacts too_many = missing;
  too_many.too_many_outputs = true;
  for (const EndFacts& facts :
       {exited(1), exited(139), exited(137, MemoryEvidence::out_of_memory), exited(137, MemoryEvidence::probable),
        exited(std::nullopt), unwatched(137), signalled(15, 0), missing, too_large, too_many}) {
    codes.insert(verdict_of(facts).error->code);
  }
  for (const Verdict& verdict :
       {stopped_early(Stop::staging, std::chrono::seconds{1}), lost("local"), engine_failed("local", "why"),
        not_collected("why"), refused({}), staging_failed(util::Error::of(util::ErrorCode::timeout, "no answer")),
        staging_failed(util::Error::of(util::ErrorCode::not_found, "404"))}) {
    codes.insert(verdict.error->code);
  }
  EXPECT_EQ(codes.size(), 29U);
  EXPECT_FALSE(codes.contains(""));
}

TEST(Ends, ExitCodeZeroIsCompletedEvenWhenAChildRanOutOfMemory) {
  EXPECT_EQ(verdict_of(exited(0)).phase, Phase::completed);
  EXPECT_FALSE(verdict_of(exited(0)).error);
  EXPECT_EQ(verdict_of(exited(0, MemoryEvidence::out_of_memory)).phase, Phase::completed);
}

TEST(Ends, MissingOutputsAreAnErrorAndTheExitCodeIsTheGreaterOne) {
  EndFacts facts = exited(0);
  facts.missing_outputs = {"declared output 'a' was not made: x", "declared output 'b' was not made: y"};
  EXPECT_EQ(verdict_of(facts).error->message, "declared output 'a' was not made: x, and 1 more");
  facts.ended.exit_code = 1;
  EXPECT_EQ(verdict_of(facts).error->message, "the command ended with exit code 1");
  EXPECT_THAT(verdict_of(facts).error->detail, HasSubstr("'b' was not made"));
}

TEST(Ends, WhatWeStoppedIsAbortedAndTheDurationSaysSo) {
  EndFacts facts = exited(143);
  facts.stop = Stop::abort;
  facts.stop_sent = *facts.ended.finished_at - std::chrono::milliseconds{5};
  EXPECT_EQ(verdict_of(facts).phase, Phase::aborted);
  EXPECT_FALSE(verdict_of(facts).error);
  facts.stop = Stop::duration;
  EXPECT_EQ(verdict_of(facts).phase, Phase::aborted);
  EXPECT_EQ(verdict_of(facts).error->message, "the execution duration of 60 s is exceeded");
}

TEST(Ends, WhatTookTooMuchOfTheDiskIsAnError) {
  EndFacts facts = exited(143);
  facts.stop = Stop::disk;
  facts.stop_sent = *facts.ended.finished_at - std::chrono::milliseconds{5};
  facts.max_disk_bytes = 1LL << 30;
  facts.disk_bytes = 3ULL << 29U;
  const Verdict verdict = verdict_of(facts);
  EXPECT_EQ(verdict.phase, Phase::error);
  EXPECT_TRUE(verdict.error->fatal);
  EXPECT_EQ(verdict.error->code, "disk_limit");
  EXPECT_EQ(verdict.error->message,
            "the run was stopped: its files took 1536 MiB of the engine's disk, more than its limit of 1 GiB");
}

TEST(Ends, WhatEndedByItselfFirstKeepsItsOwnEnd) {
  EndFacts facts = exited(0);
  facts.stop = Stop::abort;
  facts.stop_sent = *facts.ended.finished_at + std::chrono::milliseconds{1};
  EXPECT_EQ(verdict_of(facts).phase, Phase::completed);
  facts.stop_sent.reset();
  EXPECT_EQ(verdict_of(facts).phase, Phase::completed);
}

TEST(Ends, StoppedBeforeAContainer) {
  EXPECT_EQ(stopped_early(Stop::abort, std::chrono::seconds{30}).phase, Phase::aborted);
  const Verdict late = stopped_early(Stop::staging, std::chrono::seconds{30});
  EXPECT_EQ(late.phase, Phase::error);
  EXPECT_FALSE(late.error->fatal);
  EndFacts facts = not_started(EndCause::start_refused);
  facts.stop = Stop::abort;
  facts.stop_sent = util::now();
  EXPECT_EQ(verdict_of(facts).phase, Phase::aborted);
}

TEST(Ends, ALostRunMaySucceedAnotherTime) {
  EXPECT_EQ(lost("docker").phase, Phase::error);
  EXPECT_FALSE(lost("docker").error->fatal);
  EXPECT_FALSE(not_collected("disk full").error->fatal);
  EXPECT_FALSE(engine_failed("docker", "why").error->fatal);
}

}  // namespace
}  // namespace executor

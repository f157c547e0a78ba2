#include "conformance/engine_conformance.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <unistd.h>

#include "conformance/recorders.h"
#include "util/random.h"

namespace executor::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

constexpr auto long_enough = 120s;

std::string in_folder(const std::string& name) { return std::string(task::work_folder) + "/" + name; }

std::string noise(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i % 256);
  return text;
}

}  // namespace

std::string fetch(const Endpoint& endpoint) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < until) {
    if (auto body = get(endpoint); !body.empty()) return body;
    std::this_thread::sleep_for(50ms);
  }
  return {};
}

InputFile input(std::string path, std::string bytes) {
  const auto size = bytes.size();
  return {std::move(path), size, [bytes = std::move(bytes)]() -> util::Result<std::unique_ptr<util::ByteSource>> {
            return std::unique_ptr<util::ByteSource>(std::make_unique<TextSource>(bytes));
          }};
}

template <typename T>
util::Result<T> EngineConformance::ask(std::function<void(Engine&, util::Callback<T>)> call) {
  auto promise = std::make_shared<std::promise<util::Result<T>>>();
  auto future = promise->get_future();
  bench_->loop().post([this, call = std::move(call), promise] {
    auto is_inside = std::make_shared<bool>(true);
    call(bench_->engine(), [this, promise, is_inside](util::Result<T> result) {
      EXPECT_FALSE(*is_inside) << "a callback must not run within the call";
      EXPECT_TRUE(bench_->loop().on_this_thread());
      promise->set_value(std::move(result));
    });
    *is_inside = false;
  });
  if (future.wait_for(long_enough) != std::future_status::ready) {
    return util::Error::of(util::ErrorCode::timeout, "the engine never called back");
  }
  return future.get();
}

void EngineConformance::SetUp() { bench_ = GetParam().make(); }

void EngineConformance::TearDown() {
  for (const auto& id : made_) EXPECT_TRUE(release(id).ok());
  for (const auto& id : made_) EXPECT_THAT(bench_->present(), Not(Contains(id.name())));
}

RunSpec EngineConformance::spec(Words words) {
  RunSpec made;
  made.id = {bench_->installation(), util::random_id(), 1};
  made.image = bench_->image();
  made.args = std::move(words);
  made.limits.memory_bytes = 64LL << 20;
  made_.push_back(made.id);
  return made;
}

util::Result<RunStatus> EngineConformance::submit(RunSpec made) {
  return ask<RunStatus>([made = std::move(made)](Engine& engine, util::Callback<RunStatus> done) {
    engine.submit(made, std::move(done));
  });
}

RunStatus EngineConformance::inspect(const RunId& id) {
  auto statuses = ask<std::vector<RunStatus>>(
      [id](Engine& engine, util::Callback<std::vector<RunStatus>> done) { engine.inspect({id}, std::move(done)); });
  EXPECT_TRUE(statuses.ok()) << (statuses.ok() ? "" : statuses.error().message);
  if (!statuses.ok() || statuses->size() != 1) return {};
  EXPECT_EQ(statuses->front().id, id);
  return statuses->front();
}

RunStatus EngineConformance::end_of(const RunId& id) {
  const auto until = std::chrono::steady_clock::now() + long_enough;
  RunStatus status;
  while (std::chrono::steady_clock::now() < until) {
    status = inspect(id);
    if (status.state == RunState::ended) break;
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(status.state, RunState::ended);
  EXPECT_TRUE(status.ended);
  if (!status.ended) status.ended.emplace();
  return status;
}

RunStatus EngineConformance::run(const RunSpec& made) {
  const auto answer = submit(made);
  EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.error().message);
  return end_of(made.id);
}

util::Status EngineConformance::cancel(const RunId& id, std::chrono::seconds grace) {
  return ask<void>([=](Engine& engine, util::Callback<void> done) { engine.cancel(id, grace, std::move(done)); });
}

util::Status EngineConformance::release(const RunId& id) {
  return ask<void>([=](Engine& engine, util::Callback<void> done) { engine.release(id, std::move(done)); });
}

EngineConformance::Logs EngineConformance::logs_of(const RunId& id) {
  auto sink = std::make_shared<TextLogs>();
  const auto status =
      ask<void>([=](Engine& engine, util::Callback<void> done) { engine.logs(id, sink, std::move(done)); });
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message);
  const std::lock_guard lock(sink->mutex);
  return {sink->out, sink->err, sink->doubts};
}

std::string EngineConformance::Outputs::of(const std::string& path) const {
  for (const auto& [name, bytes] : files) {
    if (name == path) return bytes;
  }
  return "(no " + path + ")";
}

EngineConformance::Outputs EngineConformance::outputs_of(const RunId& id, std::vector<OutputPattern> patterns) {
  auto sink = std::make_shared<TextOutputs>();
  const auto collected = ask<CollectedOutputs>([=](Engine& engine, util::Callback<CollectedOutputs> done) {
    engine.collect(id, patterns, sink, std::move(done));
  });
  EXPECT_TRUE(collected.ok()) << (collected.ok() ? "" : collected.error().message);
  Outputs outputs;
  const std::lock_guard lock(sink->mutex);
  outputs.files = sink->files;
  if (collected.ok()) {
    outputs.notes = collected->notes;
    for (const auto& [index, why] : collected->missing) outputs.missing.push_back(std::to_string(index) + " " + why);
  }
  return outputs;
}

// What the engine says about itself.

TEST_P(EngineConformance, DescribesItselfAndItsCapacity) {
  const auto description =
      ask<Description>([](Engine& engine, util::Callback<Description> done) { engine.describe(std::move(done)); });
  ASSERT_TRUE(description.ok()) << description.error().message;
  EXPECT_FALSE(description->kind.empty());
  EXPECT_FALSE(description->version.empty());
  EXPECT_GE(description->capacity.millicores, 1000);
  EXPECT_GE(description->capacity.memory_bytes, 64LL << 20);
}

TEST_P(EngineConformance, AnswersAPing) {
  const auto pong = ask<void>([](Engine& engine, util::Callback<void> done) { engine.ping(std::move(done)); });
  EXPECT_TRUE(pong.ok()) << pong.error().message;
}

TEST_P(EngineConformance, TellsFactsOfAnImageAndThatThereIsNone) {
  const auto of = [&](const task::ImageReference& reference) {
    return ask<ImageFacts>(
        [=](Engine& engine, util::Callback<ImageFacts> done) { engine.image(reference, std::move(done)); });
  };
  const auto facts = of(bench_->image());
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_TRUE(facts->digest.starts_with("sha256:")) << facts->digest;
  EXPECT_GT(facts->size_bytes, 0U);
  auto missing = bench_->image();
  missing.repository += "-that-is-not-there";
  const auto none = of(missing);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, util::ErrorCode::not_found);
}

// How runs end.

TEST_P(EngineConformance, RunsToItsEnd) {
  const auto made = spec({"print", "hello"});
  const auto answer = submit(made);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->id, made.id);
  EXPECT_EQ(answer->state, RunState::running);
  const auto status = end_of(made.id);
  EXPECT_EQ(status.ended->cause, EndCause::exited);
  EXPECT_EQ(status.ended->exit_code, 0);
  EXPECT_EQ(status.ended->memory, MemoryEvidence::none);
  ASSERT_TRUE(status.ended->started_at && status.ended->finished_at);
  EXPECT_LE(*status.ended->started_at, *status.ended->finished_at);
  EXPECT_TRUE(status.image_digest.starts_with("sha256:")) << status.image_digest;
  for (const auto* step : {"created", "staged", "started"}) EXPECT_TRUE(status.steps.contains(step)) << step;
  const auto logs = logs_of(made.id);
  EXPECT_EQ(logs.out, "hello\n");
  EXPECT_EQ(logs.err, "");
}

TEST_P(EngineConformance, TellsTheExitCode) {
  const auto status = run(spec({"exit", "3"}));
  EXPECT_EQ(status.ended->cause, EndCause::exited);
  EXPECT_EQ(status.ended->exit_code, 3);
}

TEST_P(EngineConformance, TellsASignalAsItsExitCode) {
  const auto term = run(spec({"signal", "15"}));
  EXPECT_EQ(term.ended->cause, EndCause::exited);
  EXPECT_EQ(term.ended->exit_code, 128 + 15);
  EXPECT_EQ(term.ended->memory, MemoryEvidence::none);
  const auto kill = run(spec({"signal", "9"}));
  EXPECT_EQ(kill.ended->exit_code, 128 + 9);
  EXPECT_NE(kill.ended->memory, MemoryEvidence::out_of_memory);
}

TEST_P(EngineConformance, ExitCodesOfTheShellAreTheProgramsOwn) {
  const auto status = run(spec({"print-error", "sh: nosuch: not found", "then", "exit", "127"}));
  EXPECT_EQ(status.ended->cause, EndCause::exited);
  EXPECT_EQ(status.ended->exit_code, 127);
}

TEST_P(EngineConformance, ACommandThatIsNotThere) {
  auto made = spec({"print", "never"});
  made.entrypoint = {"/no/such/command"};
  const auto status = run(made);
  EXPECT_EQ(status.ended->cause, EndCause::command_missing);
  EXPECT_THAT(status.ended->detail, HasSubstr("/no/such/command"));
  EXPECT_EQ(status.ended->command, "/no/such/command");
}

TEST_P(EngineConformance, ACommandThatIsNotExecutable) {
  auto made = spec({});
  made.entrypoint = {"/etc/passwd"};
  const auto status = run(made);
  EXPECT_EQ(status.ended->cause, EndCause::command_not_executable);
  EXPECT_THAT(status.ended->detail, HasSubstr("/etc/passwd"));
}

TEST_P(EngineConformance, AnImageThatIsNotThere) {
  auto made = spec({"print", "never"});
  made.image.repository += "-that-is-not-there";
  const auto answer = submit(made);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  const auto status = end_of(made.id);
  EXPECT_THAT(status.ended->cause, AnyOf(EndCause::image_missing, EndCause::pull_failed));
  EXPECT_FALSE(status.ended->detail.empty());
  EXPECT_FALSE(status.ended->exit_code);
  const auto logs = logs_of(made.id);
  EXPECT_EQ(logs.out + logs.err, "") << "it never started, so it has none";
}

TEST_P(EngineConformance, MoreMemoryThanTheMachineHasIsRunOrRefused) {
  auto made = spec({"print", "hello"});
  made.limits.memory_bytes = 1LL << 50;
  const auto status = run(made);
  EXPECT_THAT(status.ended->cause, AnyOf(EndCause::exited, EndCause::start_refused));
}

TEST_P(EngineConformance, TooLittleMemoryIsRunOrRefusedWithTheEnginesWords) {
  auto made = spec({"print", "hello"});
  made.limits.memory_bytes = 1LL << 20;
  const auto status = run(made);
  EXPECT_THAT(status.ended->cause, AnyOf(EndCause::exited, EndCause::start_refused));
  EXPECT_NE(status.ended->cause == EndCause::start_refused, status.ended->detail.empty());
}

TEST_P(EngineConformance, OutOfMemoryIsTold) {
  const auto status = run(spec({"eat-memory", "256"}));
  EXPECT_EQ(status.ended->exit_code, 137);
  EXPECT_THAT(status.ended->memory, AnyOf(MemoryEvidence::out_of_memory, MemoryEvidence::probable));
}

// An engine reports times by its own clock. They must arrive here as times of this service's clock.

TEST_P(EngineConformance, TimesAreOfThisServicesClockWhateverTheEnginesIs) {
  for (const auto ahead : {2s, -2s}) {
    bench_->set_clock_ahead(ahead);
    // A service begins with describe(). It also measures how far the engine's clock is off, to the millisecond.
    ASSERT_TRUE(ask<Description>([](Engine& engine, util::Callback<Description> done) { engine.describe(done); }).ok());
    const auto before = util::now();
    const auto status = run(spec({"print", "hello"}));
    const auto after = util::now();
    constexpr auto fair = 1s;  // half of the difference between the clocks
    ASSERT_TRUE(status.started_at && status.ended->started_at && status.ended->finished_at);
    for (const auto time : {*status.started_at, *status.ended->started_at, *status.ended->finished_at}) {
      EXPECT_GE(time, before - fair);
      EXPECT_LE(time, after + fair);
    }
  }
}

// Cancelling.

TEST_P(EngineConformance, APoliteProcessEndsWhenAsked) {
  const auto made = spec({"polite", "then", "print", "ready", "then", "sleep", "100"});
  ASSERT_TRUE(submit(made).ok());
  std::this_thread::sleep_for(500ms);
  ASSERT_TRUE(cancel(made.id, 30s).ok());
  EXPECT_EQ(end_of(made.id).ended->exit_code, 42);
}

TEST_P(EngineConformance, AStubbornProcessEndsAfterTheGrace) {
  const auto made = spec({"stubborn", "then", "print", "ready", "then", "sleep", "100"});
  ASSERT_TRUE(submit(made).ok());
  std::this_thread::sleep_for(500ms);
  ASSERT_TRUE(cancel(made.id, 1s).ok());
  const auto status = end_of(made.id);
  EXPECT_EQ(status.ended->exit_code, 137);
  EXPECT_NE(status.ended->memory, MemoryEvidence::out_of_memory);
}

TEST_P(EngineConformance, CancellingWhatHasEndedOrIsAbsentIsFine) {
  const auto made = spec({"exit", "5"});
  run(made);
  EXPECT_TRUE(cancel(made.id, 1s).ok());
  EXPECT_EQ(end_of(made.id).ended->exit_code, 5);
  EXPECT_TRUE(cancel({bench_->installation(), util::random_id(), 1}, 1s).ok());
}

TEST_P(EngineConformance, ReleaseEndsARunningRun) {
  const auto made = spec({"stubborn", "then", "sleep", "100"});
  ASSERT_TRUE(submit(made).ok());
  EXPECT_THAT(bench_->present(), Contains(made.id.name()));
  ASSERT_TRUE(release(made.id).ok());
  EXPECT_THAT(bench_->present(), Not(Contains(made.id.name())));
  EXPECT_EQ(inspect(made.id).state, RunState::absent);
  EXPECT_TRUE(release(made.id).ok()) << "absent is success";
}

// Each run starts exactly once.

TEST_P(EngineConformance, TheSameSubmitTwiceIsOneRun) {
  const auto made = spec({"print", "once", "then", "sleep", "1"});
  ASSERT_TRUE(submit(made).ok());
  const auto again = submit(made);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->id, made.id);
  end_of(made.id);
  EXPECT_EQ(logs_of(made.id).out, "once\n");
  const auto after = submit(made);
  ASSERT_TRUE(after.ok()) << after.error().message;
  EXPECT_EQ(after->state, RunState::ended);
  EXPECT_EQ(logs_of(made.id).out, "once\n");
}

TEST_P(EngineConformance, TheSameSubmitTwiceAtOnceIsOneRun) {
  const auto made = spec({"print", "once"});
  auto first = std::async(std::launch::async, [&] { return submit(made); });
  const auto second = submit(made);
  ASSERT_TRUE(first.get().ok());
  ASSERT_TRUE(second.ok());
  end_of(made.id);
  EXPECT_EQ(logs_of(made.id).out, "once\n");
}

TEST_P(EngineConformance, ARestartFindsWhatRunsAndWhatEnded) {
  const auto running = spec({"polite", "then", "print", "still here", "then", "sleep", "100"});
  const auto ended = spec({"print", "done", "then", "exit", "7"});
  ASSERT_TRUE(submit(running).ok());
  run(ended);
  bench_->restart();
  EXPECT_EQ(inspect(running.id).state, RunState::running);
  const auto status = end_of(ended.id);
  EXPECT_EQ(status.ended->exit_code, 7);
  EXPECT_TRUE(status.image_digest.starts_with("sha256:"));
  EXPECT_EQ(logs_of(ended.id).out, "done\n");
  const auto again = submit(running);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->state, RunState::running);
  ASSERT_TRUE(cancel(running.id, 30s).ok());
  EXPECT_EQ(end_of(running.id).ended->exit_code, 42);
}

// Logs.

TEST_P(EngineConformance, LogsAreWholeAndByteForByte) {
  constexpr std::size_t bytes = (1U << 20U) + 77;
  const std::string line(50'000, 'x');
  Words words{"noise", std::to_string(bytes)};
  std::string err;
  for (int i = 0; i < 12; ++i) {
    words.insert(words.end(), {"then", "print-error", line});
    err += line + "\n";
  }
  words.insert(words.end(), {"then", "print-error", "end"});
  err += "end\n";
  const auto made = spec(words);
  ASSERT_TRUE(submit(made).ok());
  const auto followed = logs_of(made.id);
  EXPECT_TRUE(followed.out == noise(bytes)) << followed.out.size();
  EXPECT_TRUE(followed.err == err) << followed.err.size();
  end_of(made.id);
  const auto replayed = logs_of(made.id);
  EXPECT_TRUE(replayed.out == noise(bytes)) << replayed.out.size();
  EXPECT_TRUE(replayed.err == err) << replayed.err.size();
}

TEST_P(EngineConformance, LinesThatFillABufferKeepTheirNewlines) {
  Words words;
  std::string all;
  for (const std::size_t bytes : {16383, 16384, 16385, 32768, 0, 49152, 16384}) {
    words.insert(words.end(), {"fill", std::to_string(bytes), "then"});
    all += std::string(bytes, 'x') + "\n";
  }
  words.insert(words.end(), {"print", "end", "then", "fill", "32768"});
  all += "end\n" + std::string(32768, 'x') + "\n";
  const auto made = spec(words);
  ASSERT_TRUE(submit(made).ok());
  EXPECT_TRUE(logs_of(made.id).out == all) << "followed";
  end_of(made.id);
  const auto replayed = logs_of(made.id);
  EXPECT_TRUE(replayed.out == all) << replayed.out.size() << " of " << all.size();
  EXPECT_THAT(replayed.doubts, IsEmpty());
}

TEST_P(EngineConformance, LogsAreFollowedWhileItRuns) {
  const auto made = spec({"print", "early", "then", "polite", "then", "sleep", "100"});
  ASSERT_TRUE(submit(made).ok());
  auto sink = std::make_shared<TextLogs>();
  std::promise<void> done;
  bench_->loop().post([&] { bench_->engine().logs(made.id, sink, [&](util::Result<void>) { done.set_value(); }); });
  const auto until = std::chrono::steady_clock::now() + 30s;
  std::string seen;
  while (seen != "early\n" && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(10ms);
    const std::lock_guard lock(sink->mutex);
    seen = sink->out;
  }
  EXPECT_EQ(seen, "early\n");
  ASSERT_TRUE(cancel(made.id, 30s).ok());
  EXPECT_EQ(done.get_future().wait_for(30s), std::future_status::ready) << "the end of the run ends its log";
}

// Inputs: arguments, environment, files.

TEST_P(EngineConformance, ArgumentsArriveAsTheyAre) {
  const auto made = spec({"argv", "two words", "", "\"quoted\" 'too'", "$HOME `id` \\n", "größe ☃", "*"});
  run(made);
  EXPECT_EQ(logs_of(made.id).out, "9 two words\n0 \n14 \"quoted\" 'too'\n13 $HOME `id` \\n\n11 größe ☃\n1 *\n");
}

TEST_P(EngineConformance, TheEnvironmentArrives) {
  auto made = spec({"env", "COLOUR", "then", "env", "EMPTY"});
  made.env = {{"COLOUR", "blue = \"sky\""}, {"EMPTY", ""}};
  run(made);
  EXPECT_EQ(logs_of(made.id).out, "blue = \"sky\"\n\n");
}

TEST_P(EngineConformance, WithoutAnEntrypointTheArgumentsAreTheCommand) {
  auto made = spec({"/act", "print", "all mine"});
  made.entrypoint.emplace();
  run(made);
  EXPECT_EQ(logs_of(made.id).out, "all mine\n");
}

TEST_P(EngineConformance, TheRunStartsInItsFolderAndMayWriteThere) {
  const auto made = spec({"pwd", "then", "write", "a.txt", "mine", "then", "owner", "a.txt"});
  const auto status = run(made);
  EXPECT_EQ(status.ended->exit_code, 0);
  EXPECT_EQ(logs_of(made.id).out, std::string(task::work_folder) + "\n" + bench_->user() + "\n");
}

TEST_P(EngineConformance, AnotherWorkingFolderIsKept) {
  auto made = spec({"pwd"});
  made.workdir = "/tmp";
  run(made);
  EXPECT_EQ(logs_of(made.id).out, "/tmp\n");
}

TEST_P(EngineConformance, TheImagesOwnWorkingFolderIsKeptWhereNoneIsSaid) {
  auto made = spec({"pwd"});
  made.workdir.clear();
  run(made);
  EXPECT_EQ(logs_of(made.id).out, "/tmp\n");
}

TEST_P(EngineConformance, AnInputHasThePermissionsThatAreSaid) {
  auto made = spec({"mode", in_folder("plain"), "then", "mode", in_folder("bin/run"), "then", "mode", "/data/key"});
  made.inputs = {input(in_folder("plain"), "a"), input(in_folder("bin/run"), "b"), input("/data/key", "c")};
  made.inputs[1].mode = 0755;
  made.inputs[2].mode = 0600;
  run(made);
  EXPECT_EQ(logs_of(made.id).out, "644\n755\n600\n");
}

TEST_P(EngineConformance, InputsArriveByteForByteAndAreTheRunsOwn) {
  const auto bytes = noise(200'001);
  const auto deep = in_folder("a/" + std::string(120, 'd') + "/deep.bin");
  auto made = spec({"copy", in_folder("in.bin"), in_folder("out.bin"), "then", "copy", deep, in_folder("deep-out.bin"),
                    "then", "owner", in_folder("in.bin"), "then", "owner", deep, "then", "copy", "/data/empty",
                    in_folder("empty-out")});
  made.inputs = {input(in_folder("in.bin"), bytes), input(deep, "deep"), input("/data/empty", "")};
  const auto status = run(made);
  ASSERT_EQ(status.ended->exit_code, 0) << logs_of(made.id).err;
  EXPECT_EQ(logs_of(made.id).out, bench_->user() + "\n" + bench_->user() + "\n");
  const auto outputs = outputs_of(
      made.id,
      {{"", in_folder("out.bin"), false}, {"", in_folder("deep-out.bin"), false}, {"", in_folder("empty-out"), false}});
  EXPECT_TRUE(outputs.of(in_folder("out.bin")) == bytes);
  EXPECT_EQ(outputs.of(in_folder("deep-out.bin")), "deep");
  EXPECT_EQ(outputs.of(in_folder("empty-out")), "");
  EXPECT_THAT(outputs.missing, IsEmpty());
}

TEST_P(EngineConformance, AnInputThatCannotBeReadEndsTheRun) {
  auto made = spec({"print", "never"});
  made.inputs = {{in_folder("in.bin"), 10, []() -> util::Result<std::unique_ptr<util::ByteSource>> {
                    return util::Error::of(util::ErrorCode::not_found, "the bytes are gone");
                  }}};
  const auto status = run(made);
  EXPECT_EQ(status.ended->cause, EndCause::input_failed);
  EXPECT_THAT(status.ended->detail, HasSubstr("the bytes are gone"));
}

// The environment that the process finds in its container.

TEST_P(EngineConformance, ItsUserHasAName) {
  const auto made = spec({"who"});
  run(made);
  const auto logs = logs_of(made.id);
  EXPECT_EQ(logs.out + logs.err, "known\n");
}

TEST_P(EngineConformance, ItsMachinesNameLeadsToAnAddress) {
  auto serving = spec({"myself"});
  serving.ports = {{"web", 8080, "tcp"}};
  for (const auto& made : {spec({"myself"}), serving}) {
    EXPECT_EQ(run(made).ended->exit_code, 0);
    EXPECT_EQ(logs_of(made.id).out, "found\n");
  }
}

TEST_P(EngineConformance, SharedMemoryIsBoundedByItsMemoryAlone) {
  auto made = spec({"shared-memory"});
  made.limits.memory_bytes = 96LL << 20;
  run(made);
  EXPECT_EQ(logs_of(made.id).out, std::to_string(96LL << 20) + "\n");
}

TEST_P(EngineConformance, TheImagesVolumesAreItsOwn) {
  const auto made = spec({"write", "/volume/file", "mine", "then", "copy", "/volume/file", "copied"});
  EXPECT_EQ(run(made).ended->exit_code, 0) << logs_of(made.id).err;
  EXPECT_EQ(outputs_of(made.id, {{"", in_folder("copied"), false}}).of(in_folder("copied")), "mine");
}

TEST_P(EngineConformance, WhatTheImageHasBelowTheWorkVolumeIsThere) {
  const auto made = spec({"copy", "/work/tool", "copied"});
  EXPECT_EQ(run(made).ended->exit_code, 0) << logs_of(made.id).err;
  EXPECT_EQ(outputs_of(made.id, {{"", in_folder("copied"), false}}).of(in_folder("copied")), "tool");
}

// Outputs.

TEST_P(EngineConformance, OutputsComeByPathAndByPattern) {
  const auto made = spec({"write", "one.txt", "1", "then", "write", "two.txt", "22", "then", "write", "three.fits",
                          "333", "then", "write", "/tmp/four.txt", "4444"});
  ASSERT_EQ(run(made).ended->exit_code, 0);
  const auto outputs = outputs_of(
      made.id, {{"", in_folder("*.txt"), true}, {"", in_folder("three.fits"), false}, {"", "/tmp/f*.txt", true}});
  EXPECT_THAT(outputs.files,
              UnorderedElementsAre(std::pair(in_folder("one.txt"), "1"), std::pair(in_folder("two.txt"), "22"),
                                   std::pair(in_folder("three.fits"), "333"), std::pair("/tmp/four.txt", "4444")));
  EXPECT_THAT(outputs.missing, IsEmpty());
}

TEST_P(EngineConformance, MissingOutputsAreNamed) {
  const auto made = spec({"write", "one.txt", "1"});
  ASSERT_EQ(run(made).ended->exit_code, 0);
  const auto outputs = outputs_of(made.id, {{"", in_folder("none.txt"), false},
                                            {"", in_folder("one.txt"), false},
                                            {"", in_folder("*.fits"), true},
                                            {"", "/no/such/folder/*.txt", true}});
  EXPECT_THAT(outputs.files, UnorderedElementsAre(std::pair(in_folder("one.txt"), "1")));
  ASSERT_EQ(outputs.missing.size(), 3U);
  EXPECT_THAT(outputs.missing, Contains(::testing::StartsWith("0 ")));
  EXPECT_THAT(outputs.missing, Contains(::testing::StartsWith("2 ")));
  EXPECT_THAT(outputs.missing, Contains(::testing::StartsWith("3 ")));
}

TEST_P(EngineConformance, AFolderIsNoOutput) {
  auto made = spec({"print", "hello"});
  made.inputs = {input(in_folder("sub/file"), "x")};
  ASSERT_EQ(run(made).ended->exit_code, 0);
  const auto outputs = outputs_of(made.id, {{"", in_folder("sub"), false}});
  EXPECT_THAT(outputs.files, IsEmpty());
  EXPECT_EQ(outputs.missing.size(), 1U);
}

TEST_P(EngineConformance, AnOutputMayBeALink) {
  const auto made = spec({"write", "real.txt", "real", "then", "link", in_folder("real.txt"), in_folder("link.txt")});
  ASSERT_EQ(run(made).ended->exit_code, 0);
  const auto outputs = outputs_of(made.id, {{"", in_folder("link.txt"), false}});
  EXPECT_EQ(outputs.of(in_folder("link.txt")), "real");
}

TEST_P(EngineConformance, AGlobTakesWhatLinksLeadToAndTellsWhatIsNone) {
  const auto made = spec({"write", "real.txt", "real", "then", "link", in_folder("real.txt"), in_folder("link.txt"),
                          "then", "link", in_folder("gone"), in_folder("dangling.txt"), "then", "write", ".hidden.txt",
                          "h", "then", "write", "[1].txt", "one"});
  ASSERT_EQ(run(made).ended->exit_code, 0);
  const auto outputs = outputs_of(made.id, {{"", in_folder("*.txt"), true}});
  EXPECT_THAT(outputs.files,
              UnorderedElementsAre(std::pair(in_folder("real.txt"), "real"), std::pair(in_folder("link.txt"), "real"),
                                   std::pair(in_folder("[1].txt"), "one")));
  EXPECT_THAT(outputs.missing, IsEmpty());
  EXPECT_THAT(outputs.notes,
              ::testing::ElementsAre(in_folder("dangling.txt") + " is a symbolic link that leads nowhere"));
  EXPECT_THAT(outputs_of(made.id, {{"", in_folder("\\[*"), true}}).files,
              ::testing::ElementsAre(std::pair(in_folder("[1].txt"), "one")));
}

TEST_P(EngineConformance, AGlobTakesNoInputThatNobodyWroteTo) {
  auto made = spec({"write", "changed.txt", "new", "then", "write", "made.txt", "1"});
  made.inputs = {input(in_folder("kept.txt"), "same"), input(in_folder("changed.txt"), "old")};
  ASSERT_EQ(run(made).ended->exit_code, 0);
  const std::vector<std::string> inputs{in_folder("kept.txt"), in_folder("changed.txt")};
  const auto outputs = outputs_of(made.id, {{"", in_folder("*.txt"), true, inputs}});
  EXPECT_THAT(outputs.files,
              UnorderedElementsAre(std::pair(in_folder("changed.txt"), "new"), std::pair(in_folder("made.txt"), "1")));
}

// Ports.

TEST_P(EngineConformance, APublishedPortAnswers) {
  auto made = spec({"serve", "8080", "served by the run"});
  made.ports = {{"web", 8080, "tcp"}};
  const auto answer = submit(made);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  ASSERT_EQ(answer->state, RunState::running);
  ASSERT_EQ(answer->endpoints.size(), 1U);
  const auto& endpoint = answer->endpoints.front();
  EXPECT_EQ(endpoint.name, "web");
  EXPECT_EQ(endpoint.container_port, 8080);
  EXPECT_EQ(endpoint.protocol, "tcp");
  EXPECT_EQ(fetch(endpoint), "served by the run");
  bench_->restart();
  const auto later = inspect(made.id);
  ASSERT_EQ(later.endpoints.size(), 1U);
  EXPECT_EQ(later.endpoints.front().name, "web");
  EXPECT_EQ(later.endpoints.front().port, endpoint.port);
}

TEST_P(EngineConformance, APortBelow1024IsAsOthers) {
  auto made = spec({"serve", "80", "served low"});
  made.ports = {{"web", 80, "tcp"}};
  const auto answer = submit(made);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  ASSERT_EQ(answer->endpoints.size(), 1U);
  EXPECT_EQ(fetch(answer->endpoints.front()), "served low");
}

// Cleaning up, and what else the engine reports.

TEST_P(EngineConformance, NothingIsLeftAfterRelease) {
  auto made = spec({"write", "a.txt", "bytes"});
  made.inputs = {input(in_folder("in"), "bytes")};
  run(made);
  EXPECT_THAT(bench_->present(), Contains(made.id.name()));
  ASSERT_TRUE(release(made.id).ok());
  EXPECT_THAT(bench_->present(), Not(Contains(made.id.name())));
  EXPECT_EQ(inspect(made.id).state, RunState::absent);
}

TEST_P(EngineConformance, ListsWhatItHasAndOnlyThat) {
  const auto one = spec({"print", "1"});
  const auto two = spec({"sleep", "100"});
  const auto is_well = bench_->make_stranger();
  run(one);
  ASSERT_TRUE(submit(two).ok());
  const auto list = [&] {
    const auto runs = ask<std::vector<RunId>>(
        [](Engine& engine, util::Callback<std::vector<RunId>> done) { engine.list_owned(std::move(done)); });
    EXPECT_TRUE(runs.ok());
    return runs.ok() ? *runs : std::vector<RunId>{};
  };
  EXPECT_THAT(list(), UnorderedElementsAre(one.id, two.id));
  ASSERT_TRUE(release(one.id).ok());
  EXPECT_THAT(list(), UnorderedElementsAre(two.id));
  ASSERT_TRUE(release(two.id).ok());
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_TRUE(is_well());
}

TEST_P(EngineConformance, ItsDiskIsSeenAndWhatARunTakesOfIt) {
  const auto space = ask<std::optional<DiskSpace>>(
      [](Engine& engine, util::Callback<std::optional<DiskSpace>> done) { engine.disk_space(std::move(done)); });
  ASSERT_TRUE(space.ok());
  ASSERT_TRUE(space->has_value());
  EXPECT_GT((*space)->free_bytes, 0U);
  EXPECT_LE((*space)->free_bytes, (*space)->total_bytes);

  constexpr std::size_t size = 100'000;  // written twice: to the run's own folder and to the root file system
  const std::string bytes(size, 'x');
  const auto big = spec({"write", "/work/job/big", bytes, "then", "write", "/tmp/big", bytes});
  const auto small = spec({"print", "x"});
  run(big);
  run(small);
  const RunId absent{"nobodys", "absent", 1};
  const auto use =
      ask<std::map<RunId, std::uint64_t>>([&](Engine& engine, util::Callback<std::map<RunId, std::uint64_t>> done) {
        engine.disk_use({big.id, small.id, absent}, std::move(done));
      });
  ASSERT_TRUE(use.ok());
  ASSERT_EQ(use->count(big.id), 1U);
  EXPECT_GE(use->at(big.id), 2 * size);
  EXPECT_EQ(use->count(absent), 0U);
  if (use->contains(small.id)) {
    EXPECT_LT(use->at(small.id), size);
  }
}

TEST_P(EngineConformance, WhatNobodySubmittedIsAbsent) {
  EXPECT_EQ(inspect({bench_->installation(), util::random_id(), 1}).state, RunState::absent);
}

TEST_P(EngineConformance, ManyAreInspectedAtOnce) {
  const auto made = spec({"exit", "4"});
  run(made);
  std::vector<RunId> asked{made.id};
  for (int i = 0; i < 30; ++i) asked.push_back({bench_->installation(), util::random_id(), 1});
  const auto statuses = ask<std::vector<RunStatus>>(
      [&](Engine& engine, util::Callback<std::vector<RunStatus>> done) { engine.inspect(asked, std::move(done)); });
  ASSERT_TRUE(statuses.ok());
  ASSERT_EQ(statuses->size(), asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_EQ((*statuses)[i].id, asked[i]);
    EXPECT_EQ((*statuses)[i].state, i == 0 ? RunState::ended : RunState::absent);
  }
}

TEST_P(EngineConformance, TheEndOfARunIsHinted) {
  const auto made = spec({"sleep", "1"});
  auto hints = std::make_shared<std::atomic<int>>(0);
  bench_->loop().post([&, hints] {
    bench_->engine().watch([hints, id = made.id](std::optional<RunId> hinted) {
      if (!hinted || *hinted == id) ++*hints;
    });
  });
  ASSERT_TRUE(submit(made).ok());
  const int before = hints->load();
  const auto until = std::chrono::steady_clock::now() + 30s;
  while (hints->load() == before && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(10ms);
  EXPECT_GT(hints->load(), before);
  end_of(made.id);
}

}  // namespace executor::conformance

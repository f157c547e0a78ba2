// Tests the calls for a run after its start: inspect, logs, cancel, collect, release.
#include <atomic>
#include <mutex>

#include "docker/runs/collection.h"
#include "fakes/tar_builder.h"
#include "harness.h"

namespace docker::testing {
namespace {

using executor::EndCause;
using executor::RunState;
using fakes::TarBuilder;
using fakes::TarHead;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr auto exited_127 = R"("Status":"exited","ExitCode":127,"StartedAt":"2026-11-20T23:14:15Z")";

std::string frame(char stream, const std::string& bytes) {
  return std::string{stream, 0, 0, 0, 0, 0, static_cast<char>(bytes.size() >> 8U), static_cast<char>(bytes.size())} +
         bytes;
}

using Inspect = Harness;

TEST_F(Inspect, NoAnswerIsUnknownAndNeverAbsent) {
  scripted.on("GET " + container_path + "/json", json(200, container(R"("Status":"running")")));
  scripted.on("GET /containers/duws-inst-b-1/json", json(500, R"({"message":"oh"})"));
  scripted.on("GET /containers/duws-inst-c-1/json", json(200, "not json"));
  scripted.on("GET /containers/duws-inst-d-1/json", json(404, "{}"));
  const auto statuses = inspect_all({{"inst", "job", 1}, {"inst", "b", 1}, {"inst", "c", 1}, {"inst", "d", 1}});
  ASSERT_TRUE(statuses.ok());
  std::vector<RunState> states;
  for (const auto& status : *statuses) states.push_back(status.state);
  EXPECT_THAT(states, ElementsAre(RunState::running, RunState::unknown, RunState::unknown, RunState::absent));
}

TEST_F(Inspect, AnEngineThatIsNotThereIsAnError) {
  scripted.close();
  const auto statuses = inspect_all({{"inst", "job", 1}});
  ASSERT_FALSE(statuses.ok());
  EXPECT_EQ(statuses.error().code, util::ErrorCode::unavailable);
  scripted.open();
  EXPECT_EQ(inspect({"inst", "job", 1}).state, RunState::absent);
}

TEST_F(Inspect, AContainerOfAnotherInstallationIsNotOurs) {
  scripted.on("GET " + container_path + "/json", json(200, R"({"State":{"Status":"running"},"Config":{"Labels":{
    "org.docker-uws.installation":"other","org.docker-uws.job":"job","org.docker-uws.attempt":"1"}}})"));
  EXPECT_EQ(inspect({"inst", "job", 1}).state, RunState::absent);
}

TEST_F(Inspect, AnInitThatCouldNotRunTheCommandIsToldFromAProgramThatExitsTheSame) {
  scripted.on("GET " + container_path + "/json", json(200, container(exited_127)));
  scripted.on("GET " + container_path + "/logs",
              json(200, frame(2, "[FATAL tini (7)] exec /x failed: No such file or directory\n")));
  auto status = inspect({"inst", "job", 1});
  EXPECT_EQ(status.ended->cause, EndCause::command_missing);
  EXPECT_THAT(status.ended->detail, HasSubstr("/x"));
  for (const auto& logs :
       {frame(2, "sh: x: not found\n"), frame(1, "out\n") + frame(2, "[FATAL tini (7)] exec /x failed: No\n"),
        frame(2, "a\n") + frame(2, "[FATAL tini (7)] exec /x failed: No\n"), std::string("garbage garbage")}) {
    scripted.on("GET " + container_path + "/logs", json(200, logs));
    EXPECT_EQ(inspect({"inst", "job", 1}).ended->cause, EndCause::exited) << logs;
  }
}

TEST_F(Inspect, AnOversizedAnswerIsNoAnswer) {
  scripted.on("GET " + container_path + "/json", json(200, "{\"a\":\"" + std::string(9U << 20U, 'x') + "\"}"));
  const auto statuses = inspect_all({{"inst", "job", 1}});
  EXPECT_TRUE(!statuses.ok() || statuses->front().state == RunState::unknown);
}

class Sink : public executor::LogSink {
 public:
  bool on_stdout(std::string_view bytes) override { return add(out, bytes); }
  bool on_stderr(std::string_view bytes) override { return add(err, bytes); }
  void on_stdout_doubt(std::string why) override { doubt += "stdout " + why; }
  void on_stderr_doubt(std::string why) override { doubt += "stderr " + why; }
  std::string doubt;
  std::string out;
  std::string err;
  std::size_t most = 1U << 20U;

 private:
  bool add(std::string& text, std::string_view bytes) {
    text.append(bytes);
    return out.size() + err.size() < most;
  }
};

/// A log message as Docker 20.10 sends it if details are requested and there are none: with a space in front.
std::string message(char stream, const std::string& bytes) { return frame(stream, " " + bytes); }

class Logs : public Harness {
 protected:
  util::Status logs() {
    return ask<void>([this](executor::Engine& engine, util::Callback<void> done) {
      engine.logs({"inst", "job", 1}, sink, done);
    });
  }
  std::shared_ptr<Sink> sink = std::make_shared<Sink>();
};

TEST_F(Logs, EndWithTheStream) {
  scripted.on("GET " + container_path + "/logs", streamed([](Stream& stream) {
                stream.send(message(1, "out\n").substr(0, 3));
                stream.send(message(1, "out\n").substr(3) + message(2, "err\n"));
              }));
  EXPECT_TRUE(logs().ok());
  EXPECT_EQ(sink->out, "out\n");
  EXPECT_EQ(sink->err, "err\n");
  EXPECT_EQ(scripted.count("GET " + container_path + "/logs"), 2U);
}

TEST_F(Logs, WhatTheFollowedStreamLacksIsReadAfterIt) {
  scripted.on("GET " + container_path + "/logs", [](const Asked& asked) {
    const bool follows = asked.query == "stdout=1&stderr=1&follow=1&details=1";
    const auto early = message(1, "one\n") + message(2, "err\n");
    return json(200, follows ? early : early + message(1, "two\n") + message(1, "three"));
  });
  EXPECT_TRUE(logs().ok());
  EXPECT_EQ(sink->out, "one\ntwo\nthree");
  EXPECT_EQ(sink->err, "err\n");
}

TEST_F(Logs, OfWhichTheBeginningWasThrownAwayMeanwhileAreInDoubt) {
  scripted.on("GET " + container_path + "/logs", [](const Asked& asked) {
    const bool follows = asked.query == "stdout=1&stderr=1&follow=1&details=1";
    return json(200, follows ? message(1, "one\n") + message(1, "three\n") : message(1, "three\n"));
  });
  EXPECT_TRUE(logs().ok());
  EXPECT_EQ(sink->out, "one\nthree\n");
  EXPECT_THAT(sink->doubt, AllOf(HasSubstr("stdout may have gaps"), HasSubstr("stderr may have gaps")));
}

TEST_F(Logs, ThatBreakOffAreAnError) {
  scripted.on("GET " + container_path + "/logs",
              streamed([](Stream& stream) { stream.send(message(1, "out\n")); }, true));
  EXPECT_FALSE(logs().ok());
  scripted.on("GET " + container_path + "/logs",
              streamed([](Stream& stream) { stream.send(message(1, "out\n").substr(0, 9)); }));
  EXPECT_FALSE(logs().ok());
  scripted.on("GET " + container_path + "/logs", json(500, "{}"));
  EXPECT_FALSE(logs().ok());
}

TEST_F(Logs, AreLeftWhenNoMoreIsWanted) {
  sink->most = 2;
  scripted.on("GET " + container_path + "/logs", streamed([](Stream& stream) {
                stream.send(message(1, "out\n"));
                stream.wait_for_end();
              }));
  EXPECT_TRUE(logs().ok());
}

TEST_F(Logs, OfAContainerThatIsGoneAreEmpty) { EXPECT_TRUE(logs().ok()); }

TEST_F(Logs, ALineThatFillsTheEnginesBufferKeepsItsNewline) {
  const std::string full(16384, 'x');
  const auto whole = message(1, full) + message(1, "") + message(2, full) + message(2, full) + message(2, "");
  scripted.on("GET " + container_path + "/logs", json(200, whole));
  EXPECT_TRUE(logs().ok());
  EXPECT_TRUE(sink->out == full + "\n") << sink->out.size();
  EXPECT_TRUE(sink->err == full + full + "\n") << sink->err.size();
  EXPECT_EQ(sink->doubt, "");
}

TEST_F(Logs, ALongLineAtTheEndIsInDoubt) {
  const std::string full(16384, 'x');
  scripted.on("GET " + container_path + "/logs", json(200, message(1, full) + message(1, "rest") + message(2, "fine")));
  EXPECT_TRUE(logs().ok());
  EXPECT_TRUE(sink->out == full + "rest") << sink->out.size();
  EXPECT_THAT(sink->doubt, AllOf(StartsWith("stdout ends with a line of more than 16 KiB"), Not(HasSubstr("stderr"))));
}

TEST_F(Logs, AnEngineThatKeepsNewlinesIsTakenAtItsWord) {
  scripted.on("GET /version", json(200, R"({"Version":"23.0.1","ApiVersion":"1.42","Os":"linux","Arch":"amd64"})"));
  const std::string full(16384, 'x');
  scripted.on("GET " + container_path + "/logs", json(200, frame(1, full) + frame(1, " rest")));
  EXPECT_TRUE(logs().ok());
  EXPECT_TRUE(sink->out == full + " rest") << sink->out.size();
  EXPECT_EQ(scripted.last("GET " + container_path + "/logs").query, "stdout=1&stderr=1");
  EXPECT_EQ(sink->doubt, "");
}

/// A client with eight connections, of which at most two may follow logs.
class FewConnections : public Harness {
 protected:
  FewConnections() : Harness({.all = 8, .per_host = 8, .streams_percent = 25, .bulk_percent = 75}) {}
};

TEST_F(FewConnections, FollowedLogsKeepNobodyFromAsking) {
  // Shared: when the engine goes, the next log that waits may still begin, after this function has returned.
  const auto followed = std::make_shared<std::atomic<int>>(0);
  scripted.on("GET /containers/*", [followed](const Asked& asked) {
    if (asked.path.ends_with("/json")) return json(200, container(R"("Status":"running")", asked.path.substr(22, 1)));
    if (asked.query.find("follow=1") == std::string::npos) return json(200, message(1, "all\n"));
    return streamed([followed](Stream& stream) {
      ++*followed;
      stream.send(message(1, "all\n"));
      stream.wait_for_end();
    });
  });
  std::vector<std::shared_ptr<Sink>> sinks;
  std::vector<Answer<void>> reads;
  const std::string jobs = "abcdefghijkl";
  for (const char job : jobs) {
    sinks.push_back(std::make_shared<Sink>());
    reads.push_back(start<void>([job, sink = sinks.back()](executor::Engine& engine, util::Callback<void> done) {
      engine.logs({"inst", std::string(1, job), 1}, sink, done);
    }));
  }
  ASSERT_TRUE(until([&] { return *followed == 2; }));
  // All other calls still work, also submitting a run.
  let_runs_start();
  EXPECT_EQ(submit(spec("new"))->state, RunState::running);
  EXPECT_EQ(inspect({"inst", "l", 1}).state, RunState::running);
  EXPECT_TRUE(cancel({"inst", "l", 1}).ok());
  EXPECT_EQ(*followed, 2);
  // This log waited for its turn to be followed. Once its run has ended, it is read without that turn.
  scripted.on("GET /containers/duws-inst-l-1/json",
              json(200, container(R"("Status":"exited","ExitCode":0,"StartedAt":"2026-11-20T23:14:15Z")", "l")));
  EXPECT_EQ(inspect({"inst", "l", 1}).state, RunState::ended);
  EXPECT_TRUE(wait(reads.back()).ok());
  EXPECT_EQ(sinks.back()->out, "all\n");
}

using Cancel = Harness;

TEST_F(Cancel, IsDoneWhenTheEngineAgreesOrHasNothingToStop) {
  for (const int status : {204, 304, 404}) {
    scripted.on("POST " + container_path + "/stop", json(status, "{}"));
    EXPECT_TRUE(cancel({"inst", "job", 1}).ok()) << status;
  }
  EXPECT_EQ(scripted.last("POST " + container_path + "/stop").query, "t=1");
}

TEST_F(Cancel, LooksAgainWhenTheEngineRefuses) {
  scripted.on("POST " + container_path + "/stop", json(500, R"({"message":"cannot stop"})"));
  scripted.on("GET " + container_path + "/json", json(200, container(R"("Status":"running")")));
  EXPECT_FALSE(cancel({"inst", "job", 1}).ok());
  scripted.on("GET " + container_path + "/json",
              json(200, container(R"("Status":"exited","ExitCode":0,"StartedAt":"2026-11-20T23:14:15Z")")));
  EXPECT_TRUE(cancel({"inst", "job", 1}).ok());
}

class Files : public executor::OutputSink {
 public:
  util::Result<std::unique_ptr<util::ByteSink>> open(std::size_t, const std::string& file,
                                                     std::uint64_t size) override {
    if (size > 1000) return util::Error::of(util::ErrorCode::too_large, "too large");
    if (taken.size() == most) return util::Error::of(util::ErrorCode::too_many, "too many files");
    return std::unique_ptr<util::ByteSink>(std::make_unique<One>(taken[file]));
  }
  std::map<std::string, std::string> taken;
  std::size_t most = 100;

 private:
  class One : public util::ByteSink {
   public:
    explicit One(std::string& bytes) : bytes_(bytes) {}
    util::Status write(std::string_view more) override {
      bytes_.append(more);
      return {};
    }
    util::Status finish() override { return {}; }

   private:
    std::string& bytes_;
  };
};

class Collect : public Harness {
 protected:
  util::Result<executor::CollectedOutputs> collect(const std::string& pattern, bool is_glob,
                                                   const std::vector<std::string>& inputs = {}) {
    return ask<executor::CollectedOutputs>(
        [=, this](executor::Engine& engine, util::Callback<executor::CollectedOutputs> done) {
          engine.collect({"inst", "job", 1}, {{"", pattern, is_glob, inputs}}, files, done);
        });
  }
  /// Sets the archives that the engine returns. The keys are the queries of the requests, which contain the path.
  void has(std::map<std::string, std::string> archives) {
    scripted.on("GET " + container_path + "/archive", [archives = std::move(archives)](const Asked& asked) {
      const auto found = archives.find(asked.query);
      return found == archives.end() ? json(404, R"({"message":"Could not find the file"})") : json(200, found->second);
    });
  }
  std::string why(const util::Result<executor::CollectedOutputs>& collected) {
    return collected.ok() && collected->missing.size() == 1 ? collected->missing.front().second : "(none)";
  }
  std::shared_ptr<Files> files = std::make_shared<Files>();
};

TEST_F(Collect, AGlobTakesRegularFilesThatMatch) {
  has({{"path=%2Fwork%2Fjob", TarBuilder()
                                  .folder("job")
                                  .file("job/a.txt", "1")
                                  .file("job/b.fits", "2")
                                  .folder("job/sub")
                                  .file("job/sub/c.txt", "3")
                                  .folder("job/e.txt")
                                  .closed()}});
  const auto collected = collect("/work/job/*.txt", true);
  ASSERT_TRUE(collected.ok());
  EXPECT_THAT(files->taken, ElementsAre(Pair("/work/job/a.txt", "1")));
  EXPECT_TRUE(collected->missing.empty());
  files->taken.clear();
  ASSERT_TRUE(collect("/work/job/**/*.txt", true).ok());
  EXPECT_THAT(files->taken, ElementsAre(Pair("/work/job/a.txt", "1"), Pair("/work/job/sub/c.txt", "3")));
}

TEST_F(Collect, AGlobTakesWhatLinksLeadTo) {
  has({{"path=%2Fwork%2Fjob", TarBuilder()
                                  .folder("job")
                                  .file("job/a.txt", "1")
                                  .link("job/b.txt", "a.txt")
                                  .folder("job/sub")
                                  .link("job/sub/c.txt", "../../d/last")
                                  .link("job/gone.txt", "nowhere")
                                  .link("job/loop.txt", "loop.txt")
                                  .link("job/folder.txt", "sub")
                                  .link("job/fifo.txt", "", '6')
                                  .link("job/fifo.dat", "", '6')
                                  .closed()},
       {"path=%2Fwork%2Fjob%2Fa.txt", TarBuilder().file("a.txt", "1").closed()},
       {"path=%2Fwork%2Fjob%2Fsub", TarBuilder().folder("sub").file("sub/x", "x").closed()},
       {"path=%2Fwork%2Fjob%2Floop.txt", TarBuilder().link("loop.txt", "loop.txt").closed()},
       {"path=%2Fwork%2Fd%2Flast", TarBuilder().link("last", "/srv/out").closed()},
       {"path=%2Fsrv%2Fout", TarBuilder().file("out", "far").closed()}});
  const auto collected = collect("/work/job/**/*.txt", true);
  ASSERT_TRUE(collected.ok());
  EXPECT_THAT(files->taken, ElementsAre(Pair("/work/job/a.txt", "1"), Pair("/work/job/b.txt", "1"),
                                        Pair("/work/job/sub/c.txt", "far")));
  EXPECT_TRUE(collected->missing.empty());
  EXPECT_THAT(collected->notes,
              UnorderedElementsAre("/work/job/gone.txt is a symbolic link that leads nowhere",
                                   "/work/job/loop.txt leads over more than 8 symbolic links",
                                   "/work/job/folder.txt leads to a folder", "/work/job/fifo.txt is no regular file"));
}

TEST_F(Collect, AGlobOfWhichAllLeadsNowhereFindsNothing) {
  has({{"path=%2Fwork%2Fjob", TarBuilder().folder("job").link("job/a", "nowhere").closed()}});
  const auto collected = collect("/work/job/*", true);
  EXPECT_THAT(why(collected), HasSubstr("no file matches"));
  EXPECT_EQ(collected->notes.size(), 1U);
}

TEST_F(Collect, OnlySoManyLinksAreFollowed) {
  TarBuilder folder;
  folder.folder("job");
  for (int i = 0; i < 1003; ++i) folder.link("job/" + std::to_string(i), "gone");
  has({{"path=%2Fwork%2Fjob", folder.closed()}});
  const auto collected = collect("/work/job/*", true);
  EXPECT_THAT(why(collected), HasSubstr("3 links too many"));
  ASSERT_EQ(collected->notes.size(), 101U);
  EXPECT_EQ(collected->notes.back(), "and 900 more");
}

TEST_F(Collect, AGlobTakesNoInputThatNobodyWroteTo) {
  TarHead input;
  input.size = 1;
  input.modified_seconds = 0;
  const auto named = [&](const char* file) {
    input.name = file;
    return input;
  };
  has({{"path=%2Fwork%2Fjob", TarBuilder()
                                  .folder("job")
                                  .entry(named("job/in.txt"), "1")
                                  .entry(named("job/other.txt"), "2")
                                  .file("job/changed.txt", "3")
                                  .closed()},
       {"path=%2Fwork%2Fjob%2Fin.txt", TarBuilder().entry(named("in.txt"), "1").closed()}});
  ASSERT_TRUE(collect("/work/job/*.txt", true, {"/work/job/in.txt", "/work/job/changed.txt"}).ok());
  EXPECT_THAT(files->taken, ElementsAre(Pair("/work/job/changed.txt", "3"), Pair("/work/job/other.txt", "2")));
  files->taken.clear();
  ASSERT_TRUE(collect("/work/job/in.txt", false).ok());
  EXPECT_THAT(files->taken, ElementsAre(Pair("/work/job/in.txt", "1")));
}

TEST_F(Collect, NothingIsReadBeyondTheMostFiles) {
  files->most = 2;
  has({{"path=%2Fwork%2Fjob", TarBuilder()
                                  .folder("job")
                                  .file("job/a", "1")
                                  .file("job/b", "2")
                                  .file("job/c", "3")
                                  .file("job/d", "4")
                                  .closed()}});
  const auto collected = collect("/work/job/*", true);
  EXPECT_THAT(why(collected), HasSubstr("/work/job/c: too many files"));
  EXPECT_EQ(files->taken.size(), 2U);
}

TEST_F(Collect, ASecondNameOfAFileIsAFileToo) {
  has({{"path=%2Fwork%2Fjob",
        TarBuilder().folder("job").file("job/a.bin", "1").link("job/b.txt", "job/a.bin", '1').closed()},
       {"path=%2Fwork%2Fjob%2Fb.txt", TarBuilder().file("b.txt", "1").closed()}});
  ASSERT_TRUE(collect("/work/job/*.txt", true).ok());
  EXPECT_THAT(files->taken, ElementsAre(Pair("/work/job/b.txt", "1")));
}

TEST_F(Collect, LinksAreFollowedInsideTheContainer) {
  has({{"path=%2Fwork%2Fjob%2Flast", TarBuilder().link("last", "../data/run1").closed()},
       {"path=%2Fwork%2Fdata%2Frun1", TarBuilder().link("run1", "/etc/../srv/out").closed()},
       {"path=%2Fsrv%2Fout", TarBuilder().file("out", "bytes").closed()},
       {"path=%2Floop", TarBuilder().link("loop", "loop").closed()}});
  ASSERT_TRUE(collect("/work/job/last", false).ok());
  EXPECT_THAT(files->taken, ElementsAre(Pair("/work/job/last", "bytes")));
  EXPECT_THAT(why(collect("/loop", false)), HasSubstr("symbolic links"));
}

TEST_F(Collect, AGlobBelowALinkKeepsItsOwnNames) {
  has({{"path=%2Fwork%2Fjob%2Fout", TarBuilder().link("out", "/data").closed()},
       {"path=%2Fdata", TarBuilder().folder("data").file("data/x.txt", "1").closed()}});
  ASSERT_TRUE(collect("/work/job/out/*.txt", true).ok());
  EXPECT_THAT(files->taken, ElementsAre(Pair("/work/job/out/x.txt", "1")));
}

TEST_F(Collect, WhatIsMissingIsSaidInASentence) {
  has({{"path=%2Fwork%2Fjob", TarBuilder().folder("job").file("job/a", "1").closed()},
       {"path=%2Fdev%2Fzero", TarBuilder().link("zero", "", '3').closed()},
       {"path=%2Fhuge", TarBuilder().file("huge", std::string(2000, 'x')).closed()},
       {"path=%2Fbroken", std::string(600, 'x')}});
  EXPECT_THAT(why(collect("/nosuch", false)), HasSubstr("no such file"));
  EXPECT_THAT(why(collect("/nosuch/*", true)), HasSubstr("no such folder"));
  EXPECT_THAT(why(collect("/work/job/*.txt", true)), HasSubstr("no file matches"));
  EXPECT_THAT(why(collect("/work/job", false)), HasSubstr("/work/job/*"));
  EXPECT_THAT(why(collect("/dev/zero", false)), HasSubstr("no regular file"));
  EXPECT_THAT(why(collect("/huge", false)), HasSubstr("too large"));
  EXPECT_THAT(why(collect("/broken", false)), HasSubstr("malformed"));
}

TEST_F(Collect, WhatNobodyCanReadIsMissingAndTheOthersCome) {
  scripted.on("GET " + container_path + "/archive", [](const Asked& asked) {
    return asked.query.ends_with("loop") ? json(500, R"({"message":"too many links in /work/job/loop"})")
                                         : json(200, TarBuilder().file("a", "1").closed());
  });
  const auto collected = ask<executor::CollectedOutputs>(
      [this](executor::Engine& engine, util::Callback<executor::CollectedOutputs> done) {
        engine.collect({"inst", "job", 1}, {{"", "/work/job/loop", false}, {"", "/work/job/a", false}}, files, done);
      });
  EXPECT_THAT(why(collected), HasSubstr("/work/job/loop: the engine cannot read it: too many links"));
  EXPECT_THAT(files->taken, ElementsAre(Pair("/work/job/a", "1")));
}

TEST_F(Collect, ARunThatIsReleasedIsCollectedNoMore) {
  auto& begun = kept<std::promise<void>>();
  scripted.on("GET " + container_path + "/archive", streamed([&](Stream& stream) {
                stream.send(TarBuilder().file("a", "hello").closed().substr(0, 515));
                begun.set_value();
                stream.wait_for_end();
              }));
  auto collected = start<executor::CollectedOutputs>([=, this](executor::Engine& engine, auto done) {
    engine.collect({"inst", "job", 1}, {{"", "/a", false}}, files, done);
  });
  begun.get_future().wait();
  EXPECT_TRUE(release({"inst", "job", 1}).ok());
  const auto ended = wait(collected);
  ASSERT_FALSE(ended.ok());
  EXPECT_FALSE(executor::is_silence(ended.error()));
}

TEST_F(Collect, AnArchiveThatIsCutIsAnError) {
  has({{"path=%2Fa", TarBuilder().file("a", "hello").closed().substr(0, 515)}});
  EXPECT_FALSE(collect("/a", false).ok());
  scripted.on("GET " + container_path + "/archive", json(500, R"({"message":"oh"})"));
  const auto failed = collect("/a", false);
  ASSERT_FALSE(failed.ok());
  EXPECT_FALSE(executor::is_silence(failed.error())) << "an answer is no word about the engine";
}

using Release = Harness;

TEST_F(Release, RemovesContainerAndVolumeAndIsFineWithNothing) {
  EXPECT_TRUE(release({"inst", "job", 1}).ok());
  EXPECT_EQ(scripted.count("DELETE " + container_path), 0U);
  scripted.on("GET " + container_path + "/json", json(200, container(R"("Status":"exited")")));
  scripted.on("DELETE " + container_path, json(204, ""));
  scripted.on("DELETE /volumes/" + container_name, json(204, ""));
  EXPECT_TRUE(release({"inst", "job", 1}).ok());
  EXPECT_EQ(scripted.last("DELETE " + container_path).query, "force=1&v=1");
  EXPECT_EQ(scripted.count("DELETE /volumes/" + container_name), 2U);
}

TEST_F(Release, WaitsForARemovalThatIsUnderWay) {
  scripted.on("GET " + container_path + "/json", json(200, container(R"("Status":"removing")")));
  int tries = 0;
  scripted.on("DELETE " + container_path, [&](const Asked&) {
    return ++tries < 3 ? json(409, R"({"message":"removal of container is already in progress"})") : json(404, "{}");
  });
  EXPECT_TRUE(release({"inst", "job", 1}).ok());
  EXPECT_EQ(tries, 3);
}

TEST_F(Release, LeavesWhatIsNotOurs) {
  scripted.on("GET " + container_path + "/json",
              json(200, R"({"State":{"Status":"running"},"Config":{"Labels":null}})"));
  EXPECT_TRUE(release({"inst", "job", 1}).ok());
  EXPECT_EQ(scripted.count("DELETE " + container_path), 0U);
  EXPECT_EQ(scripted.count("DELETE /volumes/" + container_name), 0U);
}

}  // namespace
}  // namespace docker::testing

// What an engine must offer to run containers for us. Docker and Podman stand behind it (src/docker); later others.
//
// Calls return at once; every callback is posted to the executor's loop (the engine is made with a Poster). No engine
// gives exactly-once: submit() may be asked twice for one run and makes one container; what the engine answers is
// evidence, inspect() is the truth, watch() only a hint. A run is named by installation, job and attempt, and every
// container, volume and network that we make carries that name and the installation's label, matched exactly.
//
// Failures: `unavailable` and `timeout` say that the engine was silent, `too_many` that it was not even asked. Any
// other comes of an answer about what was asked for, no word about the engine: a job can make its container fail. Times
// are this service's: an engine whose clock is another one translates what it was told.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "task/container_task.h"
#include "task/image_reference.h"
#include "util/bytes.h"
#include "util/result.h"
#include "util/time.h"
#include "util/trace.h"

namespace executor {

/// One attempt at a job. The name is legal for containers and volumes: "duws-<installation>-<job>-<attempt>".
struct RunId {
  std::string installation;
  std::string job;
  std::int64_t attempt = 0;

  std::string name() const;
  static std::optional<RunId> parse(const std::string& name);
  auto operator<=>(const RunId&) const = default;
};

struct InputFile {
  std::string path;  // absolute, in the container
  std::uint64_t size_bytes = 0;
  std::function<util::Result<std::unique_ptr<util::ByteSource>>()> open;
  std::uint32_t mode = 0644;  // its permissions
};

struct OutputPattern {
  std::string name;     // as declared; empty: the file's own name
  std::string pattern;  // an absolute path; of a glob with *, ? and [] within a segment, ** over several, \ before what
                        // is meant itself
  bool is_glob = false;
  std::vector<std::string> inputs = {};  // files that a glob does not take while nobody wrote to them
};

struct ContainerPort {
  std::string name;
  std::uint16_t container_port = 0;
  std::string protocol = "tcp";  // tcp or udp
};

struct Mount {
  std::string source;  // a named volume of the engine, or an absolute host path: from the configuration only
  bool source_is_path = false;
  std::string target;
  bool read_only = true;
};

struct ResourceLimits {
  std::int64_t millicores = 1000;
  std::int64_t memory_bytes = 1LL << 30;  // swap is none
  std::int64_t pids = 512;
  std::int64_t open_files = 4096;
  std::int64_t log_bytes = 64LL << 20;  // of each stream; more is cut, and told
};

/// Which network a run gets. Published ports are inbound only, whatever the class.
struct Network {
  enum class Kind { none, outbound, named };
  Kind kind = Kind::none;
  std::string name;  // of the engine's network, when named
};

struct RunSpec {
  RunId id;
  task::ImageReference image;
  std::optional<std::vector<std::string>> entrypoint;  // absent: the image's; empty: none
  std::vector<std::string> args;                       // empty: the image's, when the entrypoint is the image's too
  std::vector<std::pair<std::string, std::string>> env;
  std::string workdir = std::string(task::work_folder);  // empty: the image's
  std::vector<InputFile> inputs;
  std::vector<ContainerPort> ports;
  std::vector<Mount> mounts;
  Network network;
  ResourceLimits limits;
  std::optional<util::Trace> trace;  // whose work it is: passed on
};

enum class RunState {
  waiting,    // the engine has it and has not begun
  preparing,  // pulling the image, creating, staging in
  running,
  ended,
  absent,   // the engine answered, and has no such run
  unknown,  // the engine did not answer: never to be taken for absent
};

struct Progress {
  std::string message;         // "pulling docker.io/library/busybox:latest"
  std::optional<int> percent;  // 0 to 100
};

struct Endpoint {
  std::string name;
  std::uint16_t container_port = 0;
  std::string protocol;
  std::string host;  // the address that it is published on
  std::uint16_t port = 0;
};

/// Why a run is over: docs/ends.md has the sentence for each.
enum class EndCause {
  exited,                // by itself, or by a signal; see exit_code
  image_missing,         // the registry has no such image, or it is not there and may not be pulled
  image_denied,          // the registry wants other credentials
  image_platform,        // not for this machine
  registry_unreachable,  // or it broke off
  registry_busy,         // the registry asks to come back later
  pull_failed,           // anything else about the pull
  no_space,              // on the engine's disk, for the image or for the container
  command_missing,       // no such executable in the image
  command_not_executable,
  port_taken,
  input_failed,   // staging in was refused
  start_refused,  // anything else that the engine refused
};

enum class MemoryEvidence {
  none,           // the engine says: not out of memory
  out_of_memory,  // the engine says so
  probable,       // killed by signal 9 that we did not send
  unknown,
};

struct RunEnd {
  EndCause cause = EndCause::exited;
  std::optional<int> exit_code;  // 128 + n for signal n
  MemoryEvidence memory = MemoryEvidence::unknown;
  std::string detail;  // the engine's own words
  std::optional<util::Instant> started_at;
  std::optional<util::Instant> finished_at;
  /// That neither we nor the kernel sent, a moment before the end.
  std::optional<int> foreign_signal = {};
  /// The executable that could not be started, where the engine tells: the image's own, too.
  std::string command = {};
};

struct RunStatus {
  RunId id;
  RunState state = RunState::unknown;
  Progress progress;                           // waiting, preparing
  std::vector<Endpoint> endpoints;             // running
  std::optional<util::Instant> started_at;     // running, ended
  bool is_paused = false;                      // running: somebody froze it on the engine
  std::optional<RunEnd> ended;                 // ended
  std::string image_digest;                    // "sha256:…" of the manifest, or the image's id where there is none
  std::map<std::string, util::Instant> steps;  // when each step was done: "pulled", "created", "staged", "started"
  std::vector<std::string> notes = {};         // what whoever looks at the results should know: sentences
};

struct Capacity {
  std::int64_t millicores = 0;
  std::int64_t memory_bytes = 0;
};

/// Of the disk that images, containers and volumes lie on.
struct DiskSpace {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

struct Description {
  std::string kind;          // "docker", "podman"
  std::string version;       // "20.10.24 (API 1.41)"
  std::string architecture;  // OCI's words: "amd64"
  std::string os;
  Capacity capacity;
  std::vector<std::string> notes;      // what an operator should know
  std::optional<std::string> refusal;  // why nothing may run there
  bool is_here = true;                 // on this machine: its addresses are ours
};

struct ImageFacts {
  std::string digest;
  std::string id;
  std::uint64_t size_bytes = 0;
  std::string architecture;
  std::string os;
  std::string user;
  std::vector<std::string> exposed_ports = {};  // "8888/tcp"
  std::vector<std::string> platforms = {};      // "linux/arm64": of an image of several, all of them; else empty
};

/// Of one, or of several.
inline std::vector<std::string> platforms_of(const ImageFacts& facts) {
  return facts.platforms.empty() ? std::vector{facts.os + "/" + facts.architecture} : facts.platforms;
}

/// Takes the log of a run, from its first byte. Called on the engine's own thread, in order; must not block beyond a
/// write to the local page cache. False: no more, please.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual bool on_stdout(std::string_view bytes) = 0;
  virtual bool on_stderr(std::string_view bytes) = 0;
  /// At the end: what the engine cannot tell of that stream. The rest of a sentence that begins with the stream's name.
  virtual void on_stdout_doubt(std::string why) = 0;
  virtual void on_stderr_doubt(std::string why) = 0;
};

/// Takes the declared outputs that are there. Same thread rule as LogSink.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  /// A file that matches output number `index`; `path` is absolute. An error skips this file and is reported; after
  /// too_many it need not be asked again.
  virtual util::Result<std::unique_ptr<util::ByteSink>> open(std::size_t index, const std::string& path,
                                                             std::uint64_t size_bytes) = 0;
};

struct CollectedOutputs {
  /// Why a declared output gave no file, or not all: index and sentence.
  std::vector<std::pair<std::size_t, std::string>> missing;
  /// What a glob left out although its name matches: a link that leads nowhere, a FIFO.
  std::vector<std::string> notes = {};
};

using Task = std::function<void()>;
using Poster = std::function<void(Task)>;
template <typename T>
using Callback = std::function<void(util::Result<T>)>;

/// Nothing was answered, so that nothing is known of what was asked for, and the engine itself may be away.
inline bool is_silence(const util::Error& error) {
  return error.code == util::ErrorCode::unavailable || error.code == util::ErrorCode::timeout;
}

class Engine {
 public:
  virtual ~Engine() = default;

  /// The configured name.
  virtual const std::string& name() const = 0;
  /// Is it there? The least that an engine can be asked: nothing that runs on it can keep it from answering.
  virtual void ping(Callback<void> done) = 0;
  /// Asks the engine who it is.
  virtual void describe(Callback<Description> done) = 0;

  /// Prepares, stages in and starts; idempotent by RunId. Done when the container has been started, or could not be
  /// (then inspect() tells `ended`): an Error only when the engine did not answer, or cannot tell; it may be tried
  /// again.
  virtual void submit(RunSpec spec, Callback<RunStatus> done) = 0;
  virtual void inspect(std::vector<RunId> runs, Callback<std::vector<RunStatus>> done) = 0;
  /// Polite stop, after `grace` by force; of a paused one too. Done when the wish is with the engine; the end is told
  /// by inspect(). What is being staged in is cut off.
  virtual void cancel(const RunId& run, std::chrono::seconds grace, Callback<void> done) = 0;
  /// Both logs from their beginning, following while it runs; done at their end.
  virtual void logs(const RunId& run, std::shared_ptr<LogSink> sink, Callback<void> done) = 0;
  virtual void collect(const RunId& run, std::vector<OutputPattern> outputs, std::shared_ptr<OutputSink> sink,
                       Callback<CollectedOutputs> done) = 0;
  /// Container, private volume and what else was made for it: gone. Absent is success. Its logs and outputs are given
  /// to nobody any more: calls for them may end without a word.
  virtual void release(const RunId& run, Callback<void> done) = 0;

  /// `hint` is posted whenever something may have changed: with the run, or without when anything may have. Until
  /// submit() is done it tells of progress; an end that came meanwhile is hinted after that.
  virtual void watch(std::function<void(std::optional<RunId>)> hint) = 0;
  /// Of an image that is there; not_found otherwise.
  virtual void image(const task::ImageReference& reference, Callback<ImageFacts> done) = 0;
  /// nullopt: it cannot be told, as of an engine whose disk is not seen from here.
  virtual void disk_space(Callback<std::optional<DiskSpace>> done) = 0;
  /// What the files that these runs made take of it by now, as far as the engine can tell; others are left out. Dear:
  /// the engine may look at every file.
  virtual void disk_use(std::vector<RunId> runs, Callback<std::map<RunId, std::uint64_t>> done) = 0;
  /// Every run of this installation that the engine knows.
  virtual void list_owned(Callback<std::vector<RunId>> done) = 0;
};

}  // namespace executor

// The interface to an engine that runs containers. src/docker implements it for Docker and Podman.
//
// Each call returns at once, and its callback is posted to the executor's loop. No engine executes a call exactly once:
// submit() may be called twice for one run and still creates only one container. The result of submit() may be out of
// date, inspect() gives the actual state, and watch() gives only hints. A run is identified by installation, job and
// attempt. Every container, volume and network that an engine creates for a run carries that name and the label of the
// installation; both are compared exactly.
//
// Errors: `unavailable` and `timeout` mean that the engine did not answer; `too_many` means that the request was not
// sent. Any other code means that the engine answered and the request failed. Such an answer says nothing about the
// health of the engine, because a job can make its container fail. All times are in the clock of this service: the
// implementation converts times from the engine's clock.
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
#include "util/async.h"
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
  std::uint32_t mode = 0644;  // file permissions
};

struct OutputPattern {
  std::string name;     // as declared; if empty, the name of the file is used
  std::string pattern;  // an absolute path; a glob may contain *, ? and [] within a path segment, ** for any number of
                        // segments, and \ to escape a special character
  bool is_glob = false;
  std::vector<std::string> inputs = {};  // input files, which a glob matches only if the run has modified them
};

struct ContainerPort {
  std::string name;
  std::uint16_t container_port = 0;
  std::string protocol = "tcp";  // tcp or udp
};

struct Mount {
  std::string source;  // a named volume of the engine, or an absolute host path; only the configuration can set it
  bool source_is_path = false;
  std::string target;
  bool read_only = true;
};

struct ResourceLimits {
  std::int64_t millicores = 1000;
  std::int64_t memory_bytes = 1LL << 30;  // swap is disabled
  std::int64_t pids = 512;
  std::int64_t open_files = 4096;
  std::int64_t log_bytes = 64LL << 20;  // limit for each stream; a longer log is cut, and a note says so
};

/// Which network a run gets. Published ports are for inbound connections only, for every kind.
struct Network {
  enum class Kind { none, outbound, named };
  Kind kind = Kind::none;
  std::string name;  // name of the engine's network if kind is `named`
};

struct RunSpec {
  RunId id;
  task::ImageReference image;
  std::optional<std::vector<std::string>> entrypoint;  // absent: the image's entrypoint; empty: no entrypoint
  std::vector<std::string> args;                       // empty: the image's command, if its entrypoint is used too
  std::vector<std::pair<std::string, std::string>> env;
  std::string workdir = std::string(task::work_folder);  // empty: the image's working directory
  std::vector<InputFile> inputs;
  std::vector<ContainerPort> ports;
  std::vector<Mount> mounts;
  Network network;
  ResourceLimits limits;
  std::optional<util::Trace> trace;  // the trace of the request that caused the run; passed to the engine
};

enum class RunState {
  waiting,    // the engine knows the run but has not begun to prepare it
  preparing,  // pulling the image, creating the container, staging inputs
  running,
  ended,
  absent,   // the engine answered that it has no such run
  unknown,  // the engine did not answer; must never be treated as `absent`
};

struct Progress {
  std::string message;         // "pulling docker.io/library/busybox:latest"
  std::optional<int> percent;  // 0 to 100
};

struct Endpoint {
  std::string name;
  std::uint16_t container_port = 0;
  std::string protocol;
  std::string host;  // the address on which the port is published
  std::uint16_t port = 0;
};

/// Why a run has ended. docs/ends.md lists the message for each cause.
enum class EndCause {
  exited,                // the command exited or was killed by a signal; see exit_code
  image_missing,         // the registry has no such image, or the engine has none and may not pull it
  image_denied,          // the registry rejected the credentials
  image_platform,        // the image is not for the platform of this engine
  registry_unreachable,  // or the connection to the registry broke off
  registry_busy,         // the registry limits the request rate
  pull_failed,           // any other failure of the pull
  no_space,              // the engine's disk is full: no room for the image or the container
  command_missing,       // the image has no such executable
  command_not_executable,
  port_taken,
  input_failed,   // the inputs could not be put into the container
  start_refused,  // any other refusal by the engine
};

enum class MemoryEvidence {
  none,           // the engine reports that memory did not run out
  out_of_memory,  // the engine reports that memory ran out
  probable,       // the command was killed by a SIGKILL that this service did not send
  unknown,
};

struct RunEnd {
  EndCause cause = EndCause::exited;
  std::optional<int> exit_code;  // 128 + n for signal n
  MemoryEvidence memory = MemoryEvidence::unknown;
  std::string detail;  // the engine's own message
  std::optional<util::Instant> started_at;
  std::optional<util::Instant> finished_at;
  /// A signal that somebody else sent to the container through the engine shortly before the end.
  std::optional<int> foreign_signal = {};
  /// The executable that could not be started, if the engine names it; it may come from the image's entrypoint.
  std::string command = {};
};

struct RunStatus {
  RunId id;
  RunState state = RunState::unknown;
  Progress progress;                           // set if waiting or preparing
  std::vector<Endpoint> endpoints;             // set if running
  std::optional<util::Instant> started_at;     // set if running or ended
  bool is_paused = false;                      // set if running: the container was paused on the engine
  std::optional<RunEnd> ended;                 // set if ended
  std::string image_digest;                    // "sha256:…" of the manifest, or the image id if there is no digest
  std::map<std::string, util::Instant> steps;  // when each step finished: "pulled", "created", "staged", "started"
  std::vector<std::string> notes = {};         // sentences for readers of the results
};

struct Capacity {
  std::int64_t millicores = 0;
  std::int64_t memory_bytes = 0;
  std::map<std::string, std::int64_t> others = {};  // such as "gpus"
};

/// What some engines can do and others cannot.
struct Capabilities {
  bool limits_disk = false;  // a run can be held to an amount of disk
  bool has_queue = false;    // accepted runs may wait in a queue of the engine's own, for hours
};

/// Space on the disk that holds images, containers and volumes.
struct DiskSpace {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

struct Description {
  std::string kind;          // "docker", "podman"
  std::string version;       // "20.10.24 (API 1.41)"
  std::string architecture;  // an OCI architecture name: "amd64"
  std::string os;
  Capacity capacity;
  Capabilities capabilities = {};
  std::vector<std::string> notes;      // notes for the operator
  std::optional<std::string> refusal;  // why no job may run on this engine; absent: jobs may run
  bool is_here = true;                 // the engine is on this machine: its addresses are those of this machine
};

struct ImageFacts {
  std::string digest;
  std::string id;
  std::uint64_t size_bytes = 0;
  std::string architecture;
  std::string os;
  std::string user;
  std::vector<std::string> exposed_ports = {};  // "8888/tcp"
  std::vector<std::string> platforms = {};      // all platforms of a multi-platform image ("linux/arm64"); else empty
};

/// The platforms of a single-platform or a multi-platform image.
inline std::vector<std::string> platforms_of(const ImageFacts& facts) {
  return facts.platforms.empty() ? std::vector{facts.os + "/" + facts.architecture} : facts.platforms;
}

/// Receives the log of a run, beginning with its first byte. The engine implementation calls it in order, on its own
/// thread. Must not block for longer than a write to the local page cache. Returning false asks for no more bytes.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual bool on_stdout(std::string_view bytes) = 0;
  virtual bool on_stderr(std::string_view bytes) = 0;
  /// Called at the end of the log if the engine cannot guarantee that the stream is right. `why`: the rest of a
  /// sentence that begins with the name of the stream.
  virtual void on_stdout_doubt(std::string why) = 0;
  virtual void on_stderr_doubt(std::string why) = 0;
};

/// Receives the declared outputs that exist. The thread rule of LogSink applies.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  /// Called for each file that matches the declared output number `index`; `path` is absolute. If open() fails, this
  /// file is skipped and reported. After `too_many` the engine need not call open() again.
  virtual util::Result<std::unique_ptr<util::ByteSink>> open(std::size_t index, const std::string& path,
                                                             std::uint64_t size_bytes) = 0;
};

struct CollectedOutputs {
  /// For each declared output that gave no file, or not all of its files: its index and the reason, a sentence.
  std::vector<std::pair<std::size_t, std::string>> missing;
  /// Files that match a glob but were left out, such as a dangling symbolic link or a FIFO.
  std::vector<std::string> notes = {};
};

/// True if the engine did not answer. The effect of the call is then unknown, and the engine may be down.
inline bool is_silence(const util::Error& error) {
  return error.code == util::ErrorCode::unavailable || error.code == util::ErrorCode::timeout;
}

class Engine {
 public:
  virtual ~Engine() = default;

  /// The configured name.
  virtual const std::string& name() const = 0;
  /// Checks whether the engine answers. This is the cheapest request: no container can delay its answer.
  virtual void ping(util::Callback<void> done) = 0;
  /// Asks the engine for its kind, version, platform and capacity.
  virtual void describe(util::Callback<Description> done) = 0;

  /// Prepares the container, stages its inputs and starts it. Idempotent by RunId. `done` is called when the container
  /// has started, or when it could not be started (then the state is `ended`, also for inspect()). An engine with a
  /// queue of its own (Capabilities::has_queue) may call it as soon as it has accepted the run; then the state is
  /// `waiting`, and hints and inspect() tell of the rest. An Error means only that the engine did not answer or could
  /// not say what happened; the caller may call submit() again.
  virtual void submit(RunSpec spec, util::Callback<RunStatus> done) = 0;
  virtual void inspect(std::vector<RunId> runs, util::Callback<std::vector<RunStatus>> done) = 0;
  /// Asks the container to stop, and kills it after `grace`; this works for a paused container too. `done` is called
  /// when the engine has accepted the request; inspect() tells when the run has ended. Staging in progress is aborted.
  virtual void cancel(const RunId& run, std::chrono::seconds grace, util::Callback<void> done) = 0;
  /// Reads both logs from their beginning and follows them while the container runs. `done` is called at their end.
  virtual void logs(const RunId& run, std::shared_ptr<LogSink> sink, util::Callback<void> done) = 0;
  virtual void collect(const RunId& run, std::vector<OutputPattern> outputs, std::shared_ptr<OutputSink> sink,
                       util::Callback<CollectedOutputs> done) = 0;
  /// Removes the container, its private volume and everything else that was created for the run. Succeeds if nothing
  /// exists. Calls of logs() and collect() for this run that are in progress may never call their `done`.
  virtual void release(const RunId& run, util::Callback<void> done) = 0;

  /// Posts `hint` whenever the state of a run may have changed; nullopt means that any run may have changed. Until
  /// submit() is done, a hint means progress. If the run ends in that time, the hint is posted after submit() is done.
  virtual void watch(std::function<void(std::optional<RunId>)> hint) = 0;
  /// Describes an image that the engine has; `not_found` if it has none.
  virtual void image(const task::ImageReference& reference, util::Callback<ImageFacts> done) = 0;
  /// nullopt: unknown, for example because this process cannot see the engine's disk.
  virtual void disk_space(util::Callback<std::optional<DiskSpace>> done) = 0;
  /// How many bytes of disk the files that each run created take now. Runs that the engine cannot measure are left out.
  /// Expensive: the engine may have to read the metadata of every file.
  virtual void disk_use(std::vector<RunId> runs, util::Callback<std::map<RunId, std::uint64_t>> done) = 0;
  /// All runs of this installation that the engine knows.
  virtual void list_owned(util::Callback<std::vector<RunId>> done) = 0;
};

}  // namespace executor

#include "fakes/fake_engine.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <unistd.h>

#include "task/glob.h"

namespace executor::testing {
namespace {

using Lock = std::unique_lock<std::mutex>;

/// The program that the container runs. The image's own entrypoint is /act.
std::string program_of(const RunSpec& spec) {
  if (!spec.entrypoint) return "/act";
  if (!spec.entrypoint->empty()) return spec.entrypoint->front();
  return spec.args.empty() ? "" : spec.args.front();
}

util::Error away() { return util::Error::of(util::ErrorCode::unavailable, "the fake engine is away"); }

util::Status copy(const std::string& bytes, util::ByteSink& sink) {
  constexpr std::size_t piece = 10'000;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    RETURN_IF_ERROR(sink.write(std::string_view(bytes).substr(at, piece)));
  return sink.finish();
}

util::Result<std::string> read_all(util::ByteSource& source) {
  std::string bytes;
  std::array<char, 8192> buffer{};
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t got, source.read(buffer.data(), buffer.size()));
    if (got == 0) return bytes;
    bytes.append(buffer.data(), got);
  }
}

bool is_staged(const FakeContainer& container, const OutputPattern& output, const std::string& path) {
  const bool is_input = std::find(output.inputs.begin(), output.inputs.end(), path) != output.inputs.end();
  return is_input && !container.written.contains(path);
}

}  // namespace

// --- the daemon

FakeDaemon::~FakeDaemon() {
  {
    const std::lock_guard lock(monitor_.mutex);
    for (const auto& [id, container] : containers_) container->released = true;
    submits_held_ = false;
    watchers_.clear();
  }
  monitor_.changed.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void FakeDaemon::allow_no_runs(std::string why) {
  const std::lock_guard lock(monitor_.mutex);
  no_runs_ = std::move(why);
}

void FakeDaemon::set_capacity(Capacity capacity) {
  const std::lock_guard lock(monitor_.mutex);
  capacity_ = capacity;
}

void FakeDaemon::hold_submits(Progress shown) {
  const std::lock_guard lock(monitor_.mutex);
  submits_held_ = true;
  shown_ = std::move(shown);
}

void FakeDaemon::let_submits_go() {
  const std::lock_guard lock(monitor_.mutex);
  submits_held_ = false;
  monitor_.changed.notify_all();
}

void FakeDaemon::queue_submits() {
  const std::lock_guard lock(monitor_.mutex);
  has_queue_ = queue_stands_ = true;
}

void FakeDaemon::start_queued() {
  const std::lock_guard lock(monitor_.mutex);
  queue_stands_ = false;
  monitor_.changed.notify_all();
}

void FakeDaemon::fail_submits(int count) {
  const std::lock_guard lock(monitor_.mutex);
  failing_submits_ = count;
}

void FakeDaemon::refuse_next(EndCause cause, std::string detail, int times) {
  const std::lock_guard lock(monitor_.mutex);
  refusal_.emplace(cause, std::move(detail));
  refusals_ = times;
}

void FakeDaemon::set_disk(std::optional<DiskSpace> space) {
  const std::lock_guard lock(monitor_.mutex);
  disk_ = space;
}

void FakeDaemon::set_disk_use(std::uint64_t bytes) {
  const std::lock_guard lock(monitor_.mutex);
  disk_use_ = bytes;
}

void FakeDaemon::lose_events(bool lose) {
  const std::lock_guard lock(monitor_.mutex);
  events_lost_ = lose;
}

void FakeDaemon::go_away() {
  const std::lock_guard lock(monitor_.mutex);
  away_ = true;
  monitor_.changed.notify_all();
}

void FakeDaemon::come_back() {
  const std::lock_guard lock(monitor_.mutex);
  away_ = false;
  tell(std::nullopt);
}

void FakeDaemon::pause(const RunId& run, bool is_paused) {
  const std::lock_guard lock(monitor_.mutex);
  containers_.at(run)->status.is_paused = is_paused;
  tell(run);
}

void FakeDaemon::forget(const RunId& run) {
  const std::lock_guard lock(monitor_.mutex);
  const auto found = containers_.find(run);
  if (found == containers_.end()) return;
  found->second->released = true;
  containers_.erase(found);
  monitor_.changed.notify_all();
  tell(run);
}

void FakeDaemon::fail_calls(const RunId& run, const std::set<std::string>& calls, util::ErrorCode code) {
  const std::lock_guard lock(monitor_.mutex);
  failures_[run] = {calls, code};
}

std::optional<util::Error> FakeDaemon::failure(const RunId& run, const std::string& call) const {
  const auto found = failures_.find(run);
  if (found == failures_.end() || !found->second.first.contains(call)) return std::nullopt;
  return util::Error::of(found->second.second, "the fake engine fails at this " + call);
}

RunStatus FakeDaemon::translated(RunStatus status) const {
  for (auto& [step, when] : status.steps) when -= clock_ahead_;
  if (status.started_at) *status.started_at -= clock_ahead_;
  if (!status.ended) return status;
  if (status.ended->started_at) *status.ended->started_at -= clock_ahead_;
  if (status.ended->finished_at) *status.ended->finished_at -= clock_ahead_;
  return status;
}

void FakeDaemon::set_clock_ahead(std::chrono::milliseconds ahead) {
  const std::lock_guard lock(monitor_.mutex);
  clock_ahead_ = ahead;
}

void FakeDaemon::hold_collects(bool hold) {
  const std::lock_guard lock(monitor_.mutex);
  collects_held_ = hold;
  monitor_.changed.notify_all();
}

std::vector<std::string> FakeDaemon::present() const {
  const std::lock_guard lock(monitor_.mutex);
  std::vector<std::string> names;
  for (const auto& [id, container] : containers_) names.push_back(id.name());
  return names;
}

int FakeDaemon::submits() const {
  const std::lock_guard lock(monitor_.mutex);
  return submits_;
}

int FakeDaemon::starts() const {
  const std::lock_guard lock(monitor_.mutex);
  return starts_;
}

bool FakeDaemon::is_ended(const RunId& run) const {
  const std::lock_guard lock(monitor_.mutex);
  const auto found = containers_.find(run);
  return found != containers_.end() && found->second->status.state == RunState::ended;
}

void FakeDaemon::tell(const std::optional<RunId>& run) {
  if (events_lost_ || away_) return;
  for (const auto& [owner, watcher] : watchers_) watcher.poster([hint = watcher.hint, run] { hint(run); });
}

void FakeDaemon::end_without_start(FakeContainer& container, EndCause cause, std::string detail) {
  container.status.state = RunState::ended;
  container.status.ended = RunEnd{cause, std::nullopt, MemoryEvidence::none, std::move(detail), {}, {}};
}

bool FakeDaemon::stage_inputs(FakeContainer& container, Lock& lock) {
  for (const InputFile& input : container.spec.inputs) {
    lock.unlock();
    util::Result<std::string> bytes = util::Error{};
    if (auto source = input.open(); source.ok()) {
      bytes = read_all(**source);
    } else {
      bytes = source.error();
    }
    lock.lock();
    if (!bytes.ok()) {
      end_without_start(container, EndCause::input_failed, bytes.error().message);
      return false;
    }
    container.files[input.path] = std::move(bytes).value();
    container.modes[input.path] = input.mode;
  }
  return true;
}

bool FakeDaemon::bind_ports(FakeContainer& container) {
  for (const ContainerPort& publish : container.spec.ports) {
    FakePort port;
    port.socket = ::socket(AF_INET, (publish.protocol == "udp" ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(port.socket, raw, length) != 0 || ::getsockname(port.socket, raw, &length) != 0) return false;
    port.endpoint = {publish.name, publish.container_port, publish.protocol, "127.0.0.1", ntohs(address.sin_port)};
    container.status.endpoints.push_back(port.endpoint);
    container.ports.push_back(std::move(port));
  }
  return true;
}

/// Takes the run through its preparation. True if the container is to be started.
bool FakeDaemon::prepare(FakeContainer& container, Lock& lock) {
  container.status.state = RunState::preparing;
  container.status.progress = shown_;
  tell(container.spec.id);
  monitor_.changed.wait(lock, [&] { return !submits_held_ || container.released || container.term; });
  if (container.released) return false;
  if (container.term) {
    end_without_start(container, EndCause::start_refused, "cancelled");
    return false;
  }
  if (refusals_ > 0) {
    --refusals_;
    end_without_start(container, refusal_->first, refusal_->second);
    return false;
  }
  const std::string image = container.spec.image.to_string();
  if (!image.ends_with("/conformance:test")) {
    end_without_start(container, EndCause::image_missing, "No such image: " + image);
    return false;
  }
  container.status.image_digest = "sha256:" + std::string(64, 'f');
  container.status.steps["pulled"] = now();
  const std::string program = program_of(container.spec);
  if (program != "act" && program != "/act") {
    const bool there = program == "/etc/passwd";
    end_without_start(container, there ? EndCause::command_not_executable : EndCause::command_missing,
                      "exec: \"" + program + "\": " + (there ? "permission denied" : "no such file or directory"));
    container.status.ended->command = program;
    return false;
  }
  container.status.steps["created"] = now();
  if (!stage_inputs(container, lock)) return false;
  container.status.steps["staged"] = now();
  if (!bind_ports(container)) {
    end_without_start(container, EndCause::port_taken, "address already in use");
    return false;
  }
  return !container.released;
}

/// The whole life of a container, on its own thread.
void FakeDaemon::live(const std::shared_ptr<FakeContainer>& container, const util::Poster& poster,
                      const util::Callback<RunStatus>& done) {
  Lock lock(monitor_.mutex);
  RunStatus& status = container->status;
  const bool was_queued = has_queue_;
  if (was_queued) {
    status.state = RunState::waiting;
    status.progress = {"waiting in the engine's queue", std::nullopt};
    poster([done, answer = translated(status)] { done(answer); });
    monitor_.changed.wait(lock, [&] { return !queue_stands_ || container->released || container->term; });
  }
  const bool start = prepare(*container, lock);
  if (start) {
    status.state = RunState::running;
    status.started_at = now();
    status.steps["started"] = *status.started_at;
    ++starts_;
  } else if (container->released) {
    status.state = RunState::absent;
  }
  monitor_.changed.notify_all();
  tell(status.id);
  if (!was_queued) poster([done, answer = translated(status)] { done(answer); });
  if (!start) return;

  std::vector<std::string> argv = container->spec.args;
  if (const auto& entrypoint = container->spec.entrypoint)
    argv.insert(argv.begin(), entrypoint->begin(), entrypoint->end());
  if (container->spec.entrypoint && !argv.empty()) argv.erase(argv.begin());
  RunEnd ended = act(*container, monitor_, lock, argv);
  ended.started_at = status.started_at;
  ended.finished_at = now();
  status.ended = ended;
  status.state = RunState::ended;
  monitor_.changed.notify_all();
  tell(status.id);
}

// --- the engine

FakeEngine::FakeEngine(std::string name, util::Poster poster, std::shared_ptr<FakeDaemon> daemon,
                       std::string installation)
    : name_(std::move(name)),
      poster_(std::move(poster)),
      daemon_(std::move(daemon)),
      installation_(std::move(installation)) {}

FakeEngine::~FakeEngine() {
  {
    const std::lock_guard lock(daemon_->monitor_.mutex);
    stopping_ = true;
    daemon_->watchers_.erase(this);
    daemon_->monitor_.changed.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

std::shared_ptr<FakeContainer> FakeEngine::find(const RunId& run) const {
  const auto found = daemon_->containers_.find(run);
  return found == daemon_->containers_.end() ? nullptr : found->second;
}

void FakeEngine::ping(util::Callback<void> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  answer<void>(done, daemon_->away_ ? util::Status(away()) : util::Status());
}

void FakeEngine::describe(util::Callback<Description> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (daemon_->away_) return answer<Description>(done, away());
  answer<Description>(done, Description{"fake",
                                        "1.0",
                                        "amd64",
                                        "linux",
                                        daemon_->capacity_,
                                        {.has_queue = daemon_->has_queue_},
                                        {},
                                        daemon_->no_runs_});
}

void FakeEngine::submit(RunSpec spec, util::Callback<RunStatus> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  ++daemon_->submits_;
  if (daemon_->away_ || daemon_->failing_submits_ > 0) {
    if (daemon_->failing_submits_ > 0) --daemon_->failing_submits_;
    return answer<RunStatus>(done, away());
  }
  if (const auto present = find(spec.id)) {
    // A second submit() of the same run is answered when the run is no longer in preparation.
    threads_.emplace_back([this, present, done] {
      Lock waiting(daemon_->monitor_.mutex);
      daemon_->monitor_.changed.wait(waiting, [&] {
        return stopping_ || present->released || present->status.state == RunState::running ||
               present->status.state == RunState::ended;
      });
      if (!stopping_) answer<RunStatus>(done, daemon_->translated(present->status));
    });
    return;
  }
  auto container = std::make_shared<FakeContainer>();
  container->status.id = spec.id;
  container->status.state = RunState::preparing;
  container->spec = std::move(spec);
  daemon_->containers_[container->status.id] = container;
  daemon_->threads_.emplace_back([daemon = daemon_.get(), container, poster = poster_, done = std::move(done)] {
    daemon->live(container, poster, done);
  });
}

void FakeEngine::inspect(std::vector<RunId> runs, util::Callback<std::vector<RunStatus>> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (daemon_->away_) return answer<std::vector<RunStatus>>(done, away());
  std::vector<RunStatus> statuses;
  for (const RunId& run : runs) {
    const auto container = find(run);
    RunStatus status;
    status.id = run;
    status.state = RunState::absent;
    if (container) status = daemon_->translated(container->status);
    if (const auto error = daemon_->failure(run, "inspect")) {
      if (is_silence(*error) && runs.size() == 1) return answer<std::vector<RunStatus>>(done, *error);
      status = RunStatus{};
      status.id = run;
    }
    statuses.push_back(std::move(status));
  }
  answer<std::vector<RunStatus>>(done, std::move(statuses));
}

void FakeEngine::cancel(const RunId& run, std::chrono::seconds grace, util::Callback<void> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (const auto error = daemon_->failure(run, "cancel")) return answer<void>(done, *error);
  if (daemon_->away_) return answer<void>(done, away());
  if (const auto container = find(run)) {
    container->term = true;
    container->status.is_paused = false;
    if (!container->kill_at) container->kill_at = std::chrono::steady_clock::now() + grace;
    daemon_->monitor_.changed.notify_all();
  }
  answer<void>(done, {});
}

util::Status FakeEngine::follow(const std::shared_ptr<FakeContainer>& container, LogSink& sink) {
  std::size_t out = 0;
  std::size_t err = 0;
  Lock lock(daemon_->monitor_.mutex);
  while (true) {
    if (stopping_ || daemon_->away_ || container->released) return away();
    const std::string more_out = container->out.substr(out);
    const std::string more_err = container->err.substr(err);
    if (more_out.empty() && more_err.empty()) {
      if (container->status.state == RunState::ended) return {};
      daemon_->monitor_.changed.wait(lock);
      continue;
    }
    out += more_out.size();
    err += more_err.size();
    lock.unlock();
    const bool more = (more_out.empty() || sink.on_stdout(more_out)) && (more_err.empty() || sink.on_stderr(more_err));
    lock.lock();
    if (!more) return {};
  }
}

void FakeEngine::logs(const RunId& run, std::shared_ptr<LogSink> sink, util::Callback<void> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (const auto error = daemon_->failure(run, "logs")) return answer<void>(done, *error);
  const auto container = find(run);
  if (daemon_->away_ || !container) return answer<void>(done, away());
  threads_.emplace_back([this, container, sink = std::move(sink), done = std::move(done)] {
    answer<void>(done, follow(container, *sink));
  });
}

CollectedOutputs FakeEngine::copy_out(const FakeContainer& container, const std::vector<OutputPattern>& outputs,
                                      OutputSink& sink) {
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : container.files) paths.push_back(path);
  for (const auto& [path, target] : container.links) paths.push_back(path);
  CollectedOutputs collected;
  for (std::size_t index = 0; index < outputs.size(); ++index) {
    bool any = false;
    for (const std::string& path : paths) {
      const bool matches =
          outputs[index].is_glob ? task::glob_matches(outputs[index].pattern, path) : outputs[index].pattern == path;
      if (!matches || is_staged(container, outputs[index], path)) continue;
      const std::string* bytes = file_at(container, path);
      if (bytes == nullptr) {
        if (outputs[index].is_glob) collected.notes.push_back(path + " is a symbolic link that leads nowhere");
        continue;
      }
      any = true;
      auto opened = sink.open(index, path, bytes->size());
      const util::Status copied = opened.ok() ? copy(*bytes, **opened) : opened.error();
      if (copied.ok()) continue;
      collected.missing.emplace_back(index, copied.error().message);
      if (copied.error().code == util::ErrorCode::too_many) break;
    }
    if (!any) collected.missing.emplace_back(index, "there is no such file");
  }
  return collected;
}

void FakeEngine::collect(const RunId& run, std::vector<OutputPattern> outputs, std::shared_ptr<OutputSink> sink,
                         util::Callback<CollectedOutputs> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (const auto error = daemon_->failure(run, "collect")) return answer<CollectedOutputs>(done, *error);
  const auto container = find(run);
  if (daemon_->away_ || !container) return answer<CollectedOutputs>(done, away());
  threads_.emplace_back(
      [this, container, outputs = std::move(outputs), sink = std::move(sink), done = std::move(done)] {
        Lock waiting(daemon_->monitor_.mutex);
        daemon_->monitor_.changed.wait(waiting, [&] { return stopping_ || !daemon_->collects_held_; });
        if (stopping_) return;
        answer<CollectedOutputs>(done, copy_out(*container, outputs, *sink));
      });
}

void FakeEngine::release(const RunId& run, util::Callback<void> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (daemon_->away_) return answer<void>(done, away());
  if (const auto container = find(run)) {
    container->released = true;
    daemon_->containers_.erase(run);
    daemon_->monitor_.changed.notify_all();
  }
  answer<void>(done, {});
}

void FakeEngine::watch(std::function<void(std::optional<RunId>)> hint) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (!daemon_->away_) poster_([hint] { hint(std::nullopt); });
  daemon_->watchers_[this] = {poster_, std::move(hint)};
}

void FakeEngine::image(const task::ImageReference& reference, util::Callback<ImageFacts> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (daemon_->away_) return answer<ImageFacts>(done, away());
  if (!reference.to_string().ends_with("/conformance:test")) {
    return answer<ImageFacts>(done, util::Error::of(util::ErrorCode::not_found, "no such image"));
  }
  const std::string digest = "sha256:" + std::string(64, 'f');
  answer<ImageFacts>(done, ImageFacts{digest, digest, 1 << 20, "amd64", "linux", "", {}});
}

void FakeEngine::disk_space(util::Callback<std::optional<DiskSpace>> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (daemon_->away_) return answer<std::optional<DiskSpace>>(done, away());
  answer<std::optional<DiskSpace>>(done, daemon_->disk_);
}

void FakeEngine::disk_use(std::vector<RunId> runs, util::Callback<std::map<RunId, std::uint64_t>> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (daemon_->away_) return answer<std::map<RunId, std::uint64_t>>(done, away());
  std::map<RunId, std::uint64_t> use;
  for (const RunId& run : runs) {
    const auto container = find(run);
    if (!container) continue;
    std::uint64_t bytes = daemon_->disk_use_;
    for (const auto& [path, content] : container->files) bytes += content.size();
    use[run] = bytes;
  }
  answer<std::map<RunId, std::uint64_t>>(done, std::move(use));
}

void FakeEngine::list_owned(util::Callback<std::vector<RunId>> done) {
  const std::lock_guard lock(daemon_->monitor_.mutex);
  if (daemon_->away_) return answer<std::vector<RunId>>(done, away());
  std::vector<RunId> runs;
  for (const auto& [id, container] : daemon_->containers_) {
    if (installation_.empty() || id.installation == installation_) runs.push_back(id);
  }
  answer<std::vector<RunId>>(done, std::move(runs));
}

}  // namespace executor::testing

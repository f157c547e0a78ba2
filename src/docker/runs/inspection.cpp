#include "docker/runs/inspection.h"

#include <chrono>
#include <utility>

#include "docker/api/json.h"
#include "docker/api/labels.h"
#include "docker/differences.h"
#include "docker/logs/log_frames.h"
#include "util/text.h"

namespace docker {
namespace {

using executor::EndCause;
using executor::RunState;
using executor::RunStatus;

constexpr std::size_t at_once = 8;
/// The timeout of one inspection: an engine may keep a container locked, and that must not delay the other runs.
constexpr std::chrono::seconds inspection_timeout{10};
constexpr std::size_t longest_last_words = 2000;

std::string container_path(const executor::RunId& run) { return "/containers/" + util::percent_encode(run.name()); }

/// Collects a short log. The log of a container whose init failed is one line on stderr.
struct LastWords {
  std::string text;
  bool is_more = false;
  LogFrames frames{[this](LogFrames::Stream stream, std::string_view bytes) {
    is_more = is_more || stream != LogFrames::Stream::error || text.size() + bytes.size() > longest_last_words;
    if (!is_more) text.append(bytes);
    return !is_more;
  }};
};

/// Adds the command to the line, because not every init names the command that it could not run.
std::string with_command(std::string_view line, const std::string& command) {
  const bool is_named = line.find(command) != std::string_view::npos;
  return engine_words(is_named ? std::string(line) : command + ": " + std::string(line));
}

void ask_last_words(Api& api, RunStatus status, std::string command, util::Callback<RunStatus> done) {
  auto words = std::make_shared<LastWords>();
  Request request;
  request.path = container_path(status.id) + "/logs?stdout=1&stderr=1";
  request.timeout = inspection_timeout;
  request.on_data = [words](std::string_view bytes) { return words->frames.feed(bytes); };
  api.call(std::move(request), [words, status = std::move(status), command = std::move(command),
                                done = std::move(done)](const util::Result<Answer>&) mutable {
    const auto line = util::trim(words->text);
    const bool is_one_line = !words->is_more && line.find('\n') == std::string_view::npos;
    if (const auto cause = cause_of_init_failure(line, *status.ended->exit_code); cause && is_one_line) {
      status.ended->cause = *cause;
      status.ended->detail = with_command(line, command);
      status.ended->command = engine_words(command);
    }
    done(std::move(status));
  });
}

}  // namespace

void inspect_run(Api& api, const executor::RunId& run, const StatusContext& known, util::Callback<RunStatus> done) {
  Request request;
  request.path = container_path(run) + "/json";
  request.timeout = inspection_timeout;
  api.call(std::move(request), [&api, run, known, done = std::move(done)](util::Result<Answer> result) {
    if (!result.ok()) return done(std::move(result).error());
    RunStatus absent;
    absent.id = run;
    absent.state = RunState::absent;
    if (result->status == 404) return done(std::move(absent));
    if (!result->ok()) return done(result->error());
    const auto container = result->json();
    if (!container.ok()) return done(container.error());
    if (!labels::are_of(json::at(*container, {"Config", "Labels"}), run)) return done(std::move(absent));
    auto on_clock = known;
    on_clock.clock_ahead = api.clock().ahead();
    auto status = read_status(run, *container, on_clock);
    if (!status) return done(util::Error::of(util::ErrorCode::internal, "the engine's answer makes no sense"));
    const bool exited = status->ended && status->ended->cause == EndCause::exited;
    if (exited && may_be_init_failure(known.kind, *status->ended->exit_code)) {
      return ask_last_words(api, *std::move(status), command_of(*container), done);
    }
    done(*std::move(status));
  });
}

Inspection::Inspection(Api& api, std::vector<Question> questions, util::Callback<std::vector<executor::RunStatus>> done)
    : api_(api), questions_(std::move(questions)), done_(std::move(done)), statuses_(questions_.size()) {}

void Inspection::begin() {
  if (questions_.empty()) return done_(std::vector<RunStatus>());
  for (std::size_t i = 0; i < at_once; ++i) next();
}

void Inspection::next() {
  if (next_ == questions_.size()) return;
  const auto index = next_++;
  inspect_run(
      api_, questions_[index].run, questions_[index].known,
      [self = shared_from_this(), index](util::Result<RunStatus> result) { self->take(index, std::move(result)); });
}

void Inspection::take(std::size_t index, util::Result<RunStatus> result) {
  if (result.ok()) {
    statuses_[index] = *std::move(result);
  } else {
    statuses_[index].id = questions_[index].run;
    statuses_[index].state = RunState::unknown;
    if (executor::is_silence(result.error())) {
      silence_ = std::move(result).error();
      ++silent_;
    }
  }
  if (++answered_ < questions_.size()) return next();
  if (silent_ == questions_.size()) return done_(*silence_);
  done_(std::move(statuses_));
}

}  // namespace docker

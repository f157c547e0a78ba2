#include "docker/runs/submission.h"

#include <algorithm>
#include <chrono>

#include "docker/api/json.h"
#include "docker/api/labels.h"
#include "docker/differences.h"
#include "docker/images/image.h"
#include "docker/images/image_search.h"
#include "docker/images/passwd.h"
#include "docker/runs/mount_mending.h"
#include "docker/runs/mounts.h"
#include "docker/runs/run_network.h"
#include "docker/runs/status.h"
#include "util/failpoint.h"
#include "util/log.h"
#include "util/text.h"

namespace docker {
namespace {

using executor::EndCause;
using executor::RunState;

/// Bytes of a larger upload go at the pace of disk and network: nobody waits for it.
constexpr std::uint64_t largest_upload_in_turn = 1U << 20U;
constexpr std::chrono::minutes longest_start{3};
constexpr std::chrono::hours longest_staging{6};
constexpr std::chrono::milliseconds repeat_pause{500};

std::string container_path(const std::string& name) { return "/containers/" + util::percent_encode(name); }

/// How many runs are created and started at a time: one per processor of the engine, because this work needs the CPU.
std::size_t starts_at_once(const executor::Description& machine) {
  return static_cast<std::size_t>(std::max(machine.capacity.millicores / 1000, std::int64_t{2}));
}

Request get(std::string path) {
  Request request;
  request.path = std::move(path);
  return request;
}

Request post(std::string path) {
  Request request;
  request.method = "POST";
  request.path = std::move(path);
  return request;
}

}  // namespace

Submission::Submission(SubmissionContext context, executor::RunSpec spec, const Facts& facts, Callbacks callbacks)
    : context_(context),
      spec_(std::move(spec)),
      name_(spec_.id.name()),
      facts_(facts),
      callbacks_(std::move(callbacks)) {}

void Submission::begin() {
  if (is_renewed()) return pull();
  say("looking for the image");
  inspect_image();
}

void Submission::cancel() {
  cancelled_ = true;
  if (pulling_)
    context_.puller.leave(*std::exchange(pulling_, std::nullopt));
  else if (staging_)
    context_.api.cancel(*std::exchange(staging_, std::nullopt));
  else if (!waits_for_turn_)
    return;
  is_over();
}

void Submission::call(Request request, Step next) {
  request.trace = spec_.trace;
  context_.api.call(std::move(request), [self = shared_from_this(), next](util::Result<Answer> result) {
    if (!result.ok()) return self->fail(std::move(result).error());
    if (result->status == 503) return self->fail(result->error());
    if (!self->is_over()) ((*self).*next)(*result);
  });
}

/// Repeats a step after a 5xx answer, because such a failure may be temporary or have another cause than the request.
/// Returns false if the answer is final.
bool Submission::repeats(const Answer& answer, void (Submission::*step)()) {
  if (answer.status < 500 || is_full_disk(answer.message()) || repeats_left_ == 0) return false;
  --repeats_left_;
  context_.api.after(repeat_pause, [self = shared_from_this(), answer, step] {
    mend_mount(self->context_.api, self->name_, answer, [self, step] {
      if (!self->is_over()) ((*self).*step)();
    });
  });
  return true;
}

void Submission::end_refused(EndCause cause, const std::string& words, const std::string& command) {
  end(is_full_disk(words) ? EndCause::no_space : cause, words, command);
}

// The image.

void Submission::inspect_image() {
  find_image(context_.api, spec_.image, [self = shared_from_this()](util::Result<Answer> result) {
    if (!result.ok()) return self->fail(std::move(result).error());
    if (!self->is_over()) self->on_image(*result);
  });
}

void Submission::on_image(const Answer& answer) {
  if (answer.status == 404 && !is_pulled_) return image_is_missing(answer);
  if (!answer.ok() && repeats(answer, &Submission::inspect_image)) return;
  if (!answer.ok())
    return end(answer.status == 404 ? EndCause::image_missing : EndCause::pull_failed, answer.message());
  const auto image = answer.json();
  if (!image.ok()) return fail(image.error());
  take_image(*image);
}

/// True if the image is pulled although the engine may have it: its tag may now name a newer image.
bool Submission::is_renewed() const {
  return context_.options.pull == PullPolicy::always && spec_.image.digest.empty();
}

void Submission::image_is_missing(const Answer& answer) {
  if (not_renewed_) return end(not_renewed_->cause, not_renewed_->detail);
  if (context_.options.pull == PullPolicy::never) {
    return end(EndCause::image_missing, answer.message() + " (this engine is configured not to pull)");
  }
  pull();
}

void Submission::pull() {
  const auto message = "pulling " + spec_.image.to_string();
  say(message);
  const std::weak_ptr<Submission> weak = shared_from_this();
  Puller::Waiter waiter;
  waiter.on_progress = [weak, message](int percent) {
    if (const auto self = weak.lock()) self->say(message, percent);
  };
  waiter.trace = spec_.trace;
  waiter.on_done = [self = shared_from_this()](const Puller::Outcome& outcome) { self->on_pulled(outcome); };
  pulling_ = context_.puller.join(spec_.image, std::move(waiter));
}

void Submission::on_pulled(const Puller::Outcome& outcome) {
  pulling_.reset();
  if (!outcome.ok()) return fail(outcome.error());
  if (is_over()) return;
  if (const auto& failure = *outcome; failure) {
    if (!is_renewed()) return end(failure->cause, failure->detail);
    not_renewed_ = failure;
    return inspect_image();
  }
  is_pulled_ = true;
  step_done("pulled");
  inspect_image();
}

void Submission::take_image(const data::Node& image) {
  const auto facts = image_facts(image, spec_.image);
  const auto& machine = facts_.description;
  const bool is_other_os = !facts.os.empty() && !machine.os.empty() && facts.os != machine.os;
  if (is_other_os || !runs_on(facts.architecture, machine.architecture)) {
    return end(EndCause::image_platform, "the image is for " + facts.os + "/" + facts.architecture +
                                             ", the engine is " + machine.os + "/" + machine.architecture);
  }
  const auto user = read_user(facts.user);
  if (user.is_root) plan_.user = context_.options.run_as;
  owner_ = user.is_root ? plan_.user : user.ids;
  owner_name_ = user.name;
  plan_.image_has_user = sets_variable(image, "USER");
  plan_.image_has_logname = sets_variable(image, "LOGNAME");
  additions_.volumes = own_volumes(volumes_of(image), spec_.mounts);
  const auto* passwd = context_.passwds.find(facts.id);
  plan_.user_name = passwd != nullptr ? user_name(*passwd) : owner_name_.empty() ? name_for_user("") : owner_name_;
  plan_.kind = facts_.kind;
  plan_.image_id = facts.id;
  plan_.image_digest = report_.image_digest = facts.digest;
  if (not_renewed_) {
    plan_.note = engine_words("its registry did not give the image " + spec_.image.to_string() + ", and the one that " +
                              context_.options.name + " had was used: " + not_renewed_->detail);
  }
  wait_for_turn();
}

// The container.

void Submission::wait_for_turn() {
  say("waiting for other runs to be started");
  waits_for_turn_ = true;
  turn_ = context_.turns.take(starts_at_once(facts_.description), [self = shared_from_this()] { self->on_turn(); });
}

void Submission::on_turn() {
  waits_for_turn_ = false;
  if (!is_over()) check_mounts();
}

void Submission::check_mounts() {
  if (spec_.mounts.empty()) return choose_network();
  docker::check_mounts(context_.api, context_.workers, facts_.kind, spec_.mounts,
                       [self = shared_from_this()](util::Result<std::optional<std::string>> verdict) {
                         if (!verdict.ok()) return self->fail(std::move(verdict).error());
                         if (self->is_over()) return;
                         if (*verdict) return self->end(EndCause::start_refused, **verdict);
                         self->choose_network();
                       });
}

void Submission::choose_network() {
  if (spec_.network.kind == executor::Network::Kind::named) plan_.network = spec_.network.name;
  if (!Networks::is_needed(spec_)) return create_volume();
  plan_.sealed_network = Networks::is_sealed(spec_, context_.options);
  auto done = [self = shared_from_this()](util::Result<std::string> network) { self->on_network(std::move(network)); };
  if (!has_network_per_run(facts_.kind)) return context_.networks.ensure(spec_, std::move(done));
  plan_.publishes_ports = !plan_.sealed_network;
  make_run_network(context_.api, facts_, context_.options, spec_, std::move(done));
}

void Submission::on_network(util::Result<std::string> network) {
  if (is_over()) return;
  if (!network.ok() && network.error().code == util::ErrorCode::unsupported) {
    return end(EndCause::start_refused, network.error().message);
  }
  if (!network.ok()) return fail(std::move(network).error());
  plan_.network = *network;
  create_volume();
}

void Submission::create_volume() {
  say("creating the container");
  auto request = post("/volumes/create");
  request.body = volume_config(spec_.id);
  call(std::move(request), &Submission::on_volume);
}

void Submission::on_volume(const Answer& answer) {
  if (answer.ok()) {
    util::failpoint("volume.created");
    return create_container();
  }
  if (!repeats(answer, &Submission::create_volume)) end_refused(EndCause::start_refused, answer.message());
}

void Submission::create_container() {
  auto request = post("/containers/create?name=" + util::percent_encode(name_));
  plan_.rlimits = context_.rlimits;
  request.body = container_config(spec_, plan_, context_.options);
  call(std::move(request), &Submission::on_container);
}

void Submission::on_container(const Answer& answer) {
  if (name_is_taken(answer)) return call(get(container_path(name_) + "/json"), &Submission::on_taken_name);
  if (!answer.ok()) {
    if (repeats(answer, &Submission::create_container)) return;
    const bool no_image = answer.status == 404 && answer.message().find("image") != std::string::npos;
    return end_refused(no_image ? EndCause::image_missing : EndCause::start_refused, answer.message());
  }
  util::failpoint("container.created");
  is_ours_ = true;
  step_done("created");
  find_owner();
}

/// The container was created by an earlier submission of this or an earlier process: continue where that one stopped.
void Submission::on_taken_name(const Answer& answer) {
  if (!answer.ok()) return fail(answer.error());
  const auto container = answer.json();
  if (!container.ok()) return fail(container.error());
  if (!labels::are_of(json::at(*container, {"Config", "Labels"}), spec_.id)) {
    return end(EndCause::start_refused, "the engine has a container " + name_ + " that is not ours");
  }
  auto status = status_of(*container);
  if (!status) return fail(util::Error::of(util::ErrorCode::internal, "the engine's answer makes no sense"));
  if (status->state != RunState::absent) return finish(*std::move(status));
  step_done("created");
  find_owner();
}

void Submission::find_owner() {
  if (const auto* known = context_.passwds.find(plan_.image_id)) return on_passwd(std::string(*known));
  read_passwd(context_.api, name_, [self = shared_from_this()](util::Result<PasswdAnswer> result) {
    if (!result.ok()) return self->fail(std::move(result).error());
    if (self->is_over()) return;
    if (const auto& failure = result->failure) {
      // Podman looks up the image's user before it reads any file.
      if (is_unknown_user(*failure)) return self->on_passwd("");
      if (!self->repeats(*failure, &Submission::find_owner)) {
        self->end_refused(EndCause::start_refused, failure->message());
      }
      return;
    }
    self->context_.passwds.add(self->plan_.image_id, result->text);
    self->on_passwd(result->text);
  });
}

std::string Submission::user_name(const std::string& passwd) const {
  if (!owner_) return owner_name_;
  return name_of_user(passwd, owner_->uid).value_or(name_for_user(passwd));
}

void Submission::on_passwd(const std::string& text) {
  if (!owner_) {
    owner_ = find_user(text, owner_name_);
    const auto refused = [this](const std::string& why) {
      end(EndCause::start_refused, "the image's user '" + util::for_display(owner_name_) + "' is " + why);
    };
    if (!owner_) return refused("not in its /etc/passwd");
    if (owner_->uid == 0) return refused("root");
  }
  const auto name = owner_name_.empty() ? user_name(text) : owner_name_;
  // The container was created with another user name in its environment. This happens at most once per image; the
  // container of an earlier submission is left as it is.
  if (is_ours_ && plan_.user_name != std::exchange(plan_.user_name, name)) return make_again();
  if (!name_of_user(text, owner_->uid)) additions_.passwd = with_user(text, name, *owner_);
  stage();
}

/// Removes the container and creates it again with the changed plan.
void Submission::make_again() {
  is_ours_ = false;
  Request request;
  request.method = "DELETE";
  request.path = container_path(name_) + "?force=1&v=1";
  context_.api.call(std::move(request), [self = shared_from_this()](util::Result<Answer> result) {
    if (!result.ok()) return self->fail(std::move(result).error());
    if (!self->is_over()) self->create_container();
  });
}

void Submission::stage() {
  say(spec_.inputs.empty() ? "preparing the container"
                           : "staging in " + std::to_string(spec_.inputs.size()) + " files");
  tar_ = std::make_shared<TarSource>(staging_items(spec_.inputs, *owner_, spec_.workdir, additions_));
  if (tar_->size() > largest_upload_in_turn) context_.turns.give_back(*turn_);
  Request request;
  request.method = "PUT";
  request.path = container_path(name_) + "/archive?path=%2F";
  request.body_source = tar_;
  request.lane = net::Lane::transfer;
  request.timeout = longest_staging;
  staging_ = context_.api.call(std::move(request), [self = shared_from_this()](const util::Result<Answer>& result) {
    self->staging_.reset();
    self->on_staged(result);
  });
}

void Submission::on_staged(const util::Result<Answer>& result) {
  if (tar_->error()) return end(EndCause::input_failed, tar_->error()->message);
  if (!result.ok()) return fail(result.error());
  if (is_over()) return;
  if (!result->ok()) {
    if (!repeats(*result, &Submission::find_owner)) end_refused(EndCause::input_failed, result->message());
    return;
  }
  tar_.reset();
  util::failpoint("container.staged");
  step_done("staged");
  start();
}

void Submission::start() {
  say("starting");
  is_starting_ = true;
  --starts_left_;
  auto request = post(container_path(name_) + "/start");
  request.timeout = longest_start;
  call(std::move(request), &Submission::on_started);
  util::failpoint("container.starting");
}

void Submission::on_started(const Answer& answer) {
  if (answer.ok() || answer.status == 304) {
    util::failpoint("container.started");
    step_done("started");
    if (!spec_.ports.empty()) return call(get(container_path(name_) + "/json"), &Submission::on_running);
    executor::RunStatus status;
    status.state = RunState::running;
    status.started_at = report_.steps["started"];
    return finish(std::move(status));
  }
  refusal_ = answer;
  if (is_port_clash(answer.message()) && starts_left_ > 0 && !cancelled_) return start_again();
  if (!cancelled_ && lowers_rlimit(answer.message())) return make_another();
  call(get(container_path(name_) + "/json"), &Submission::on_refused);
}

/// Starts again after a port clash; the engine then chooses other ports.
void Submission::start_again() { chooses_ports_at_create(facts_.kind) ? make_another() : start(); }

/// True if the start was refused because of an rlimit that the engine cannot set, and a lower one can be tried.
bool Submission::lowers_rlimit(const std::string& words) {
  const auto name = refused_rlimit(words);
  if (name.empty()) return false;
  const auto wanted = name == "nproc" ? processes_of_user : spec_.limits.open_files;
  if (!context_.rlimits.lower(name, plan_.rlimits.of(name, wanted))) return false;
  util::log_warning("the engine may not give a run what it should have of a limit: it is asked for less",
                    {{"engine", context_.options.name}, {"limit", name}, {"next", context_.rlimits.of(name, wanted)}});
  return true;
}

void Submission::make_another() {
  is_starting_ = false;
  make_again();
}

/// The engine refused the start: check whether the container has started nevertheless.
void Submission::on_refused(const Answer& answer) {
  if (!answer.ok() && answer.status != 404) return fail(answer.error());
  const auto container = answer.json();
  if (!container.ok()) return fail(container.error());
  const auto status = status_of(*container);
  if (status && status->started_at) {
    step_done("started");
    return finish(*status);
  }
  is_starting_ = false;
  if (is_over()) return;
  const auto words = refusal_.message();
  const auto code = json::number(*container, {"State", "ExitCode"}).value_or(0);
  const auto cause = cause_of_refused_start(words, static_cast<int>(code));
  const bool has_no_reason = cause == EndCause::start_refused && status && status->state == RunState::absent;
  if (has_no_reason && repeats(refusal_, &Submission::start)) return;
  end_refused(cause, words, command_of(*container));
}

void Submission::on_running(const Answer& answer) {
  if (!answer.ok()) return fail(answer.error());
  const auto container = answer.json();
  if (!container.ok()) return fail(container.error());
  auto status = status_of(*container);
  if (!status) return fail(util::Error::of(util::ErrorCode::internal, "the engine's answer makes no sense"));
  finish(*std::move(status));
}

std::optional<executor::RunStatus> Submission::status_of(const data::Node& container) const {
  return read_status(spec_.id, container,
                     {.kind = facts_.kind, .stopped_by_us = false, .clock_ahead = context_.api.clock().ahead()});
}

// Progress and result.

void Submission::say(std::string message, std::optional<int> percent) {
  report_.progress = {std::move(message), percent};
  callbacks_.on_change();
}

void Submission::step_done(const std::string& name) { report_.steps[name] = util::now(); }

bool Submission::is_over() {
  if (cancelled_ && !is_starting_ && !done_) end(EndCause::start_refused, "cancelled before it was started");
  return done_;
}

void Submission::end(EndCause cause, const std::string& detail, const std::string& command) {
  executor::RunStatus status;
  status.state = RunState::ended;
  status.ended.emplace();
  status.ended->cause = cause;
  status.ended->memory = executor::MemoryEvidence::none;
  status.ended->detail = engine_words(detail);
  status.ended->command = engine_words(command);
  finish(std::move(status));
}

void Submission::fail(util::Error error) { done(std::move(error)); }

void Submission::finish(executor::RunStatus status) {
  status.id = spec_.id;
  status.progress = {};
  status.steps = report_.steps;
  if (status.image_digest.empty()) status.image_digest = report_.image_digest;
  if (status.notes.empty() && !plan_.note.empty()) status.notes.push_back(plan_.note);
  done(std::move(status));
}

void Submission::done(util::Result<executor::RunStatus> result) {
  if (std::exchange(done_, true)) return;
  if (turn_) context_.turns.give_back(*turn_);
  callbacks_.on_done(std::move(result));
}

}  // namespace docker

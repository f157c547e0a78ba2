// Prepares and starts one run: image, network, volume, container, staging, start. Each step can be repeated.
//
// Used on the loop's thread. Owned by the engine's state of the run until it is done.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "docker/api/api.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "docker/images/passwd.h"
#include "docker/images/pull.h"
#include "docker/runs/container_config.h"
#include "docker/runs/networks.h"
#include "docker/runs/staging.h"
#include "docker/tar/tar_source.h"
#include "docker/turns.h"
#include "executor/engine.h"
#include "util/async.h"
#include "util/worker_pool.h"

namespace docker {

/// What all submissions share.
struct SubmissionContext {
  Api& api;
  Puller& puller;
  Networks& networks;
  PasswdBook& passwds;
  Turns& turns;
  util::WorkerPool& workers;
  Rlimits& rlimits;
  const Options& options;
};

class Submission : public std::enable_shared_from_this<Submission> {
 public:
  /// Progress and facts of a submission that is under way.
  struct Report {
    executor::Progress progress;
    std::string image_digest;
    std::map<std::string, util::Instant> steps;
  };
  struct Callbacks {
    std::function<void()> on_change;
    /// Called with a status that is `running` or `ended`, or with an Error if the engine did not answer.
    util::Callback<executor::RunStatus> on_done;
  };

  Submission(SubmissionContext context, executor::RunSpec spec, const Facts& facts, Callbacks callbacks);

  void begin();
  /// Ends the submission before its next step, with the run not started. Has no effect once the start has been
  /// requested. Leaves a pull and aborts staging; any other call that is under way is completed first.
  void cancel();
  const Report& report() const { return report_; }

 private:
  using Step = void (Submission::*)(const Answer&);
  void call(Request request, Step next);
  bool repeats(const Answer& answer, void (Submission::*step)());

  void inspect_image();
  void on_image(const Answer& answer);
  void take_image(const data::Node& image);
  void pull();
  void on_pulled(const Puller::Outcome& outcome);
  void image_is_missing(const Answer& answer);
  bool is_renewed() const;

  void wait_for_turn();
  void on_turn();
  void check_mounts();
  void choose_network();
  void on_network(util::Result<std::string> network);
  void create_volume();
  void on_volume(const Answer& answer);
  void create_container();
  void on_container(const Answer& answer);
  void on_taken_name(const Answer& answer);

  void find_owner();
  void on_passwd(const std::string& text);
  std::string user_name(const std::string& passwd) const;
  void make_again();
  void stage();
  void on_staged(const util::Result<Answer>& result);
  void start();
  void start_again();
  void make_another();
  bool lowers_rlimit(const std::string& words);
  void on_started(const Answer& answer);
  void on_refused(const Answer& answer);
  void on_running(const Answer& answer);

  std::optional<executor::RunStatus> status_of(const data::Node& container) const;
  void say(std::string message, std::optional<int> percent = std::nullopt);
  void step_done(const std::string& name);
  /// `command`: the executable that could not be started, where that is known.
  void end(executor::EndCause cause, const std::string& detail, const std::string& command = {});
  void end_refused(executor::EndCause cause, const std::string& words, const std::string& command = {});
  void fail(util::Error error);
  void finish(executor::RunStatus status);
  void done(util::Result<executor::RunStatus> result);
  bool is_over();

  SubmissionContext context_;
  const executor::RunSpec spec_;
  const std::string name_;
  const Facts facts_;
  Callbacks callbacks_;
  Report report_;
  ContainerPlan plan_;
  std::optional<UserIds> owner_;
  std::string owner_name_;  // name of the user, to be looked up in the image's /etc/passwd
  ImageAdditions additions_;
  bool is_ours_ = false;  // this submission created the container
  Answer refusal_;        // the answer that refused the start
  std::shared_ptr<TarSource> tar_;
  std::optional<Api::CallId> staging_;
  std::optional<Puller::WaiterId> pulling_;
  std::optional<Turns::Id> turn_;
  bool waits_for_turn_ = false;
  bool is_pulled_ = false;
  std::optional<PullFailure> not_renewed_;  // why the pull of a newer image failed
  int starts_left_ = 3;
  int repeats_left_ = 2;
  bool cancelled_ = false;
  bool is_starting_ = false;  // the start has been requested
  bool done_ = false;
};

}  // namespace docker

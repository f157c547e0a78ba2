// docker-uws: the command line.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "ask_command.h"
#include "config/checks.h"
#include "conformance/suite.h"
#include "identity/password.h"
#include "service.h"
#include "settings.h"
#include "util/failpoint.h"
#include "util/log.h"
#include "util/supervisor.h"

namespace {

/// Returns nullopt after printing every fault of the configuration file.
std::optional<Settings> load(const std::string& name) {
  config::Faults faults;
  const auto file = config::read_file(name, faults);
  std::optional<Settings> settings;
  if (file) settings = read_settings(*file, faults);
  for (const config::Fault& fault : faults) std::cerr << config::to_string(fault, name) << "\n";
  if (!faults.empty()) return std::nullopt;
  return settings;
}

int check_config(const std::string& name) {
  const auto settings = load(name);
  if (!settings) return EXIT_FAILURE;
  config::Faults faults;
  if (const auto file = config::read_file(name, faults)) {
    for (const config::Fault& missing : find_missing_places(*file, *settings)) {
      std::cerr << config::to_warning(missing, name) << "\n";
    }
  }
  std::cout << name << ": no faults\n";
  return EXIT_SUCCESS;
}

/// Each connection takes a file descriptor, and the usual soft limit of 1024 is too low.
void raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Signals that make other services read their configuration again or reopen their log. They must not end this one.
bool is_ignored(int signal) { return signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2; }

/// Waits for one of the blocked signals and returns it. If the supervisor has a watchdog, notifies it meanwhile.
int wait_for_signal(const sigset_t& signals, Service& service) {
  const auto watchdog = util::watchdog_interval();
  int received = 0;
  if (!watchdog) {
    sigwait(&signals, &received);
    return received;
  }
  constexpr int beats_per_interval = 3;
  const auto pause = std::chrono::duration_cast<std::chrono::nanoseconds>(*watchdog / beats_per_interval);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(pause);
  const timespec time{seconds.count(), (pause - seconds).count()};
  for (;;) {
    if (service.is_alive()) util::notify_supervisor("WATCHDOG=1");
    received = sigtimedwait(&signals, nullptr, &time);
    if (received > 0) return received;
  }
}

/// Waits for a signal that ends the service, and returns it.
int wait_for_end(const sigset_t& signals, Service& service) {
  for (;;) {
    const int received = wait_for_signal(signals, service);
    if (!is_ignored(received)) return received;
    util::log_info("signal ignored: the configuration is read at the start, and the log is standard error",
                   {{"signal", strsignal(received)}});
  }
}

int serve(const std::string& name) {
  const auto settings = load(name);
  if (!settings) return EXIT_FAILURE;
  util::configure_log(settings->log_level, settings->log_format);

  // Blocked before the first thread starts: every thread inherits the mask, so only wait_for_end() receives these.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int each : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&signals, each);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A write that fails then returns an error instead of killing the process.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  raise_open_files();

#ifdef DUWS_FAILPOINTS
  if (const auto armed = util::arm_failpoint(); !armed.ok()) {
    util::log_error("the service cannot start", {{"reason", armed.error().message}});
    return EXIT_FAILURE;
  }
#endif
  auto service = Service::start(*settings);
  if (!service.ok()) {
    util::log_error("the service cannot start", {{"reason", service.error().message}});
    return EXIT_FAILURE;
  }
  util::log_info("serving", {{"address", settings->http.address}, {"port", service.value()->port()}});
  util::notify_supervisor("READY=1\nSTATUS=serving");
  const int received = wait_for_end(signals, *service.value());
  util::notify_supervisor("STOPPING=1\nSTATUS=draining");
  util::log_info("draining", {{"signal", received}});
  service.value()->drain();
  util::log_info("stopped");
  return EXIT_SUCCESS;
}

/// Reads one line from standard input; on a terminal, without echo.
std::string read_password() {
  const bool terminal = isatty(STDIN_FILENO) == 1;
  termios before{};
  if (terminal) {
    tcgetattr(STDIN_FILENO, &before);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    std::cerr << "Password: ";
  }
  std::string password;
  std::getline(std::cin, password);
  if (terminal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::cerr << "\n";
  }
  return password;
}

int hash_password() {
  const std::string password = read_password();
  if (password.empty()) {
    std::cerr << "an empty password is none\n";
    return EXIT_FAILURE;
  }
  std::cout << identity::hash_password(password) << "\n";
  return EXIT_SUCCESS;
}

int ask_planners(const AskCommand& question, const std::string& file) {
  if (question.question.empty() == question.type.empty()) {
    std::cerr << "either a file with the question, or --type\n";
    return EXIT_FAILURE;
  }
  if (question.type.empty() && (!question.info.empty() || !question.resources.empty())) {
    std::cerr << "--info and --resource go with --type: a file says it all\n";
    return EXIT_FAILURE;
  }
  std::optional<Settings> settings;
  if (!file.empty()) {
    settings = load(file);
    if (!settings) return EXIT_FAILURE;
  }
  return ask(question, settings);
}

int check_conformance(const conformance::Options& options) {
  net::Client client;
  const bool holds = conformance::run(client, options, [](const conformance::Finding& finding) {
    const char* word = finding.outcome == conformance::Outcome::holds   ? "holds "
                       : finding.outcome == conformance::Outcome::fails ? "FAILS "
                                                                        : "absent";
    std::cout << word << "  " << finding.what << (finding.why.empty() ? "" : ": " + finding.why) << std::endl;
  });
  client.stop();
  return holds ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"docker-uws: containers as UWS jobs, on Docker and Podman"};
  app.set_version_flag("--version", "docker-uws " DUWS_VERSION);
  app.require_subcommand(1);

  std::string file;
  CLI::App* serving = app.add_subcommand("serve", "Serve until SIGTERM");
  serving->add_option("--config", file, "The configuration file")->required();
  CLI::App* checking = app.add_subcommand("check-config", "Tell every fault of a configuration file, with its line");
  checking->add_option("file", file, "The configuration file")->required();
  CLI::App* hashing =
      app.add_subcommand("hash-password", "Read a password from standard input, print its argon2id hash");

  CLI::App* asking = app.add_subcommand("ask", "Ask planners whether a task can be run, and where");
  AskCommand question;
  asking->add_option("question", question.question, "A file with the question in YAML or JSON; - for standard input");
  asking->add_option("--config", file, "The configuration file: its planner, and those that it knows");
  asking->add_option("--planner", question.planners, "The URL of a planner, or of its accepts; may be repeated")
      ->allow_extra_args(false);
  asking->add_option("--tag", question.tags, "Of the configured planners, those with that tag; may be repeated")
      ->allow_extra_args(false);
  asking->add_option("--type", question.type, "The task type, instead of a question in a file");
  asking->add_option("--info", question.info, "NAME=VALUE of its taskinfo; may be repeated")->allow_extra_args(false);
  asking->add_option("--resource", question.resources, "NAME=VALUE of its resources; may be repeated")
      ->allow_extra_args(false);
  asking->add_flag("--json", question.as_json, "Print the answers as JSON");

  CLI::App* conforming = app.add_subcommand("conformance",
                                            "Tell what of UWS, of simple-docker-uws and of a planner's messages "
                                            "holds of a service; every job that is made is deleted");
  conformance::Options service;
  conforming->add_option("url", service.url, "Of the service: its job list is at /jobs below it")->required();
  conforming->add_option("--jobs", service.jobs, "The URL of the job list, where it is elsewhere");
  conforming->add_option("--image", service.image, "An image that the service runs, with /bin/sh and no entrypoint");
  conforming->add_flag("--planner-only", service.planner_only,
                       "Look at the planner alone: it plans for others, and runs no jobs");
  conforming->add_flag("--choices", service.choices, "Look also at what docker-uws promises where UWS leaves room");
  conforming->add_option("--authorization", service.authorization, "The field Authorization of every request");

  CLI11_PARSE(app, argc, argv);
  if (serving->parsed()) return serve(file);
  if (checking->parsed()) return check_config(file);
  if (asking->parsed()) return ask_planners(question, file);
  if (conforming->parsed()) return check_conformance(service);
  return hashing->parsed() ? hash_password() : EXIT_FAILURE;
}

#include "docker/differences.h"

#include <algorithm>
#include <array>

#include "docker/api/json.h"
#include "util/text.h"

namespace docker {
namespace {

using data::Node;
using executor::EndCause;

constexpr int not_executable_code = 126;
constexpr int not_found_code = 127;
/// The exit code of catatonit, Podman's init, for every failure.
constexpr int catatonit_code = 1;
constexpr std::uint64_t oldest_podman = 4;
constexpr std::uint64_t docker_that_keeps_newlines = 23;

/// Docker's `local` driver keeps bytes unchanged. It writes both streams to one file, each line with a header and a
/// trailer. At max-size it begins a second file, and later a third that replaces the first. So the two files hold
/// `log_bytes` of each stream, even if every line is empty.
Node local_log(std::int64_t log_bytes) {
  constexpr std::int64_t bytes_around_line = 28;
  auto options = Node::object();
  options.set("max-size", Node::string(std::to_string(log_bytes * bytes_around_line + (1 << 20))));
  options.set("max-file", Node::string("2"));
  options.set("compress", Node::string("false"));
  auto config = Node::object();
  config.set("Type", Node::string("local"));
  config.set("Config", std::move(options));
  return config;
}

/// Podman's `k8s-file` driver keeps bytes unchanged, too. It writes both streams to one file, with a header before each
/// piece that it read at once. At max-size it discards the file and begins again. So the size leaves room for
/// `log_bytes` of each stream, even if every byte is a piece of its own.
Node k8s_log(std::int64_t log_bytes) {
  constexpr std::int64_t streams = 2;
  constexpr std::int64_t bytes_of_piece = 48;  // "2026-11-20T23:14:15.000000000+00:00 stdout P x\n"
  auto options = Node::object();
  options.set("max-size", Node::string(std::to_string(log_bytes * streams * bytes_of_piece + (1 << 20))));
  auto config = Node::object();
  config.set("Type", Node::string("k8s-file"));
  config.set("Config", std::move(options));
  return config;
}

bool has(std::string_view text, std::string_view words) { return text.find(words) != std::string_view::npos; }

template <std::size_t count>
bool has_any(std::string_view text, const std::array<std::string_view, count>& phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) { return has(text, phrase); });
}

}  // namespace

std::optional<std::uint64_t> major_version(const Node& version) {
  return util::parse_unsigned(util::split(json::text(version, {"Version"}), '.').front());
}

bool is_lost_mount(const Answer& answer) {
  return answer.status >= 500 && has(answer.message(), "mounting storage for container ");
}

bool is_unknown_user(const Answer& answer) {
  static constexpr std::array<std::string_view, 4> phrases{"unable to find user", "unable to find group",
                                                           "determining run uid", "determining run gid"};
  return answer.status >= 500 && has_any(answer.message(), phrases);
}

bool is_unreadable_path(const Answer& answer) {
  if (answer.status == 400) return true;
  static constexpr std::array<std::string_view, 4> phrases{"too many links", "too many levels of symbolic links",
                                                           "not a directory", "file name too long"};
  return answer.status != 503 && (has_any(answer.message(), phrases) || is_unknown_user(answer));
}

std::string refused_rlimit(std::string_view words) {
  static constexpr std::array<std::string_view, 2> processes{"setting rlimit type 6:", "RLIMIT_NPROC"};
  static constexpr std::array<std::string_view, 2> files{"setting rlimit type 7:", "RLIMIT_NOFILE"};
  if (has_any(words, processes)) return "nproc";
  return has_any(words, files) ? "nofile" : "";
}

bool name_is_taken(const Answer& answer) {
  static constexpr std::array<std::string_view, 2> taken{"already in use", "already used"};
  return answer.status == 409 || (answer.status == 500 && has_any(answer.message(), taken));
}

bool is_port_clash(std::string_view words) {
  static constexpr std::array<std::string_view, 2> phrases{"port is already allocated", "address already in use"};
  return has_any(words, phrases);
}

bool is_full_disk(std::string_view words) {
  static constexpr std::array<std::string_view, 2> phrases{"no space left on device", "disk quota exceeded"};
  return has_any(words, phrases);
}

EndCause cause_of_refused_start(std::string_view words, int exit_code) {
  if (is_full_disk(words)) return EndCause::no_space;
  if (is_port_clash(words)) return EndCause::port_taken;
  if (exit_code == not_found_code) return EndCause::command_missing;
  if (exit_code == not_executable_code) return EndCause::command_not_executable;
  static constexpr std::array<std::string_view, 3> missing{"executable file not found", "no such file or directory",
                                                           "a command that was not found"};
  static constexpr std::array<std::string_view, 2> refused{"permission denied", "exec format error"};
  if (!has(words, "exec")) return EndCause::start_refused;
  if (has_any(words, missing)) return EndCause::command_missing;
  return has_any(words, refused) ? EndCause::command_not_executable : EndCause::start_refused;
}

EndCause cause_of_failed_pull(std::string_view words, long status) {
  static constexpr std::array<std::string_view, 6> denied{"denied",
                                                          "unauthorized",
                                                          "authentication required",
                                                          "no basic auth credentials",
                                                          "incorrect username or password",
                                                          "forbidden"};
  static constexpr std::array<std::string_view, 5> platform{
      "no matching manifest", "does not match the specified platform", "cannot be used on this platform",
      "no image found in manifest list", "no image found in image index"};
  static constexpr std::array<std::string_view, 4> busy{"toomanyrequests", "too many requests", "Too Many Requests",
                                                        "pull rate limit"};
  if (status == 429 || has_any(words, busy)) return EndCause::registry_busy;
  static constexpr std::array<std::string_view, 4> missing{"manifest unknown", "name unknown", "does not exist",
                                                           "manifest for"};
  if (has_any(words, denied)) return EndCause::image_denied;
  if (has_any(words, platform)) return EndCause::image_platform;
  static constexpr std::array<std::string_view, 9> unreachable{
      "dial tcp",         "no such host",          "connection refused",
      "connection reset", "no route to host",      "network is unreachable",
      "i/o timeout",      "TLS handshake timeout", "Client.Timeout exceeded"};
  if (status == 404 || has_any(words, missing)) return EndCause::image_missing;
  if (is_full_disk(words)) return EndCause::no_space;
  return has_any(words, unreachable) ? EndCause::registry_unreachable : EndCause::pull_failed;
}

bool may_be_init_failure(Kind kind, int exit_code) {
  return exit_code == not_executable_code || exit_code == not_found_code ||
         (kind == Kind::podman && exit_code == catatonit_code);
}

std::optional<EndCause> cause_of_init_failure(std::string_view line, int exit_code) {
  const bool tini = line.starts_with("[FATAL tini (") && has(line, ")] exec ") && has(line, " failed: ");
  const bool catatonit = line.starts_with("ERROR (catatonit:") && has(line, "failed to exec pid1: ");
  if (!tini && !catatonit) return std::nullopt;
  const bool missing = exit_code == not_found_code || has(line, "No such file or directory");
  return missing ? EndCause::command_missing : EndCause::command_not_executable;
}

std::string command_of(const Node& container) {
  auto path = json::text(container, {"Path"});
  const auto* args = json::at(container, {"Args"});
  const bool is_init = path.ends_with("/podman-init") || path.ends_with("/init");
  if (!is_init || args == nullptr || args->items().size() < 2 || args->items()[0].text() != "--") return path;
  return args->items()[1].text();
}

Node log_config(Kind kind, std::int64_t log_bytes) {
  return kind == Kind::docker ? local_log(log_bytes) : k8s_log(log_bytes);
}

bool reports_memory(Kind kind) { return kind == Kind::docker; }

bool loses_newlines(const Facts& facts) {
  return facts.kind == Kind::docker && facts.major_version && *facts.major_version < docker_that_keeps_newlines;
}

bool loses_followed_lines(Kind kind) { return kind == Kind::podman; }

bool reports_ends_late(Kind kind) { return kind == Kind::podman; }

bool makes_missing_sources(Kind kind) { return kind == Kind::podman; }

bool has_network_per_run(Kind kind) { return kind == Kind::podman; }

bool chooses_ports_at_create(Kind kind) { return kind == Kind::podman; }

bool loses_links_in_volumes(Kind kind) { return kind == Kind::podman; }

bool copies_into_mounts(Kind kind) { return kind == Kind::podman; }

bool finds_volumes_by_prefix(Kind kind) { return kind == Kind::podman; }

std::optional<Request> init_probe(Kind kind) {
  if (kind != Kind::podman) return std::nullopt;  // Docker brings its own init
  Request request;
  request.method = "POST";
  request.path = "/containers/create";
  request.libpod = true;
  auto body = Node::object();
  body.set("init", Node::boolean(true));
  body.set("rootfs", Node::string("/nonexistent"));
  request.body = std::move(body);
  return request;
}

bool is_missing_init(const Answer& answer) { return has(answer.message(), "container-init binary not found"); }

std::optional<Request> delegation_probe(const Facts& facts) {
  if (facts.kind != Kind::podman || !facts.is_rootless) return std::nullopt;
  Request request;
  request.path = "/info";
  request.libpod = true;
  return request;
}

std::optional<std::string> refusal_of_delegation(const Node& shown) {
  if (json::text(shown, {"host", "cgroupVersion"}) != "v2") {
    return "rootless, and without cgroup version 2: no limit would hold";
  }
  std::string missing;
  const auto* controllers = json::at(shown, {"host", "cgroupControllers"});
  for (const std::string_view needed : {"cpu", "memory", "pids"}) {
    const auto is_it = [&](const Node& name) { return name.text() == needed; };
    const bool has_it =
        controllers != nullptr && std::any_of(controllers->items().begin(), controllers->items().end(), is_it);
    if (!has_it) missing.append(missing.empty() ? "" : ", ").append(needed);
  }
  if (missing.empty()) return std::nullopt;
  return "rootless, and its user is not delegated the cgroup controllers " + missing + ": their limits would not hold";
}

std::vector<std::string> notes_of_kind(const Facts& facts) {
  if (facts.kind != Kind::podman) return {};
  std::vector<std::string> notes{
      "Podman does not tell of memory that ran out: a run killed by signal 9 is said to have needed more probably",
  };
  notes.emplace_back(facts.is_rootless
                         ? "rootless: a run with ports needs NETWORK outbound"
                         : "a run with ports and no other network is reached at its own address on this machine");
  return notes;
}

std::optional<std::string> refusal_of_kind(const Facts& facts, const Node& version) {
  if (facts.kind != Kind::podman) return std::nullopt;
  const auto major = major_version(version);
  if (major && *major >= oldest_podman) return std::nullopt;
  return "this is Podman " + engine_words(json::text(version, {"Version"})) + "; at least " +
         std::to_string(oldest_podman) + ".0 is needed";
}

}  // namespace docker

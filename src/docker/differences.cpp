#include "docker/differences.h"

#include <algorithm>
#include <array>

namespace docker {
namespace {

using executor::EndCause;

constexpr int not_executable_code = 126;
constexpr int not_found_code = 127;

bool has(std::string_view text, std::string_view words) { return text.find(words) != std::string_view::npos; }

template <std::size_t count>
bool has_any(std::string_view text, const std::array<std::string_view, count>& phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) { return has(text, phrase); });
}

}  // namespace

bool name_is_taken(const Answer& answer) {
  return answer.status == 409 || (answer.status == 500 && has(answer.message(), "already in use"));
}

bool is_port_clash(std::string_view words) {
  static constexpr std::array<std::string_view, 2> phrases{"port is already allocated", "address already in use"};
  return has_any(words, phrases);
}

EndCause cause_of_refused_start(std::string_view words, int exit_code) {
  if (is_port_clash(words)) return EndCause::port_taken;
  if (exit_code == not_found_code) return EndCause::command_missing;
  if (exit_code == not_executable_code) return EndCause::command_not_executable;
  static constexpr std::array<std::string_view, 2> missing{"executable file not found", "no such file or directory"};
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
  static constexpr std::array<std::string_view, 3> platform{
      "no matching manifest", "does not match the specified platform", "cannot be used on this platform"};
  static constexpr std::array<std::string_view, 4> missing{"manifest unknown", "name unknown", "does not exist",
                                                           "manifest for"};
  if (has_any(words, denied)) return EndCause::image_denied;
  if (has_any(words, platform)) return EndCause::image_platform;
  if (status == 404 || has_any(words, missing)) return EndCause::image_missing;
  return EndCause::pull_failed;
}

std::optional<EndCause> cause_of_init_failure(std::string_view line, int exit_code) {
  const bool tini = line.starts_with("[FATAL tini (") && has(line, ")] exec ") && has(line, " failed: ");
  const bool catatonit = line.starts_with("ERROR (catatonit:") && has(line, "failed to exec pid1: ");
  if (!tini && !catatonit) return std::nullopt;
  const bool missing = exit_code == not_found_code || has(line, "No such file or directory");
  return missing ? EndCause::command_missing : EndCause::command_not_executable;
}

bool loses_newlines(const Facts& facts) { return facts.description.kind == "docker"; }

}  // namespace docker

#include "docker/runs/status.h"

#include <algorithm>
#include <array>

#include "docker/api/api.h"
#include "docker/api/json.h"
#include "docker/api/labels.h"
#include "docker/differences.h"
#include "util/text.h"

namespace docker {
namespace {

using executor::MemoryEvidence;
using executor::RunState;

constexpr int killed_code = 137;

/// A time in the clock of this service; nullopt for Go's zero time.
std::optional<util::Instant> instant(const data::Node& state, std::string_view name, const StatusContext& known) {
  const auto text = json::text(state, {name});
  if (text.empty() || text.starts_with("0001-")) return std::nullopt;
  const auto parsed = util::parse_instant(text);
  return parsed.ok() ? std::optional(*parsed - known.clock_ahead) : std::nullopt;
}

MemoryEvidence memory_evidence(const data::Node& state, int exit_code, const StatusContext& known) {
  if (json::flag(state, {"OOMKilled"})) return MemoryEvidence::out_of_memory;
  if (reports_memory(known.kind)) return MemoryEvidence::none;
  return exit_code == killed_code && !known.stopped_by_us ? MemoryEvidence::probable : MemoryEvidence::none;
}

executor::RunEnd exited(const data::Node& state, const StatusContext& known) {
  executor::RunEnd ended;
  ended.exit_code = static_cast<int>(json::number(state, {"ExitCode"}).value_or(-1));
  ended.memory = memory_evidence(state, *ended.exit_code, known);
  ended.detail = engine_words(json::text(state, {"Error"}));
  ended.started_at = instant(state, "StartedAt", known);
  ended.finished_at = instant(state, "FinishedAt", known);
  // Engines take the two times from different clocks, so the end may seem to be before the start.
  if (ended.started_at && ended.finished_at) ended.finished_at = std::max(*ended.started_at, *ended.finished_at);
  return ended;
}

executor::RunEnd refused(int exit_code, const std::string& words, const std::string& command) {
  executor::RunEnd ended;
  ended.cause = cause_of_refused_start(words, exit_code);
  ended.memory = MemoryEvidence::none;
  ended.detail = engine_words(words);
  ended.command = engine_words(command);
  return ended;
}

/// Chooses one of the addresses on which a port is published, IPv4 before IPv6.
const data::Node* binding(const data::Node& rows) {
  const data::Node* found = nullptr;
  for (const auto& row : rows.items()) {
    const bool is_v6 = json::text(row, {"HostIp"}).find(':') != std::string::npos;
    if (found == nullptr || !is_v6) found = &row;
    if (!is_v6) break;
  }
  return found;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  const auto number = util::parse_unsigned(text);
  if (!number || *number == 0 || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

/// The container's address in the network of the run, at which ports are reached that are not published.
std::string own_address(const executor::RunId& run, const data::Node& container) {
  return json::text(container, {"NetworkSettings", "Networks", run.name(), "IPAddress"});
}

std::vector<executor::Endpoint> endpoints(const executor::RunId& run, const data::Node& container) {
  std::vector<executor::Endpoint> found;
  const auto* published = json::at(container, {"NetworkSettings", "Ports"});
  const auto* names = json::at(container, {"Config", "Labels"});
  if (names == nullptr) return found;
  for (const auto& [label, name] : names->members()) {  // each declared port has a label with its name
    if (!label.starts_with(labels::port_name)) continue;
    const auto key = label.substr(labels::port_name.size());
    const auto slash = key.find('/');
    const auto inside = port_number(std::string_view(key).substr(0, slash));
    if (slash == std::string::npos || !inside) continue;
    const auto* rows = published == nullptr ? nullptr : published->find(key);
    const auto* row = rows == nullptr ? nullptr : binding(*rows);
    const auto host = row == nullptr ? own_address(run, container) : json::text(*row, {"HostIp"});
    const auto outside = row == nullptr ? inside : port_number(json::text(*row, {"HostPort"}));
    if (!outside || (row == nullptr && host.empty())) continue;
    found.push_back({name.as_string().value_or(""), *inside, key.substr(slash + 1), engine_words(host), *outside});
  }
  return found;
}

bool is_one_of(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

bool goes_on(const std::string& word) { return is_one_of(word, {"running", "paused", "restarting", "stopping"}); }

std::optional<executor::RunStatus> read_status(const executor::RunId& run, const data::Node& container,
                                               const StatusContext& known) {
  const auto* state = json::at(container, {"State"});
  if (state == nullptr) return std::nullopt;
  const auto word = json::text(*state, {"Status"});

  executor::RunStatus status;
  status.id = run;
  status.image_digest = engine_words(json::text(container, {"Config", "Labels", labels::digest}));
  if (const auto note = json::text(container, {"Config", "Labels", labels::note}); !note.empty()) {
    status.notes.push_back(engine_words(note));
  }
  status.started_at = instant(*state, "StartedAt", known);
  if (goes_on(word)) {
    status.state = RunState::running;
    status.is_paused = word == "paused";
    status.endpoints = endpoints(run, container);
  } else if (is_one_of(word, {"exited", "dead", "removing", "stopped"}) && status.started_at) {
    status.state = RunState::ended;
    status.ended = exited(*state, known);
  } else if (is_one_of(word, {"created", "configured", "initialized", "exited", "dead", "removing", "stopped"})) {
    const auto code = static_cast<int>(json::number(*state, {"ExitCode"}).value_or(0));
    const auto words = json::text(*state, {"Error"});
    if (code == 0 && words.empty()) {
      status.state = RunState::absent;
    } else {
      status.state = RunState::ended;
      status.ended = refused(code, words, command_of(container));
    }
  } else {
    return std::nullopt;
  }
  return status;
}

}  // namespace docker

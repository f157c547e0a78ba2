#include "executor/ends.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "util/quantity.h"
#include "util/text.h"

namespace executor {
namespace {

constexpr int killed = 128 + 9;
constexpr int unknown_code = 255;

std::string seconds(std::chrono::seconds duration) { return std::to_string(duration.count()) + " s"; }

enum class Type { transient, fatal };

Verdict error(Type type, std::string code, std::string message, std::string detail = {}) {
  return {uws::Phase::error,
          uws::ErrorSummary{type == Type::fatal, std::move(message), std::move(detail), std::move(code)}};
}

/// The name of a signal whose default action ends a process (signal(7)); empty for any other signal.
std::string signal_name(int number) {
  constexpr std::array harmless{SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};
  if (std::find(harmless.begin(), harmless.end(), number) != harmless.end()) return "";
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? "" : "SIG" + std::string(name);
}

bool is_signal(int code) { return code > 128 && !signal_name(code - 128).empty(); }

std::string with_name(int signal) {
  const std::string name = signal_name(signal);
  return "signal " + std::to_string(signal) + (name.empty() ? "" : " (" + name + ")");
}

std::string exit_sentence(int code) {
  if (!is_signal(code)) return "the command ended with exit code " + std::to_string(code);
  return "the command was ended by " + with_name(code - 128);
}

/// True for the signals that can end a container when its engine or its machine is shut down.
bool is_goodbye(int signal) { return signal == 1 || signal == 2 || signal == 3 || signal == 9 || signal == 15; }

std::string mebibytes(std::uint64_t bytes) {
  constexpr std::uint64_t mebibyte = 1ULL << 20U;
  return std::to_string((bytes + mebibyte - 1) / mebibyte) + " MiB";
}

std::string limit(const EndFacts& facts) { return "its limit of " + util::format_bytes(facts.memory_bytes); }

std::string detail_of(const EndFacts& facts) {
  std::string detail = facts.ended.detail;
  for (const std::string& sentence : facts.missing_outputs) detail += (detail.empty() ? "" : "\n") + sentence;
  if (!facts.stderr_tail.empty()) detail += (detail.empty() ? "" : "\n") + ("the end of stderr:\n" + facts.stderr_tail);
  return detail;
}

/// Removes terminal colour sequences such as ESC [ 3 1 m. ESC has already been replaced by U+FFFD in the text.
std::string without_colours(std::string text) {
  constexpr std::string_view begin = "\xEF\xBF\xBD[";
  for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin, at)) {
    const std::size_t end = text.find_first_not_of("0123456789;", at + begin.size());
    text.erase(at, end == text.npos ? text.npos : end + 1 - at);
  }
  return text;
}

enum class Line { first, last };

/// Appends the line of `text` that tells the cause to the sentence, because many clients show only the sentence.
std::string with_cause(const std::string& sentence, const std::string& text, Line which) {
  constexpr std::size_t longest_cause = 200;
  const std::string plain = without_colours(text);
  std::string_view line = util::trim(plain);
  if (which == Line::first) {
    line = util::trim(line.substr(0, line.find_first_of("\r\n")));
  } else if (const std::size_t end = line.find_last_of("\r\n"); end != line.npos) {
    line = util::trim(line.substr(end + 1));
  }
  return line.empty() ? sentence : sentence + ": " + util::for_display(line, longest_cause);
}

/// The verdict if the run was probably ended from outside this service; nullopt if nothing indicates that.
std::optional<Verdict> ended_by_others(const EndFacts& facts, int code) {
  if (facts.ended.memory == MemoryEvidence::out_of_memory) return std::nullopt;
  const auto sent = facts.ended.foreign_signal;
  if (sent && (code == 128 + *sent || is_goodbye(*sent))) {
    return error(Type::transient, "stopped_by_others",
                 exit_sentence(code) + ", after " + with_name(*sent) +
                     " that this service did not send, as when the engine " + facts.engine + " is shut down",
                 detail_of(facts));
  }
  if (!facts.unwatched) return std::nullopt;
  const std::string meanwhile = " while the engine " + facts.engine + ", or this service, was away";
  if (is_signal(code) && is_goodbye(code - 128)) {
    return error(Type::transient, "engine_died", exit_sentence(code) + meanwhile + ": it may have died with its engine",
                 detail_of(facts));
  }
  if (code != unknown_code) return std::nullopt;
  return error(Type::transient, "exit_unknown",
               exit_sentence(code) + meanwhile + ": so the engine also tells an end that it did not see",
               detail_of(facts));
}

Verdict ended_badly(const EndFacts& facts, int code) {
  const std::string detail = detail_of(facts);
  if (facts.ended.memory == MemoryEvidence::out_of_memory) {
    return error(Type::fatal, "out_of_memory",
                 code == killed ? "the command was killed: it needed more memory than " + limit(facts)
                                : exit_sentence(code) + ", after it needed more memory than " + limit(facts),
                 detail);
  }
  if (facts.ended.memory == MemoryEvidence::probable && code == killed) {
    return error(Type::fatal, "out_of_memory_probably",
                 "the command was killed by signal 9, probably because it needed more memory than " + limit(facts),
                 detail);
  }
  return error(Type::fatal, is_signal(code) ? "signal" : "exit_code",
               with_cause(exit_sentence(code), facts.stderr_tail, Line::last), detail);
}

Verdict exited(const EndFacts& facts) {
  if (!facts.ended.exit_code) {
    return error(Type::transient, "exit_unknown", "the command ended, and the engine cannot tell how",
                 detail_of(facts));
  }
  const int code = *facts.ended.exit_code;
  if (auto verdict = ended_by_others(facts, code)) return *std::move(verdict);
  if (code != 0) return ended_badly(facts, code);
  if (facts.missing_outputs.empty()) return {};
  const std::size_t others = facts.missing_outputs.size() - 1;
  const std::string word = facts.outputs_too_large  ? "outputs_too_large"
                           : facts.too_many_outputs ? "too_many_outputs"
                                                    : "output_missing";
  return error(Type::fatal, word,
               facts.missing_outputs.front() + (others == 0 ? "" : ", and " + std::to_string(others) + " more"),
               detail_of(facts));
}

/// A relative path of the command starts at the working folder, which is the job's own unless the task asks for the
/// image's.
std::string missing_sentence(const EndFacts& facts, const std::string& command) {
  constexpr std::string_view reason = ": no such executable";
  const bool relative = facts.command.find('/') != std::string::npos && !facts.command.starts_with('/');
  if (!relative) return command + " is not in the image" + std::string(reason);
  if (facts.workdir.empty()) return command + " is not in the image's working folder" + std::string(reason);
  return command + " is not in the working folder " + facts.workdir + std::string(reason) +
         "; WORKDIR=image asks for the image's own folder";
}

Verdict not_started(const EndFacts& facts) {
  const std::string image = "image " + facts.image;
  const std::string command = facts.command.empty() ? "the command of " + image : "'" + facts.command + "'";
  const std::string& detail = facts.ended.detail;
  switch (facts.ended.cause) {
    case EndCause::exited:
      break;
    case EndCause::image_missing:
      return error(Type::fatal, "image_missing", image + " does not exist, or may not be pulled", detail);
    case EndCause::image_denied:
      return error(Type::fatal, "image_denied", image + " is refused by its registry: it wants other credentials",
                   detail);
    case EndCause::image_platform:
      return error(Type::fatal, "image_platform", image + " is not made for this machine", detail);
    case EndCause::registry_unreachable:
      return error(Type::transient, "registry_unreachable",
                   with_cause(image + " could not be pulled: its registry cannot be reached", detail, Line::first),
                   detail);
    case EndCause::registry_busy:
      return error(Type::transient, "registry_busy",
                   image + " could not be pulled: its registry answers no more requests for a while", detail);
    case EndCause::pull_failed:
      return error(Type::transient, "pull_failed", with_cause(image + " could not be pulled", detail, Line::first),
                   detail);
    case EndCause::no_space:
      return error(Type::transient, "engine_disk_full", "the engine " + facts.engine + " has no space left on its disk",
                   detail);
    case EndCause::command_missing:
      return error(Type::fatal, "command_missing", missing_sentence(facts, command), detail);
    case EndCause::command_not_executable:
      return error(Type::fatal, "command_not_executable", command + " is not executable", detail);
    case EndCause::port_taken:
      return error(Type::transient, "port_taken", "a port of the engine that the job needs is taken", detail);
    case EndCause::input_failed:
      return error(Type::fatal, "input_not_placed",
                   with_cause("an input could not be placed in the container", detail, Line::first), detail);
    case EndCause::start_refused:
      return error(Type::fatal, "start_refused",
                   with_cause("the engine refused to start the container", detail, Line::first), detail);
  }
  return error(Type::fatal, "start_refused", with_cause("the container did not start", detail, Line::first), detail);
}

}  // namespace

bool ended_by_us(const EndFacts& facts) {
  if (facts.stop == Stop::none || !facts.stop_sent) return false;
  // Engines report the end with a precision of a millisecond, and no stop takes effect within that time.
  return !facts.ended.finished_at || *facts.ended.finished_at >= *facts.stop_sent;
}

Verdict verdict_of(const EndFacts& facts) {
  if (ended_by_us(facts)) {
    if (facts.ended.cause != EndCause::exited) return stopped_early(facts.stop, facts.staging_timeout);
    if (facts.stop == Stop::disk) {
      return error(Type::fatal, "disk_limit",
                   "the run was stopped: its files took " + mebibytes(facts.disk_bytes) +
                       " of the engine's disk, more than its limit of " + util::format_bytes(facts.max_disk_bytes),
                   detail_of(facts));
    }
    if (facts.stop == Stop::staging) return stopped_early(facts.stop, facts.staging_timeout);
    if (facts.stop != Stop::duration) return {uws::Phase::aborted, std::nullopt};
    return {uws::Phase::aborted,
            uws::ErrorSummary{true,
                              "the execution duration of " + seconds(facts.execution_duration) + " is exceeded",
                              {},
                              "execution_duration"}};
  }
  return facts.ended.cause == EndCause::exited ? exited(facts) : not_started(facts);
}

Verdict stopped_early(Stop stop, std::chrono::seconds staging_timeout) {
  if (stop != Stop::staging) return {uws::Phase::aborted, std::nullopt};
  return error(Type::transient, "staging_timeout",
               "image and inputs were not ready within " + seconds(staging_timeout));
}

Verdict staging_failed(const util::Error& failure) {
  const bool may_pass = failure.code == util::ErrorCode::unavailable || failure.code == util::ErrorCode::timeout;
  return error(may_pass ? Type::transient : Type::fatal, may_pass ? "input_unreachable" : "input_refused",
               failure.message);
}

Verdict refused(const std::vector<util::Fault>& faults) {
  std::string detail;
  for (const util::Fault& fault : faults) detail += (detail.empty() ? "" : "\n") + util::to_string(fault);
  return error(Type::fatal, "task_refused",
               with_cause("this service does not run the task any more", detail, Line::first), detail);
}

Verdict lost(const std::string& engine) {
  return error(Type::transient, "lost", "the run is lost: the engine " + engine + " has no container of it any more");
}

Verdict engine_failed(const std::string& engine, const std::string& why) {
  return error(Type::transient, "engine_failed",
               "the engine " + engine + " could not prepare the container, though asked again", why);
}

Verdict not_collected(const std::string& why) {
  return error(Type::transient, "results_not_collected",
               with_cause("the command ended, and its results could not be collected", why, Line::first), why);
}

}  // namespace executor

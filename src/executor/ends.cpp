#include "executor/ends.h"

#include "util/quantity.h"

namespace executor {
namespace {

constexpr int killed = 128 + 9;

std::string seconds(std::chrono::seconds duration) { return std::to_string(duration.count()) + " s"; }

Verdict error(bool fatal, std::string message, std::string detail = {}) {
  return {uws::Phase::error, uws::ErrorSummary{fatal, std::move(message), std::move(detail)}};
}

std::string signal_name(int number) {
  switch (number) {
    case 1:
      return "SIGHUP";
    case 2:
      return "SIGINT";
    case 3:
      return "SIGQUIT";
    case 4:
      return "SIGILL";
    case 6:
      return "SIGABRT";
    case 7:
      return "SIGBUS";
    case 8:
      return "SIGFPE";
    case 9:
      return "SIGKILL";
    case 11:
      return "SIGSEGV";
    case 13:
      return "SIGPIPE";
    case 14:
      return "SIGALRM";
    case 15:
      return "SIGTERM";
    default:
      return "";
  }
}

std::string exit_sentence(int code) {
  const std::string name = code > 128 ? signal_name(code - 128) : "";
  if (name.empty()) return "the command ended with exit code " + std::to_string(code);
  return "the command was ended by signal " + std::to_string(code - 128) + " (" + name + ")";
}

std::string limit(const EndFacts& facts) { return "its limit of " + util::format_bytes(facts.memory_bytes); }

std::string memory_sentence(const EndFacts& facts, int code) {
  if (facts.ended.memory == MemoryEvidence::out_of_memory) {
    return code == killed ? "the command was killed: it needed more memory than " + limit(facts)
                          : exit_sentence(code) + ", after it needed more memory than " + limit(facts);
  }
  if (facts.ended.memory == MemoryEvidence::probable && code == killed) {
    return "the command was killed by signal 9, probably because it needed more memory than " + limit(facts);
  }
  return exit_sentence(code);
}

std::string detail_of(const EndFacts& facts) {
  std::string detail = facts.ended.detail;
  for (const std::string& sentence : facts.missing_outputs) detail += (detail.empty() ? "" : "\n") + sentence;
  if (!facts.stderr_tail.empty()) detail += (detail.empty() ? "" : "\n") + ("the end of stderr:\n" + facts.stderr_tail);
  return detail;
}

Verdict exited(const EndFacts& facts) {
  if (!facts.ended.exit_code)
    return error(false, "the command ended, and the engine cannot tell how", detail_of(facts));
  if (const int code = *facts.ended.exit_code; code != 0)
    return error(true, memory_sentence(facts, code), detail_of(facts));
  if (facts.missing_outputs.empty()) return {};
  const std::size_t others = facts.missing_outputs.size() - 1;
  return error(true, facts.missing_outputs.front() + (others == 0 ? "" : ", and " + std::to_string(others) + " more"),
               detail_of(facts));
}

Verdict not_started(const EndFacts& facts) {
  const std::string image = "image " + facts.image;
  const std::string command = facts.command.empty() ? "the command of " + image : "'" + facts.command + "'";
  const std::string& detail = facts.ended.detail;
  switch (facts.ended.cause) {
    case EndCause::exited:
      break;
    case EndCause::image_missing:
      return error(true, image + " does not exist, or may not be pulled", detail);
    case EndCause::image_denied:
      return error(true, image + " is refused by its registry: it wants other credentials", detail);
    case EndCause::image_platform:
      return error(true, image + " is not made for this machine", detail);
    case EndCause::pull_failed:
      return error(false, image + " could not be pulled", detail);
    case EndCause::command_missing:
      return error(true, command + " is not in the image: no such executable", detail);
    case EndCause::command_not_executable:
      return error(true, command + " is not executable", detail);
    case EndCause::port_taken:
      return error(false, "a port of the engine that the job needs is taken", detail);
    case EndCause::input_failed:
      return error(true, "an input could not be placed in the container", detail);
    case EndCause::start_refused:
      return error(true, "the engine refused to start the container", detail);
  }
  return error(true, "the container did not start", detail);
}

}  // namespace

bool ended_by_us(const EndFacts& facts) {
  if (facts.stop == Stop::none || !facts.stop_sent) return false;
  // Engines tell the end to the millisecond, and it takes longer than that to stop anything.
  return !facts.ended.finished_at || *facts.ended.finished_at >= *facts.stop_sent;
}

Verdict verdict_of(const EndFacts& facts) {
  if (ended_by_us(facts)) {
    if (facts.ended.cause != EndCause::exited) return stopped_early(facts.stop, facts.staging_timeout);
    if (facts.stop == Stop::staging) return stopped_early(facts.stop, facts.staging_timeout);
    if (facts.stop != Stop::duration) return {uws::Phase::aborted, std::nullopt};
    return {
        uws::Phase::aborted,
        uws::ErrorSummary{true, "the execution duration of " + seconds(facts.execution_duration) + " is exceeded", {}}};
  }
  return facts.ended.cause == EndCause::exited ? exited(facts) : not_started(facts);
}

Verdict stopped_early(Stop stop, std::chrono::seconds staging_timeout) {
  if (stop != Stop::staging) return {uws::Phase::aborted, std::nullopt};
  return error(false, "image and inputs were not ready within " + seconds(staging_timeout));
}

Verdict staging_failed(const util::Error& failure) {
  const bool may_pass = failure.code == util::ErrorCode::unavailable || failure.code == util::ErrorCode::timeout;
  return error(!may_pass, failure.message);
}

Verdict refused(const std::vector<util::Fault>& faults) {
  std::string detail;
  for (const util::Fault& fault : faults) detail += (detail.empty() ? "" : "\n") + util::to_string(fault);
  return error(true, "this service does not run the task any more", detail);
}

Verdict lost(const std::string& engine) {
  return error(false, "the run is lost: the engine " + engine + " has no container of it any more");
}

Verdict not_collected(const std::string& why) {
  return error(false, "the command ended, and its results could not be collected", why);
}

}  // namespace executor

#include "util/log.h"

#include <atomic>
#include <memory>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "util/text.h"
#include "util/time.h"

namespace util {
namespace {

std::atomic<LogLevel> threshold{LogLevel::warning};
std::atomic<LogFormat> shape{LogFormat::text};

spdlog::logger& sink() {
  static spdlog::logger logger = [] {
    spdlog::logger made("docker-uws", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_pattern("%v");
    made.set_level(spdlog::level::trace);
    made.flush_on(spdlog::level::trace);
    return made;
  }();
  return logger;
}

std::string_view name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      break;
  }
  return "off";
}

std::string as_json(LogLevel level, std::string_view message, LogFields fields) {
  nlohmann::ordered_json line{{"time", to_iso(now())}, {"level", name(level)}, {"message", message}};
  for (const LogField& field : fields) line[std::string(field.name)] = field.value;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// Quotes `text` where needed, so that a value cannot look like another field.
std::string quoted(std::string text) {
  if (!text.empty() && text.find_first_of(" \"\\=") == text.npos) return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string as_text(LogLevel level, std::string_view message, LogFields fields) {
  constexpr std::size_t longest_field = 1000;
  std::string line = to_iso(now()) + " " + std::string(name(level)) + " " + std::string(message);
  for (const LogField& field : fields)
    line += " " + std::string(field.name) + "=" + quoted(for_display(field.value, longest_field));
  return line;
}

}  // namespace

void configure_log(LogLevel level, LogFormat format) {
  threshold = level;
  shape = format;
}

bool is_logged(LogLevel level) { return level >= threshold.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view message, LogFields fields) {
  if (!is_logged(level)) return;
  sink().info(spdlog::string_view_t(shape == LogFormat::json ? as_json(level, message, fields)
                                                             : as_text(level, message, fields)));
}

}  // namespace util

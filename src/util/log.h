// One log for the whole program: lines of a message and named fields, on standard error.
//
//   util::log_info("job ended", {{"job", id}, {"phase", "COMPLETED"}});
//
// Messages are short and have no final full stop; what varies is in the fields. Neither may hold secrets or the bodies
// of requests and responses. Any thread may call.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace util {

enum class LogLevel { debug, info, warning, error, off };
enum class LogFormat { text, json };

struct LogField {
  LogField(std::string_view field_name, std::string_view field_value) : name(field_name), value(field_value) {}
  LogField(std::string_view field_name, std::integral auto number) : name(field_name), value(std::to_string(number)) {}
  std::string_view name;
  std::string value;
};
using LogFields = std::initializer_list<LogField>;

/// main() calls this once. Before that, lines of level warning and above are written as text. In the text format a
/// field's value is quoted as in C when it is empty or contains a blank, '"', '\' or '='.
void configure_log(LogLevel level, LogFormat format);

/// For callers whose fields are costly to make: they ask this first.
bool is_logged(LogLevel level);

void log(LogLevel level, std::string_view message, LogFields fields);
inline void log_debug(std::string_view message, LogFields fields = {}) { log(LogLevel::debug, message, fields); }
inline void log_info(std::string_view message, LogFields fields = {}) { log(LogLevel::info, message, fields); }
inline void log_warning(std::string_view message, LogFields fields = {}) { log(LogLevel::warning, message, fields); }
inline void log_error(std::string_view message, LogFields fields = {}) { log(LogLevel::error, message, fields); }

}  // namespace util

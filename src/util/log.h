// One log for the whole program: lines of a message and named fields, on standard error.
//
//   util::log_info("job ended", {{"job", id}, {"phase", "COMPLETED"}});
//
// Messages are short, without a final full stop; what varies stands in the fields. Never a secret, never a body.
// Any thread may call.
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

/// Called once by main; before it, lines of level warning and above are written as text. As text, a value that holds
/// more than a word is quoted, as in C.
void configure_log(LogLevel level, LogFormat format);

/// Where making the fields costs more than asking.
bool is_logged(LogLevel level);

void log(LogLevel level, std::string_view message, LogFields fields);
inline void log_debug(std::string_view message, LogFields fields = {}) { log(LogLevel::debug, message, fields); }
inline void log_info(std::string_view message, LogFields fields = {}) { log(LogLevel::info, message, fields); }
inline void log_warning(std::string_view message, LogFields fields = {}) { log(LogLevel::warning, message, fields); }
inline void log_error(std::string_view message, LogFields fields = {}) { log(LogLevel::error, message, fields); }

}  // namespace util

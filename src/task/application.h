// Applications: tasks that the operator publishes, each with the parameters that it takes (UWS 1.1 section 4.3). The
// values that a client gives make a ContainerTask from it. docs/applications.md explains each key of the configuration.
// Computes only; any thread may call; constant after start-up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/section.h"
#include "task/container_task.h"
#include "task/policy.h"
#include "util/result.h"

namespace task {

enum class ValueType { string, integer, number, boolean };
std::string_view to_string(ValueType type);
/// Reads true, false (in any case), 1 or 0; nullopt for any other text.
std::optional<bool> parse_boolean(std::string_view text);

// Placeholders in an argument, for the value and for the path of the staged file or folder.
inline constexpr std::string_view value_mark = "{value}";
inline constexpr std::string_view path_mark = "{path}";

/// How a value is passed to the program: in each of these ways that is not empty. With `file` or `folder`, arguments
/// and variable get the path instead of the value.
struct ParameterPassing {
  /// Arguments after those of the task, repeated for each value. For a boolean, an argument without {value} is a flag:
  /// it is given only if the value is true.
  std::vector<std::string> arguments;
  std::string variable;  // name of an environment variable
  std::string file;      // absolute path of a file with the value, or with the uploaded part
  std::string folder;  // absolute path; the value names files: "NAME,URI" or "NAME,param:PART" (DALI 1.1 section 3.4.5)
};

struct Declaration {
  std::string name;
  std::string help;
  ValueType type = ValueType::string;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::int64_t max_length = 0;      // bytes of the value
  std::vector<std::string> values;  // the allowed values; empty: any
  std::optional<std::string> default_value;
  bool required = false;
  bool multiple = false;    // may be given more than once
  bool accumulate = false;  // a later value is added to the former; of a folder, files of the same name are replaced
  ParameterPassing passing;

  /// True if the value is staged as a file or as files of a folder.
  bool is_staged() const { return !passing.file.empty() || !passing.folder.empty(); }
};

/// When the values of a job's parameters are validated: when they are given, or when the job is run.
enum class JudgeAt { given, run };

/// A file that is served in the same folder as the application's job list.
struct StaticDocument {
  std::string path;  // relative to the folder of the list, such as "tables"
  std::string media_type;
  std::string bytes;
};

struct Application {
  std::string name;
  std::string title;
  std::string description;
  std::string path;  // of its job list: "/apps/{name}/jobs", "/tap/async"
  bool sync_by_get = false;
  bool errors_are_votables = false;  // as clients of TAP need them
  bool sync_answers_bytes = false;   // …/sync/{id} answers with the bytes of the result instead of redirecting to it
  bool ignore_unknown = false;       // ignore parameters that are not declared, instead of refusing them
  bool empty_is_absent = false;      // an empty value (NAME=) removes the parameter
  JudgeAt judge = JudgeAt::given;
  ContainerTask task;
  std::vector<Declaration> parameters;
  std::vector<StaticDocument> documents;

  /// The path of the list without its last segment. The sync, VOSI and static resources are below it.
  std::string folder() const { return path.substr(0, path.rfind('/')); }
  /// Null if the parameter is not declared. Names are compared case-insensitively.
  const Declaration* declaration(std::string_view parameter) const;
};

using Applications = std::vector<Application>;
const Application* find(const Applications& applications, std::string_view name);

/// Reads the section `applications` of the configuration file. `policy` knows the volumes and networks.
Applications read_applications(config::Reader& root, const Policy& policy, config::Faults& faults);

/// Validates a value for the parameter; nullopt if it is fine. For a file or folder, param:PART is fine.
std::optional<util::Fault> judge(const Declaration& parameter, const std::string& value);
/// The part of judge() that is checked when a value is given, even with JudgeAt::run: no job may store a value that is
/// not text or is too long.
std::optional<util::Fault> judge_text(const Declaration& parameter, const std::string& value);
/// Describes the values that judge() accepts, such as "a whole number from 0 up to 100".
std::string accepted_values(const Declaration& parameter);

/// The fault that the application has no parameter of that name. Suggests the most similar name, or else all names.
/// `of_jobs`: names that a request may hold besides the parameters; they are suggested too.
util::Fault unknown_parameter(const Application& application, std::string_view name,
                              const std::vector<std::string_view>& of_jobs = {});

/// The names of the uploaded parts to which a value refers by param:PART.
std::vector<std::string> parts_of(const Declaration& parameter, const std::string& value);

/// A former value of a folder parameter, without the files that the later value replaces. Empty: no file is left.
std::string without_files_of(const Declaration& parameter, const std::string& former, const std::string& later);

/// Makes the task for these values, and validates each value again. `uploads` are the names of uploaded parts. A part
/// with the name of a declared parameter is that parameter's value; other parts are referred to by param:PART.
util::Result<ContainerTask> task_of(const Application& application, const std::vector<Pair>& values,
                                    const std::vector<std::string>& uploads);

/// A fault for each required parameter that is not among the names in `given`.
std::vector<util::Fault> missing(const Application& application, const std::vector<std::string>& given);

}  // namespace task

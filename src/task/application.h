// A program that the operator publishes: a fixed task, and the parameters that it takes (UWS 1.1 section 4.3). From
// what a client gives to it a ContainerTask is made. docs/applications.md explains each word. Computes only; any
// thread; constant after start-up.
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

// What stands for the value, and for the path of what is staged, in an argument.
inline constexpr std::string_view value_mark = "{value}";
inline constexpr std::string_view path_mark = "{path}";

/// How a value reaches the program; each way that is not empty is taken. Of a file or a folder the program gets the
/// path and not the value, as argument or variable.
struct Passing {
  /// Arguments after the task's own, once for each value. Of a boolean, without {value}: a flag, there when it is true.
  std::vector<std::string> arguments;
  std::string variable;  // of the environment
  std::string file;      // absolute: holds the value, or what was uploaded
  std::string folder;    // absolute: the value names files, "NAME,URI" or "NAME,param:PART" (DALI 1.1 section 3.4.5)
};

struct Declaration {
  std::string name;
  std::string help;
  ValueType type = ValueType::string;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::int64_t max_length = 0;      // bytes of a string
  std::vector<std::string> values;  // empty: any
  std::optional<std::string> default_value;
  bool required = false;
  bool multiple = false;    // may be given more than once
  bool accumulate = false;  // what is given later is added; of a folder, in place of files of the same names
  Passing passing;

  /// The program finds it in its file system.
  bool is_staged() const { return !passing.file.empty() || !passing.folder.empty(); }
};

/// When the values of a job's parameters are judged.
enum class JudgeAt { given, run };

/// A file that is shown beside the application's job list.
struct StaticDocument {
  std::string path;  // relative to the list's folder: "tables"
  std::string media_type;
  std::string bytes;
};

struct Application {
  std::string name;
  std::string title;
  std::string description;
  std::string path;  // of its job list: "/apps/{name}/jobs", "/tap/async"
  bool sync_by_get = false;
  bool errors_are_votables = false;  // as TAP's clients want them
  bool sync_answers_bytes = false;   // …/sync/{id} is the result itself, and leads to it nowhere else
  bool ignore_unknown = false;       // parameters that are not declared
  bool empty_is_absent = false;      // NAME= takes the parameter back
  JudgeAt judge = JudgeAt::given;
  ContainerTask task;
  std::vector<Declaration> parameters;
  std::vector<StaticDocument> documents;

  /// The path without its last segment: what stands beside the list is below it.
  std::string folder() const { return path.substr(0, path.rfind('/')); }
  /// Names compare without case.
  const Declaration* declaration(std::string_view parameter) const;
};

using Applications = std::vector<Application>;
const Application* find(const Applications& applications, std::string_view name);

/// Takes the section `applications` of the file. `policy` says which volumes and networks there are.
Applications read_applications(config::Reader& root, const Policy& policy, config::Faults& faults);

/// Says what is wrong with a value for the parameter, if anything. Of a file or a folder: param:PART is fine.
std::optional<util::Fault> judge(const Declaration& parameter, const std::string& value);
/// The part of it that no job may keep, whenever it is judged: what is no text, or too long.
std::optional<util::Fault> judge_text(const Declaration& parameter, const std::string& value);
/// "a whole number from 0 to 100": what judge() lets pass.
std::string accepted_values(const Declaration& parameter);

/// That the application takes no parameter of that name, but others; the nearest, if one is near. `of_jobs`: what may
/// be said beside its parameters.
util::Fault unknown_parameter(const Application& application, std::string_view name,
                              const std::vector<std::string_view>& of_jobs = {});

/// The name of the part that a value of the parameter refers to, for each that it does.
std::vector<std::string> parts_of(const Declaration& parameter, const std::string& value);

/// A former value of a folder without the files that a later one gives, too; empty: nothing is left of it.
std::string without_files_of(const Declaration& parameter, const std::string& former, const std::string& later);

/// What is run for these values; each is judged again. `uploads` are the names of uploaded parts: a declared parameter
/// of that name was uploaded itself, others are referred to by param:.
util::Result<ContainerTask> task_of(const Application& application, const std::vector<Pair>& values,
                                    const std::vector<std::string>& uploads);

/// The parameters that the application must have to be run, and that were not given.
std::vector<util::Fault> missing(const Application& application, const std::vector<std::string>& given);

}  // namespace task

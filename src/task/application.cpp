#include "task/application.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "task/grammar.h"
#include "task/together.h"
#include "util/part_reference.h"
#include "util/text.h"

namespace task {

std::optional<bool> parse_boolean(std::string_view text) {
  if (util::iequals(text, "true") || text == "1") return true;
  if (util::iequals(text, "false") || text == "0") return false;
  return std::nullopt;
}

namespace {

using util::Fault;

template <typename Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> parse_finite(std::string_view text) {
  const auto number = parse<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

bool has_type(ValueType type, const std::string& value) {
  switch (type) {
    case ValueType::integer:
      return parse<std::int64_t>(value).has_value();
    case ValueType::number:
      return parse_finite(value).has_value();
    case ValueType::boolean:
      return parse_boolean(value).has_value();
    case ValueType::string:
      return true;
  }
  return false;
}

bool is_within_range(const Declaration& parameter, const std::string& value) {
  if (!parameter.minimum && !parameter.maximum) return true;
  const double number = parse_finite(value).value_or(0);
  return number >= parameter.minimum.value_or(number) && number <= parameter.maximum.value_or(number);
}

/// The PART of param:PART; nullopt if the value is no such reference, or the parameter is not staged as a file.
std::optional<std::string_view> reference_in(const Declaration& parameter, std::string_view value) {
  return parameter.passing.file.empty() ? std::nullopt : util::part_reference(value);
}

/// Parses "NAME,URI;NAME,URI": the files of a folder parameter. A value may name several files.
util::Result<std::vector<Input>> files_of(const std::string& folder, std::string_view value) {
  constexpr std::string_view accepted = "NAME,URI or NAME,param:PART; several separated by ';'";
  std::vector<Input> files;
  for (const std::string_view piece : util::split(value, ';')) {
    const auto comma = piece.find(',');
    const std::string_view name = util::trim(piece.substr(0, comma));
    if (comma == std::string_view::npos || !grammar::is_name(name)) {
      return util::Error::of(util::ErrorCode::invalid_argument,
                             Fault{{}, "'" + util::for_display(piece) + "' names no file", std::string(accepted)});
    }
    ASSIGN_OR_RETURN(
        Input input,
        grammar::input(std::string(name) + "," + std::string(util::trim(piece.substr(comma + 1))), folder));
    files.push_back(std::move(input));
  }
  return files;
}

std::string replaced(std::string text, std::string_view mark, std::string_view by) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size())) {
    text.replace(at, mark.size(), by);
  }
  return text;
}

/// Makes the task of one request, parameter by parameter, in the order in which they are declared.
class TaskBuilder {
 public:
  TaskBuilder(const Application& application, const std::vector<Pair>& values, const std::vector<std::string>& uploads)
      : application_(application), values_(values), uploads_(uploads), task_(application.task) {}

  util::Result<ContainerTask> run() {
    judge_values();
    if (faults_.empty()) {
      for (const Declaration& parameter : application_.parameters) pass(parameter);
      check_together();
    }
    if (!faults_.empty()) return util::Error::of(util::ErrorCode::invalid_argument, std::move(faults_));
    return std::move(task_);
  }

 private:
  bool is_uploaded(std::string_view name) const {
    return std::any_of(uploads_.begin(), uploads_.end(),
                       [&](const std::string& upload) { return util::iequals(upload, name); });
  }

  /// The values are validated again, because the configuration may have changed since they were given.
  void judge_values() {
    for (const Pair& pair : values_) {
      const Declaration* parameter = application_.declaration(pair.name);
      if (parameter == nullptr) {
        if (!application_.ignore_unknown) faults_.push_back(unknown_parameter(application_, pair.name));
      } else if (auto fault = judge(*parameter, pair.value)) {
        faults_.push_back(*std::move(fault));
      }
    }
  }

  void pass(const Declaration& parameter) {
    std::vector<std::string_view> given;
    for (const Pair& pair : values_) {
      if (util::iequals(pair.name, parameter.name)) given.emplace_back(pair.value);
    }
    if (parameter.is_staged()) return stage(parameter, given);
    for (const std::string_view value : given) hand_over(parameter, canonical(parameter, value));
  }

  /// Adds the values as inputs, and passes the path of the file or folder to the program once.
  void stage(const Declaration& parameter, const std::vector<std::string_view>& given) {
    const bool uploaded = is_uploaded(parameter.name);
    if (uploaded) {
      add(parameter, {parameter.passing.file, "", parameter.name});
    } else {
      for (const std::string_view value : given) stage(parameter, value);
    }
    if (!uploaded && given.empty()) return;
    hand_over(parameter, parameter.passing.file.empty() ? parameter.passing.folder : parameter.passing.file);
  }

  void stage(const Declaration& parameter, std::string_view value) {
    if (!parameter.passing.folder.empty()) {
      auto files = files_of(parameter.passing.folder, value);
      if (!files.ok()) return;  // judge() reported the fault
      for (Input& input : *files) add(parameter, std::move(input));
    } else if (const auto part = reference_in(parameter, value)) {
      add(parameter, {parameter.passing.file, "", std::string(*part)});
    } else {
      add(parameter, {parameter.passing.file, "", "", std::string(value)});
    }
  }

  static std::string canonical(const Declaration& parameter, std::string_view value) {
    if (parameter.type != ValueType::boolean) return std::string(value);
    return parse_boolean(value).value_or(false) ? "true" : "false";
  }

  void add(const Declaration& parameter, Input input) {
    input.given_by = parameter.name;
    task_.inputs.push_back(std::move(input));
  }

  /// Passes `text` as variable and arguments. It is a value, or the path of the staged file or folder.
  void hand_over(const Declaration& parameter, const std::string& text) {
    const std::string& variable = parameter.passing.variable;
    if (!variable.empty()) {
      check_length(parameter, "a variable", variable.size() + 1 + text.size());
      task_.env.push_back({variable, text});
    }
    const std::string_view mark = parameter.is_staged() ? path_mark : value_mark;
    for (const std::string& form : parameter.passing.arguments) {
      const bool flag = parameter.type == ValueType::boolean && form.find(mark) == std::string::npos;
      if (flag && text != "true") continue;
      std::string argument = replaced(form, mark, text);
      check_length(parameter, "an argument", argument.size());
      task_.args.push_back(std::move(argument));
    }
  }

  void check_length(const Declaration& parameter, const std::string& what, std::size_t bytes) {
    if (bytes <= longest_string) return;
    faults_.push_back({parameter.name, "makes " + what + " of " + std::to_string(bytes) + " bytes",
                       "at most " + std::to_string(longest_string) + " bytes"});
  }

  void check_together() {
    for (Fault& fault : conflicts(task_.inputs, uploads_)) faults_.push_back(std::move(fault));
    std::size_t total = 0;
    for (const std::string& argument : task_.args) total += argument.size();
    for (const EnvironmentVariable& variable : task_.env) total += variable.name.size() + variable.value.size();
    if (total <= longest_strings) return;
    faults_.push_back(
        {"", "all arguments and variables together are " + std::to_string(total) + " bytes", "at most 1 MiB"});
  }

  const Application& application_;
  const std::vector<Pair>& values_;
  const std::vector<std::string>& uploads_;
  ContainerTask task_;
  std::vector<Fault> faults_;
};

std::string number_text(double number) { return data::Node::number(number).text(); }

std::string range_text(const Declaration& parameter) {
  std::string text;
  if (parameter.minimum) text += " from " + number_text(*parameter.minimum);
  if (parameter.maximum) text += " up to " + number_text(*parameter.maximum);
  return text;
}

}  // namespace

std::string_view to_string(ValueType type) {
  switch (type) {
    case ValueType::integer:
      return "integer";
    case ValueType::number:
      return "number";
    case ValueType::boolean:
      return "boolean";
    case ValueType::string:
      break;
  }
  return "string";
}

const Declaration* Application::declaration(std::string_view parameter) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Declaration& known) { return util::iequals(known.name, parameter); });
  return found == parameters.end() ? nullptr : &*found;
}

const Application* find(const Applications& applications, std::string_view name) {
  const auto found = std::find_if(applications.begin(), applications.end(),
                                  [&](const Application& application) { return application.name == name; });
  return found == applications.end() ? nullptr : &*found;
}

Fault unknown_parameter(const Application& application, std::string_view name,
                        const std::vector<std::string_view>& of_jobs) {
  std::vector<std::string_view> names = of_jobs;
  std::string all;
  for (const Declaration& parameter : application.parameters) {
    names.emplace_back(parameter.name);
    all += (all.empty() ? "" : ", ") + parameter.name;
  }
  const auto near = util::nearest(name, names);
  return {util::for_display(name), "is not a parameter of " + application.name,
          near ? std::string(*near) : (all.empty() ? "no parameters" : all)};
}

std::string accepted_values(const Declaration& parameter) {
  if (!parameter.values.empty()) {
    std::string text;
    for (const std::string& value : parameter.values) text += (text.empty() ? "" : ", ") + value;
    return text;
  }
  if (!parameter.passing.folder.empty()) return "NAME,URI or NAME,param:PART; several separated by ';'";
  switch (parameter.type) {
    case ValueType::integer:
      return "a whole number" + range_text(parameter);
    case ValueType::number:
      return "a number" + range_text(parameter);
    case ValueType::boolean:
      return "true or false";
    case ValueType::string:
      break;
  }
  return "text of at most " + std::to_string(parameter.max_length) + " bytes" +
         (!parameter.passing.file.empty() ? ", or an uploaded file" : "");
}

std::optional<Fault> judge_text(const Declaration& parameter, const std::string& value) {
  const auto refused = [&](std::string reason) {
    return Fault{parameter.name, std::move(reason), accepted_values(parameter)};
  };
  if (!util::is_xml_text(value)) return refused("holds bytes that are not UTF-8, or control characters");
  if (static_cast<std::int64_t>(value.size()) > parameter.max_length) {
    return refused("has a value of " + std::to_string(value.size()) + " bytes");
  }
  return std::nullopt;
}

std::optional<Fault> judge(const Declaration& parameter, const std::string& value) {
  const auto refused = [&](std::string reason) {
    return Fault{parameter.name, std::move(reason), accepted_values(parameter)};
  };
  if (auto fault = judge_text(parameter, value)) return fault;
  if (reference_in(parameter, value)) return std::nullopt;
  if (!parameter.passing.folder.empty()) {
    const auto files = files_of(parameter.passing.folder, value);
    if (files.ok()) return std::nullopt;
    Fault fault = files.error().faults.front();
    fault.input = parameter.name;
    return fault;
  }
  const std::string shown = "'" + util::for_display(value) + "' ";
  if (!has_type(parameter.type, value)) {
    return refused(shown + "is not " +
                   (parameter.type == ValueType::boolean   ? "true or false"
                    : parameter.type == ValueType::integer ? "a whole number"
                                                           : "a number"));
  }
  if (!is_within_range(parameter, value)) return refused(shown + "is out of range");
  const auto& values = parameter.values;
  if (!values.empty() && std::find(values.begin(), values.end(), value) == values.end()) {
    return refused(shown + "is not among the values that it may have");
  }
  return std::nullopt;
}

std::vector<std::string> parts_of(const Declaration& parameter, const std::string& value) {
  if (const auto part = reference_in(parameter, value)) return {std::string(*part)};
  std::vector<std::string> parts;
  if (parameter.passing.folder.empty()) return parts;
  const auto files = files_of(parameter.passing.folder, value);
  if (!files.ok()) return parts;
  for (const Input& file : *files) {
    if (!file.parameter.empty()) parts.push_back(file.parameter);
  }
  return parts;
}

std::string without_files_of(const Declaration& parameter, const std::string& former, const std::string& later) {
  const auto replaced = files_of(parameter.passing.folder, later);
  if (!replaced.ok()) return former;
  std::string left;
  for (const std::string_view piece : util::split(former, ';')) {
    const auto one = files_of(parameter.passing.folder, piece);
    const bool is_replaced = one.ok() && std::any_of(replaced->begin(), replaced->end(),
                                                     [&](const Input& file) { return file.path == one->front().path; });
    if (!is_replaced) left.append(left.empty() ? "" : ";").append(piece);
  }
  return left;
}

util::Result<ContainerTask> task_of(const Application& application, const std::vector<Pair>& values,
                                    const std::vector<std::string>& uploads) {
  return TaskBuilder(application, values, uploads).run();
}

std::vector<Fault> missing(const Application& application, const std::vector<std::string>& given) {
  std::vector<Fault> faults;
  for (const Declaration& parameter : application.parameters) {
    const bool there = std::any_of(given.begin(), given.end(),
                                   [&](const std::string& name) { return util::iequals(name, parameter.name); });
    if (parameter.required && !there) faults.push_back({parameter.name, "is missing", accepted_values(parameter)});
  }
  return faults;
}

}  // namespace task

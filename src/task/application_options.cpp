// Reads the section `applications` of the configuration file.
#include <algorithm>
#include <fstream>
#include <set>

#include "config/checks.h"
#include "task/application.h"
#include "task/grammar.h"
#include "task/together.h"
#include "util/text.h"

namespace task {
namespace {

constexpr std::int64_t longest_value = longest_string;
constexpr std::int64_t longest_file = 1LL << 20;
constexpr std::size_t largest_document = 10U << 20U;
constexpr std::size_t most_items = 200;

/// Names that are parameters of UWS or of this service (U10), or give a whole task (TASK): no application may declare
/// them.
bool is_reserved(std::string_view name) {
  constexpr std::string_view words[] = {"PHASE", "RUNID", "EXECUTIONDURATION", "DESTRUCTION", "ACTION", "WAIT",
                                        "SHARE", "TASK"};
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return util::iequals(word, name); });
}

/// The items of an optional list. Adds a fault if the section is not a list or is too long.
std::vector<config::Section> items_of(const config::Section& section, config::Faults& faults) {
  if (section.node() == nullptr) return {};
  std::vector<config::Section> items = section.items();
  if (section.node()->is_array() && items.size() <= most_items) return items;
  faults.push_back(section.fault(section.node()->is_array() ? "is too long" : "is not a list",
                                 "a list of at most " + std::to_string(most_items)));
  return {};
}

void read_type(config::Reader& reader, Declaration& parameter) {
  std::string type = "string";
  reader.take_word("type", type, {"string", "integer", "number", "boolean"});
  parameter.type = type == "integer"   ? ValueType::integer
                   : type == "number"  ? ValueType::number
                   : type == "boolean" ? ValueType::boolean
                                       : ValueType::string;
}

void read_range(config::Reader& reader, Declaration& parameter) {
  constexpr double limit = 1e300;
  const auto take = [&](std::string_view key, std::optional<double>& target) {
    if (!reader.has(key)) return;
    double number = 0;
    reader.take(key, number, -limit, limit);
    target = number;
    const bool counts = parameter.type == ValueType::integer || parameter.type == ValueType::number;
    if (!counts) reader.fault(key, "is for numbers only", "type: integer or number");
  };
  take("minimum", parameter.minimum);
  take("maximum", parameter.maximum);
  if (parameter.minimum && parameter.maximum && *parameter.minimum > *parameter.maximum) {
    reader.fault("maximum", "is less than the minimum", "at least the minimum");
  }
}

/// Reads the key `argument`: one argument, or a list of arguments.
void read_arguments(config::Reader& reader, const Declaration& parameter, std::vector<std::string>& arguments) {
  const config::Section section = reader.section("argument");
  if (section.node() == nullptr) return;
  if (section.node()->is_array()) {
    reader.take("argument", arguments);
  } else {
    std::string argument;
    reader.take("argument", argument);
    arguments = {argument};
  }
  const std::string_view mark = parameter.is_staged() ? path_mark : value_mark;
  const bool marked = std::any_of(arguments.begin(), arguments.end(),
                                  [&](const std::string& form) { return form.find(mark) != std::string::npos; });
  if (!marked && parameter.type != ValueType::boolean) {
    reader.fault("argument",
                 "does not say where the " + std::string(parameter.is_staged() ? "path" : "value") + " goes",
                 "such as --name=" + std::string(mark) + ", or [--name, \"" + std::string(mark) + "\"]");
  }
}

void read_path(config::Reader& reader, std::string_view key, const std::string& workdir, std::string& target) {
  if (!reader.has(key)) return;
  std::string text;
  reader.take(key, text);
  auto path = grammar::absolute_path(text, workdir);
  if (path.ok()) {
    target = std::move(path).value();
  } else {
    config::add_faults(reader, key, path.error());
  }
}

void read_passing(config::Reader& reader, const std::string& workdir, Declaration& parameter) {
  ParameterPassing& passing = parameter.passing;
  read_path(reader, "file", workdir, passing.file);
  read_path(reader, "folder", workdir, passing.folder);
  if (!passing.file.empty() && !passing.folder.empty()) reader.fault("folder", "is given beside a file", "either");
  if (parameter.is_staged() && parameter.type != ValueType::string) {
    reader.fault("type", "is not for what is staged as a file", "type: string");
  }
  if (!passing.file.empty() && parameter.multiple) {
    reader.fault("multiple", "has no place in one file", "folder, or multiple: false");
  }
  read_arguments(reader, parameter, passing.arguments);
  reader.take("environment", passing.variable);
  if (!passing.variable.empty()) {
    const auto named = grammar::environment_variable(passing.variable + "=");
    if (!named.ok() || passing.variable.find('=') != std::string::npos) {
      reader.fault("environment", "is not the name of a variable", "text without '=', blanks and control characters");
    }
    if (parameter.multiple && !parameter.is_staged()) {
      reader.fault("multiple", "has no place in one variable", "argument, or multiple: false");
    }
  }
  const bool said = reader.has("argument") || reader.has("environment") || reader.has("file") || reader.has("folder");
  if (!said) {
    reader.fault("name", "reaches the program in no way", "argument, environment, file or folder");
  }
}

void check_own_values(config::Reader& reader, const Declaration& parameter) {
  Declaration any = parameter;
  any.values.clear();
  for (const std::string& value : parameter.values) {
    if (const auto fault = judge(any, value)) reader.fault("values", fault->reason, fault->accepted);
  }
  if (!parameter.default_value) return;
  if (parameter.required) reader.fault("default", "is never used: the parameter is required", "either");
  if (parameter.accumulate) reader.fault("default", "would stay beside what is given later", "accumulate: false");
  if (const auto fault = judge(parameter, *parameter.default_value)) {
    reader.fault("default", fault->reason, fault->accepted);
  }
  if (!parts_of(parameter, *parameter.default_value).empty()) {
    reader.fault("default", "refers to an upload that nobody made", "the value itself");
  }
}

Declaration read_declaration(const config::Section& section, const std::string& workdir, config::Faults& faults) {
  constexpr std::size_t longest_name = 64;
  config::Reader reader(section, faults);
  Declaration parameter;
  reader.take("name", parameter.name);
  reader.take("help", parameter.help);
  reader.take("required", parameter.required);
  reader.take("multiple", parameter.multiple);
  reader.take("accumulate", parameter.accumulate);
  if (parameter.accumulate && !parameter.multiple) {
    reader.fault("accumulate", "has no place where one value is taken", "multiple: true");
  }
  read_type(reader, parameter);
  read_range(reader, parameter);
  reader.take("values", parameter.values);
  read_passing(reader, workdir, parameter);
  parameter.max_length = parameter.is_staged() ? longest_file : longest_value;
  reader.take("max_length", parameter.max_length, {.minimum = 1, .maximum = parameter.max_length});
  if (reader.has("default")) {
    std::string text;
    reader.take("default", text);
    parameter.default_value = std::move(text);
  }
  reader.done();

  const std::string& name = parameter.name;
  const bool usable = !name.empty() && name.size() <= longest_name && util::is_xml_text(name) &&
                      util::trim(name) == name && name != "." && name != ".." &&
                      name.find_first_of("/\t\r\n") == std::string::npos;
  if (!usable) {
    reader.fault("name", "cannot be the name of a parameter",
                 "text of 1 to 64 bytes without '/'; blanks within are fine");
  } else if (is_reserved(name)) {
    reader.fault("name", "'" + name + "' is a word of UWS or of this service", "another name");
  } else {
    check_own_values(reader, parameter);
  }
  return parameter;
}

template <typename Text>
void check_distinct(const std::vector<config::Section>& sections, const std::vector<Declaration>& parameters, Text text,
                    const std::string& what, config::Faults& faults) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string value = text(parameters[i]);
    if (value.empty() || seen.insert(value).second) continue;
    faults.push_back(
        sections[i].fault("the " + what + " '" + util::for_display(value) + "' is given twice", "each once"));
  }
}

/// The files that are staged for parameters must not conflict with each other or with the inputs of the task.
void check_files(const std::vector<config::Section>& sections, const Application& application, config::Faults& faults) {
  std::vector<Input> inputs = application.task.inputs;
  for (const Declaration& parameter : application.parameters) {
    const ParameterPassing& passing = parameter.passing;
    if (!parameter.is_staged()) continue;
    const std::string some_file = passing.folder + "/" + parameter.name;
    inputs.push_back({passing.folder.empty() ? passing.file : some_file, "", "", "", parameter.name});
  }
  for (const util::Fault& found : conflicts(inputs, {})) {
    for (std::size_t i = 0; i < sections.size(); ++i) {
      if (application.parameters[i].name == found.input) {
        faults.push_back(sections[i].fault(found.reason, found.accepted));
      }
    }
  }
}

void check_variables(const std::vector<config::Section>& sections, const Application& application,
                     config::Faults& faults) {
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const std::string& variable = application.parameters[i].passing.variable;
    const auto& fixed = application.task.env;
    if (std::any_of(fixed.begin(), fixed.end(), [&](const auto& other) { return other.name == variable; })) {
      faults.push_back(sections[i].child("environment").fault("is a variable of the task already", "another variable"));
    }
  }
}

void read_declarations(const config::Section& section, Application& application, config::Faults& faults) {
  const std::string workdir(working_folder(application.task));
  const std::vector<config::Section> items = items_of(section, faults);
  for (const config::Section& item : items) {
    application.parameters.push_back(read_declaration(item, workdir, faults));
  }
  const auto& all = application.parameters;
  check_distinct(
      items, all, [](const Declaration& p) { return util::to_upper(p.name); }, "name", faults);
  check_distinct(
      items, all, [](const Declaration& p) { return p.passing.variable; }, "variable", faults);
  check_files(items, application, faults);
  check_variables(items, application, faults);
}

/// The section at a JSON pointer, or the deepest section on the way to it that exists.
config::Section section_at(const config::Section& section, const std::string& path) {
  for (const auto& [key, member] : section.members()) {
    if (grammar::is_within(path, member.path())) return section_at(member, path);
  }
  for (const config::Section& item : section.items()) {
    if (grammar::is_within(path, item.path())) return section_at(item, path);
  }
  return section;
}

/// The JSON pointer of the member of a task's document that gives this parameter.
std::string key_of(const config::Section& task, const std::string& parameter) {
  const std::string key = util::to_lower(parameter);
  for (const std::string& place : {key, key + "s"}) {
    if (task.child(place).present()) return "/" + place;
  }
  return (task.child("resources").child(key).present() ? "/resources/" : "/") + key;
}

/// Reads the application's task, a document of the same form as clients send. The policy for clients does not apply
/// to it: only what cannot be given at all is refused.
void read_task(const config::Section& section, const Policy& policy, Application& application, config::Faults& faults) {
  const auto refuse = [&](const std::vector<util::Fault>& found) {
    for (const util::Fault& fault : found) {
      const bool is_pointer = fault.input.empty() || fault.input.front() == '/';
      const std::string path = section.path() + (is_pointer ? fault.input : key_of(section, fault.input));
      faults.push_back({section_at(section, path).line(), path, fault.reason, fault.accepted});
    }
  };
  if (!section.present()) return faults.push_back(section.fault("is missing", "a task, such as {image: busybox}"));
  const auto pairs = parameters_of_document(*section.node());
  if (!pairs.ok()) return refuse(pairs.error().faults);
  auto task = from_parameters(*pairs, {});
  if (!task.ok()) return refuse(task.error().faults);
  application.task = std::move(task).value();
  refuse(task::missing(application.task));
  refuse(policy.impossible(application.task));
}

std::optional<std::string> read_bytes(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  std::string bytes(largest_document + 1, '\0');
  if (file) file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.is_open() || file.bad()) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  bytes.shrink_to_fit();
  return bytes;
}

bool is_document_path(std::string_view path) {
  const auto segments = util::split(path, '/');
  return std::all_of(segments.begin(), segments.end(), grammar::is_name);
}

/// True for a value of Content-Type, such as "text/html; charset=utf-8".
bool is_media_type(std::string_view text) {
  constexpr std::size_t longest = 200;
  const auto slash = text.find('/');
  return text.size() <= longest && slash != 0 && slash != std::string_view::npos && slash + 1 < text.size() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

void read_documents(const config::Section& section, Application& application, config::Faults& faults) {
  std::set<std::string> paths;
  for (const config::Section& item : items_of(section, faults)) {
    config::Reader reader(item, faults);
    StaticDocument document;
    std::string file;
    document.media_type = "text/xml";
    reader.take("path", document.path);
    reader.take("file", file);
    reader.take("media_type", document.media_type);
    reader.done();
    if (!is_media_type(document.media_type)) reader.fault("media_type", "is no media type", "such as text/xml");
    const std::string_view first = std::string_view(document.path).substr(0, document.path.find('/'));
    const std::string list = application.path.substr(application.path.rfind('/') + 1);
    const bool ours = first == list || first == "sync" || document.path == "schema" || document.path == "description";
    if (!is_document_path(document.path) || ours || !paths.insert(document.path).second) {
      reader.fault("path", "'" + util::for_display(document.path) + "' cannot be a document's place",
                   "a path of its own, relative to " + application.folder() + ", such as tables");
    }
    if (auto bytes = read_bytes(file); !bytes) {
      reader.fault("file", "'" + util::for_display(file, 200) + "' cannot be read", "a readable file");
    } else if (bytes->size() > largest_document) {
      reader.fault("file", "is too large", "at most 10 MiB");
    } else {
      document.bytes = *std::move(bytes);
    }
    application.documents.push_back(std::move(document));
  }
}

void check_path(config::Reader& reader, const Application& application) {
  constexpr std::string_view taken[] = {"jobs",       "sync",         "availability", "capabilities",
                                        "metrics",    "openapi.yaml", "openapi.json", "schemas",
                                        "task-types", "service-types"};
  const auto refuse = [&](std::string reason) {
    reader.fault("path", std::move(reason), "a path of two segments or more, such as /tap/async");
  };
  const auto segments = util::split(application.path, '/');
  const bool shaped = segments.size() >= 3 && segments.front().empty() &&
                      std::all_of(segments.begin() + 1, segments.end(), grammar::is_name);
  if (!shaped) return refuse("'" + util::for_display(application.path) + "' is no path of a job list");
  const std::string_view first = segments[1];
  const std::string_view last = segments.back();
  if (std::find(std::begin(taken), std::end(taken), first) != std::end(taken)) {
    return refuse("/" + std::string(first) + " is a resource of ours");
  }
  const bool own = application.folder() == "/apps/" + application.name;
  if (first == "apps" && !own) return refuse("/apps holds the pages of applications");
  for (const std::string_view beside : {"sync", "availability", "capabilities", "schema", "description"}) {
    if (last == beside) return refuse("'" + std::string(last) + "' is the name of what stands beside the list");
  }
}

/// Reads the options of an application that depend on the protocol of its clients, such as TAP.
void read_habits(config::Reader& reader, Application& application) {
  reader.take("sync_by_get", application.sync_by_get);
  std::string errors = "text";
  reader.take_word("errors", errors, {"text", "votable"});
  application.errors_are_votables = errors == "votable";
  reader.take("ignore_unknown", application.ignore_unknown);
  reader.take("empty_is_absent", application.empty_is_absent);
  std::string word = "redirect";
  reader.take_word("sync_result", word, {"redirect", "bytes"});
  application.sync_answers_bytes = word == "bytes";
  word = "given";
  reader.take_word("judge", word, {"given", "run"});
  application.judge = word == "run" ? JudgeAt::run : JudgeAt::given;
}

Application read_application(const config::Section& section, const Policy& policy, config::Faults& faults) {
  config::Reader reader(section, faults);
  Application application;
  reader.take("name", application.name);
  if (!grammar::is_name(application.name)) {
    reader.fault("name", "is not a name", "letters, digits, '.', '_' and '-', at most 64");
  }
  application.title = application.name;
  application.path = "/apps/" + application.name + "/jobs";
  reader.take("title", application.title);
  reader.take("description", application.description);
  reader.take("path", application.path);
  read_habits(reader, application);
  if (grammar::is_name(application.name)) check_path(reader, application);
  read_task(reader.section("task"), policy, application, faults);
  read_declarations(reader.section("parameters"), application, faults);
  read_documents(reader.section("documents"), application, faults);
  reader.done();
  return application;
}

void check_against(const Applications& others, const Application& application, const config::Section& section,
                   config::Faults& faults) {
  for (const Application& other : others) {
    if (other.name == application.name) {
      return faults.push_back(section.child("name").fault("'" + other.name + "' is there twice", "each once"));
    }
    const std::string folder = application.folder();
    if (grammar::is_within(folder, other.folder()) || grammar::is_within(other.folder(), folder)) {
      return faults.push_back(section.child("path").fault(
          "lies in or above " + other.folder() + ", which is " + other.name + "'s", "a folder of its own"));
    }
  }
}

}  // namespace

Applications read_applications(config::Reader& root, const Policy& policy, config::Faults& faults) {
  Applications applications;
  for (const config::Section& section : items_of(root.section("applications"), faults)) {
    Application application = read_application(section, policy, faults);
    check_against(applications, application, section, faults);
    applications.push_back(std::move(application));
  }
  return applications;
}

}  // namespace task

#include <algorithm>
#include <functional>
#include <set>

#include "task/container_task.h"
#include "task/grammar.h"
#include "task/together.h"
#include "util/quantity.h"
#include "util/text.h"

namespace task {
namespace {

/// Reads all parameters and collects their faults, each with the name of its parameter.
class ParameterReader {
 public:
  ParameterReader(const std::vector<Pair>& pairs, const std::vector<std::string>& uploads)
      : pairs_(pairs), uploads_(uploads) {}

  util::Result<ContainerTask> run() {
    check_texts();
    read_singles();
    read_lists();
    check_together();
    if (!faults_.empty()) return util::Error::of(util::ErrorCode::invalid_argument, std::move(faults_));
    return std::move(task_);
  }

 private:
  void fault(std::string_view name, std::string reason, std::string accepted = {}) {
    faults_.push_back({std::string(name), std::move(reason), std::move(accepted)});
  }

  /// The values of a parameter, in the order in which they were given.
  std::vector<std::string_view> values(std::string_view name) const {
    std::vector<std::string_view> found;
    for (const Pair& pair : pairs_) {
      if (util::iequals(pair.name, name)) found.emplace_back(pair.value);
    }
    return found;
  }

  /// Passes the parsed value to `take`, or adds its faults under the parameter's name.
  template <typename T>
  void keep(std::string_view name, util::Result<T> parsed, const std::function<void(T)>& take) {
    if (parsed.ok()) return take(std::move(parsed).value());
    for (const util::Fault& found : parsed.error().faults) fault(name, found.reason, found.accepted);
  }

  template <typename T>
  void read_single(std::string_view name, util::Result<T> (*parse)(std::string_view),
                   const std::function<void(T)>& take) {
    const auto given = values(name);
    if (given.size() > 1) return fault(name, "is given " + std::to_string(given.size()) + " times", "one value");
    if (!given.empty()) keep<T>(name, parse(given.front()), take);
  }

  template <typename T, typename Parse>
  void read_list(std::string_view name, std::vector<T>& target, const Parse& parse) {
    for (const std::string_view value : values(name)) {
      keep<T>(name, parse(value), [&](T parsed) { target.push_back(std::move(parsed)); });
    }
  }

  void check_texts() {
    std::size_t total = 0;
    for (const Pair& pair : pairs_) {
      if (!util::is_xml_text(pair.value)) {
        fault(pair.name, "holds bytes that are not UTF-8, or control characters", "UTF-8 text that XML 1.0 can carry");
      } else if (pair.value.size() > longest_string) {
        fault(pair.name, "has a value of " + std::to_string(pair.value.size()) + " bytes", "at most 131071 bytes");
      }
      total += pair.value.size();
    }
    if (total > longest_strings)
      fault("", "all values together are " + std::to_string(total) + " bytes", "at most 1 MiB");
  }

  void read_singles() {
    read_single<ImageReference>("IMAGE", ImageReference::parse, [this](auto image) { task_.image = std::move(image); });
    read_workdir();
    read_single<std::int64_t>("CORES", util::parse_millicores, [this](auto amount) { task_.millicores = amount; });
    read_single<std::int64_t>("MEMORY", util::parse_bytes, [this](auto amount) { task_.memory_bytes = amount; });
    read_single<std::int64_t>("DISK", util::parse_bytes, [this](auto amount) { task_.disk_bytes = amount; });
    read_single<std::int64_t>(
        "GPUS",
        [](std::string_view text) -> util::Result<std::int64_t> {
          const auto count = util::parse_unsigned(text);
          if (count && *count <= 1024) return static_cast<std::int64_t>(*count);
          return util::Error::of(
              util::ErrorCode::invalid_argument,
              util::Fault{{}, "'" + util::for_display(text) + "' is not a count", "a whole number up to 1024"});
        },
        [this](auto count) { task_.gpus = count; });
    read_single<std::string>("PLATFORM", grammar::platform, [this](auto text) { task_.platform = std::move(text); });
    read_single<std::string>(
        "NETWORK",
        [](std::string_view text) -> util::Result<std::string> {
          if (grammar::is_name(text)) return std::string(text);
          return util::Error::of(util::ErrorCode::invalid_argument,
                                 util::Fault{{},
                                             "'" + util::for_display(text) + "' is not the name of a network",
                                             "none, outbound, or a configured class"});
        },
        [this](auto name) { task_.network = std::move(name); });
  }

  void read_workdir() {
    constexpr std::string_view of_image = "image";
    task_.image_workdir = values("WORKDIR") == std::vector{of_image};
    if (task_.image_workdir) return;
    read_single<std::string>(
        "WORKDIR", [](std::string_view text) { return grammar::absolute_path(text, work_folder); },
        [this](auto path) { task_.workdir = std::move(path); });
  }

  /// A single empty value means no entrypoint at all, not even that of the image.
  void read_entrypoint() {
    const auto entrypoint = values("ENTRYPOINT");
    if (entrypoint.empty()) return;
    task_.entrypoint.emplace();
    if (entrypoint.size() == 1 && entrypoint.front().empty()) return;
    task_.entrypoint->assign(entrypoint.begin(), entrypoint.end());
    if (entrypoint.front().empty()) {
      fault("ENTRYPOINT", "begins with an empty word", "an executable in the image; one empty word alone for none");
    }
  }

  void read_lists() {
    for (const std::string_view value : values("ARG")) task_.args.emplace_back(value);
    read_entrypoint();
    const std::string_view workdir = working_folder(task_);
    read_list("ENV", task_.env, grammar::environment_variable);
    read_list("PORT", task_.ports, grammar::port);
    read_list("MOUNT", task_.mounts, grammar::mount);
    read_list("INPUT", task_.inputs, [&](std::string_view text) { return grammar::input(text, workdir); });
    read_list("OUTPUT", task_.outputs, [&](std::string_view text) { return grammar::output(text, workdir); });
  }

  template <typename Items, typename Key>
  void check_distinct(std::string_view name, const Items& items, const Key& key, const std::string& what) {
    std::set<std::string> seen;
    for (const auto& item : items) {
      const std::string value = key(item);
      if (!value.empty() && !seen.insert(value).second)
        fault(name, what + " '" + util::for_display(value) + "' is given twice", "each once");
    }
  }

  void check_together() {
    check_distinct(
        "ENV", task_.env, [](const auto& variable) { return variable.name; }, "the variable");
    check_distinct(
        "PORT", task_.ports, [](const auto& port) { return std::to_string(port.number) + "/" + port.protocol; },
        "the port");
    check_distinct(
        "PORT", task_.ports, [](const auto& port) { return port.name; }, "the name");
    check_distinct(
        "MOUNT", task_.mounts, [](const auto& mount) { return mount.path; }, "the path");
    for (util::Fault& found : conflicts(task_.inputs, uploads_)) faults_.push_back(std::move(found));
    check_distinct(
        "OUTPUT", task_.outputs,
        [](const auto& output) { return output.is_named && !names_each_file(output) ? output.name : ""; }, "the name");
    check_distinct(
        "OUTPUT", task_.outputs,
        [](const auto& output) { return output.is_named || output.is_glob ? "" : output.pattern; }, "the path");
    check_result_names();
  }

  static bool names_each_file(const Output& output) { return output.name.find(path_in_name) != std::string::npos; }

  void check_result_names() {
    const std::set<std::string_view> ours{"stdout", "stderr", "result"};
    for (const Output& output : task_.outputs) {
      if (!output.is_named) continue;                                      // its result gets a free id later
      const bool is_primary = output.name == "result" && !output.is_glob;  // this names the primary result
      if (ours.contains(output.name) && !is_primary)
        fault("OUTPUT", "'" + output.name + "' is the id of a result of ours", "another name= in front");
    }
    for (const Port& port : task_.ports) {
      const bool taken = ours.contains(port.name) ||
                         std::any_of(task_.outputs.begin(), task_.outputs.end(),
                                     [&](const Output& output) { return output.is_named && output.name == port.name; });
      if (taken) fault("PORT", "'" + port.name + "' is the id of another result", "another name= in front");
    }
  }

  const std::vector<Pair>& pairs_;
  const std::vector<std::string>& uploads_;
  ContainerTask task_;
  std::vector<util::Fault> faults_;
};

}  // namespace

const std::vector<std::string_view>& parameter_names() {
  static const std::vector<std::string_view> names{"IMAGE",  "ENTRYPOINT", "ARG",   "ENV",      "WORKDIR",
                                                   "PORT",   "MOUNT",      "INPUT", "OUTPUT",   "CORES",
                                                   "MEMORY", "GPUS",       "DISK",  "PLATFORM", "NETWORK"};
  return names;
}

util::Result<ContainerTask> from_parameters(const std::vector<Pair>& pairs, const std::vector<std::string>& uploads) {
  return ParameterReader(pairs, uploads).run();
}

std::string_view working_folder(const ContainerTask& task) {
  if (task.image_workdir) return {};
  return task.workdir.empty() ? work_folder : std::string_view(task.workdir);
}

std::vector<util::Fault> missing(const ContainerTask& task) {
  if (!task.image) return {{"IMAGE", "is missing", "the image to run, such as IMAGE=hello-world"}};
  const bool has_command = !task.entrypoint || !task.entrypoint->empty() || !task.args.empty();
  if (has_command) return {};
  return {{"ARG", "is missing: with an empty ENTRYPOINT the arguments are the whole command",
           "the command, such as ARG=/bin/ls"}};
}

}  // namespace task

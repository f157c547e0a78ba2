// The one model of what a user wants run, without identity or time; and its two forms: UWS parameters and a document.
//
// Parameters are what a job stores; the task is derived from them. A document (JSON or YAML, the same words in lower
// case; schemas/container-task.schema.json) is expanded into parameters. docs/container-task.md explains each.
// Computes only; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/node.h"
#include "task/image_reference.h"
#include "util/result.h"

namespace task {

/// The private volume of a run is mounted here; below it the run's own folder, which is HOME and the default WORKDIR.
/// Relative paths of a task are relative to its WORKDIR.
inline constexpr std::string_view work_volume_path = "/work";
inline constexpr std::string_view work_folder = "/work/job";

struct EnvironmentVariable {
  std::string name;
  std::string value;
};

/// PORT: "8888/tcp", "http://:8888/lab", each with an optional "name=" in front.
struct Port {
  std::string name;              // default: "port-8888", or "port-53-udp"
  std::uint16_t number = 0;      // 1 to 65535, in the container
  std::string protocol = "tcp";  // tcp, udp
  std::string scheme;            // http, https, or empty
  std::string path;              // "/lab", or empty
};

/// MOUNT: "volume:/path[:ro|rw]", volume as configured.
struct VolumeMount {
  std::string volume;
  std::string path;
  bool read_only = true;
};

/// INPUT: "path,URI" or "path,param:NAME", each with an optional "mode=0755," in front.
struct Input {
  std::string path;                   // absolute and normal: below the working folder, or where it says
  std::string uri;                    // http(s), or empty
  std::string parameter;              // name of an uploaded part, or empty
  std::optional<std::string> text{};  // the bytes themselves: an application's parameter
  std::string given_by = "INPUT";     // the parameter that says so, for messages
  std::uint32_t mode = 0644;          // its permissions
};

/// In the name of an output: where the path of each file goes, as seen from the working folder.
inline constexpr std::string_view path_in_name = "{path}";

/// OUTPUT: a path or a glob, with an optional "name=" in front.
struct Output {
  std::string name;     // given, or the file's own; of a glob: given, or empty
  std::string pattern;  // absolute and normal; of a glob as task/glob.h has it
  bool is_glob = false;
  bool is_named = false;  // the name is given, and legal as a result's id
};

struct ContainerTask {
  std::optional<ImageReference> image;                 // the one thing a task must have
  std::optional<std::vector<std::string>> entrypoint;  // empty: none, and the image's own neither; args say it all
  std::vector<std::string> args;
  std::vector<EnvironmentVariable> env;
  std::string workdir;         // empty: the run's own folder
  bool image_workdir = false;  // the image's own folder, whatever it is; then `workdir` is empty
  std::vector<Port> ports;
  std::vector<VolumeMount> mounts;
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::optional<std::int64_t> millicores;    // absent: the configured default
  std::optional<std::int64_t> memory_bytes;  // absent: the configured default
  std::string network;                       // "none", "outbound", a configured class; empty: none
  // Understood, and refused where they cannot be given:
  std::optional<std::int64_t> gpus;
  std::optional<std::int64_t> disk_bytes;
  std::string platform;  // "linux/amd64"
};

struct Pair {
  std::string name;
  std::string value;
};

/// The parameter names of a task, in their canonical spelling and order.
const std::vector<std::string_view>& parameter_names();

/// Checks each pair on its own and all together; every fault is named. `uploads` are the names of uploaded parts that
/// param: may refer to. An incomplete task is fine here; see missing(). Names compare without case.
util::Result<ContainerTask> from_parameters(const std::vector<Pair>& pairs, const std::vector<std::string>& uploads);

/// Expands a document into parameters, in canonical order. Faults carry JSON pointers.
util::Result<std::vector<Pair>> parameters_of_document(const data::Node& document);
/// The same, where what has no fault is looked at all the same.
struct ExpandedDocument {
  std::vector<Pair> pairs;
  std::vector<util::Fault> faults;
  std::vector<std::string> emptied = {};  // parameters that an empty list sets to nothing
};
ExpandedDocument expand_document(const data::Node& document);
/// Reads a document's text: by its media type, else JSON when it begins like an object, else YAML.
util::Result<data::Node> parse_document(std::string_view text, std::string_view media_type);

/// What relative paths of the task are relative to; empty: the image's own folder, which nobody knows yet.
std::string_view working_folder(const ContainerTask& task);

/// What a task must have to be run, and has not.
std::vector<util::Fault> missing(const ContainerTask& task);

}  // namespace task

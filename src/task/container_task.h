// A container task: image, command, inputs, outputs and resources; not its owner and times. It has two external forms,
// UWS parameters and a document.
//
// A job stores the parameters, and the task is derived from them. A document (JSON or YAML, with member names in lower
// case; schemas/container-task.schema.json) is expanded into parameters. docs/container-task.md explains each of them.
// Computes only; any thread may call.
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

/// The private volume of a run is mounted at `work_volume_path`. `work_folder` on it is HOME and the default WORKDIR.
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
  std::string protocol = "tcp";  // tcp or udp
  std::string scheme;            // http, https, or empty
  std::string path;              // "/lab", or empty
};

/// MOUNT: "volume:/path[:ro|rw]", where volume is the name of a configured volume.
struct VolumeMount {
  std::string volume;
  std::string path;
  bool read_only = true;
};

/// INPUT: "path,URI" or "path,param:NAME", each with an optional "mode=0755," in front.
struct Input {
  std::string path;                   // absolute and normalised
  std::string uri;                    // http(s), or empty
  std::string parameter;              // name of an uploaded part, or empty
  std::optional<std::string> text{};  // the content, where it is the value of an application's parameter
  std::string given_by = "INPUT";     // the parameter that gave this input, for messages
  std::uint32_t mode = 0644;          // permissions of the file
};

/// Placeholder in the name of an output: the path of each file, relative to the working folder.
inline constexpr std::string_view path_in_name = "{path}";

/// OUTPUT: a path or a glob, with an optional "name=" in front.
struct Output {
  std::string name;     // the given name, else the file name; of a glob: the given name, else empty
  std::string pattern;  // absolute and normalised; of a glob in the syntax of task/glob.h
  bool is_glob = false;
  bool is_named = false;  // a name is given; it is valid as the id of a result
};

struct ContainerTask {
  std::optional<ImageReference> image;                 // required to run the task
  std::optional<std::vector<std::string>> entrypoint;  // absent: the image's; empty: none, args are the whole command
  std::vector<std::string> args;
  std::vector<EnvironmentVariable> env;
  std::string workdir;         // empty: work_folder, unless image_workdir
  bool image_workdir = false;  // use the working directory of the image; then `workdir` is empty
  std::vector<Port> ports;
  std::vector<VolumeMount> mounts;
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::optional<std::int64_t> millicores;    // absent: the configured default
  std::optional<std::int64_t> memory_bytes;  // absent: the configured default
  std::string network;                       // "none", "outbound", or a configured class; empty: none
  // These are parsed; the policy refuses what no engine can give:
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

/// Checks each pair and all of them together, and reports every fault. `uploads` are the names of uploaded parts, to
/// which param: may refer. An incomplete task is accepted here; see missing(). Names are compared case-insensitively.
util::Result<ContainerTask> from_parameters(const std::vector<Pair>& pairs, const std::vector<std::string>& uploads);

/// Expands a document into parameters, in canonical order. Faults carry JSON pointers.
util::Result<std::vector<Pair>> parameters_of_document(const data::Node& document);
/// Like parameters_of_document(), but also returns the parameters of the members without faults.
struct ExpandedDocument {
  std::vector<Pair> pairs;
  std::vector<util::Fault> faults;
  std::vector<std::string> emptied = {};  // parameters whose member is an empty list: they are given, without a value
};
ExpandedDocument expand_document(const data::Node& document);
/// Parses a document as its media type says; else as JSON when it begins like an object, else as YAML.
util::Result<data::Node> parse_document(std::string_view text, std::string_view media_type);

/// The folder to which the paths of the task are relative; empty: that of the image, which is not known before it is
/// pulled.
std::string_view working_folder(const ContainerTask& task);

/// A fault for everything that a task needs to be run and does not have.
std::vector<util::Fault> missing(const ContainerTask& task);

}  // namespace task

#include "executor/spec.h"

#include "util/part_reference.h"

namespace executor {
namespace {

/// A source of bytes for an input whose content is given as text.
class Text : public util::ByteSource {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  util::Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    const std::size_t count = text_.copy(buffer, capacity, at_);
    at_ += count;
    return count;
  }

 private:
  const std::string text_;
  std::size_t at_ = 0;
};

InputFile written(const std::string& path, const std::string& text) {
  return {path, text.size(),
          [text] { return util::Result<std::unique_ptr<util::ByteSource>>(std::make_unique<Text>(text)); }};
}

std::optional<StoredInput> stored(const task::Input& input, const std::vector<uws::Parameter>& parameters,
                                  const std::map<std::string, StoredInput>& fetched) {
  if (input.parameter.empty()) {
    const auto found = fetched.find(input.path);
    if (found == fetched.end()) return std::nullopt;
    return found->second;
  }
  const auto upload = util::find_part(parameters, input.parameter, [](const uws::Parameter& parameter) {
    return parameter.by_reference ? std::string_view(parameter.name) : std::string_view();
  });
  if (upload == parameters.end()) return std::nullopt;
  return StoredInput{upload->blob, upload->size_bytes};
}

Network network_of(const task::ContainerTask& task, const task::Policy& policy) {
  if (const task::NetworkClass* named = policy.network(task.network))
    return {Network::Kind::named, named->engine_network};
  return {task.network == "outbound" ? Network::Kind::outbound : Network::Kind::none, {}};
}

Mount mount_of(const task::VolumeMount& mount, const task::Volume& volume) {
  return {.source = volume.source,
          .source_is_path = volume.source.starts_with('/'),
          .target = mount.path,
          .read_only = mount.read_only || !volume.writable};
}

void add_variable(RunSpec& spec, std::string_view name, const std::string& value) {
  const bool is_said =
      std::any_of(spec.env.begin(), spec.env.end(), [&](const auto& pair) { return pair.first == name; });
  if (!is_said) spec.env.emplace_back(name, value);
}

util::Error lacking(const std::string& what) { return util::Error::of(util::ErrorCode::internal, what); }

}  // namespace

util::Result<RunSpec> make_spec(const RunId& id, const task::ContainerTask& task, const task::Policy& policy,
                                const RunOptions& options, const std::vector<uws::Parameter>& parameters,
                                const std::map<std::string, StoredInput>& fetched, store::BlobStore& blobs) {
  if (!task.image) return lacking("the task has no image");
  RunSpec spec;
  spec.id = id;
  spec.trace = util::traces().of(id.job);
  spec.image = *task.image;
  spec.entrypoint = task.entrypoint;
  spec.args = task.args;
  for (const task::EnvironmentVariable& variable : task.env) spec.env.emplace_back(variable.name, variable.value);
  spec.workdir = task::working_folder(task);
  for (const task::Input& input : task.inputs) {
    if (input.text) {
      spec.inputs.push_back(written(input.path, *input.text));
      continue;
    }
    const auto bytes = stored(input, parameters, fetched);
    if (!bytes) return lacking("the bytes of input " + input.path + " are not there");
    spec.inputs.push_back(
        {input.path, bytes->size_bytes, [&blobs, blob = bytes->blob] { return blobs.open(blob); }, input.mode});
  }
  for (const task::Port& port : task.ports) spec.ports.push_back({port.name, port.number, port.protocol});
  for (const task::VolumeMount& mount : task.mounts) {
    const task::Volume* volume = policy.volume(mount.volume);
    if (volume == nullptr) return lacking("the volume '" + mount.volume + "' is not configured any more");
    spec.mounts.push_back(mount_of(mount, *volume));
  }
  spec.network = network_of(task, policy);
  spec.limits = {.millicores = policy.millicores(task),
                 .memory_bytes = policy.memory_bytes(task),
                 .pids = options.pids,
                 .open_files = options.open_files,
                 .log_bytes = options.max_log_bytes};
  return spec;
}

void name_job(RunSpec& spec, const uws::Job& job) {
  add_variable(spec, "UWS_JOBID", job.id);
  if (job.run_id) add_variable(spec, "UWS_RUNID", *job.run_id);
}

}  // namespace executor

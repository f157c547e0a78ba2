#include "executor/job_info.h"

#include <algorithm>
#include <array>

#include "util/text.h"

namespace executor {
namespace {

constexpr std::array<std::string_view, 8> step_order{"queued", "claimed", "pulled", "created",
                                                     "staged", "started", "ended",  "collected"};

std::string_view word(MemoryEvidence memory) {
  switch (memory) {
    case MemoryEvidence::none:
      return "none";
    case MemoryEvidence::out_of_memory:
      return "outOfMemory";
    case MemoryEvidence::probable:
      return "probable";
    case MemoryEvidence::unknown:
      break;
  }
  return "unknown";
}

data::Node text(const std::string& value) { return data::Node::string(util::to_xml_text(value)); }

data::Node steps_node(const std::map<std::string, util::Instant>& steps) {
  data::Node node = data::Node::object();
  for (const std::string_view name : step_order) {
    const auto found = steps.find(std::string(name));
    if (found != steps.end()) node.set(std::string(name), data::Node::string(util::to_iso(found->second)));
  }
  return node;
}

data::Node resources_node(const JobInfo& info) {
  data::Node node = data::Node::object();
  node.set("cores", data::Node::number(static_cast<double>(info.millicores) / 1000));
  node.set("memoryBytes", data::Node::number(info.memory_bytes));
  return node;
}

}  // namespace

data::Node to_node(const JobInfo& info) {
  data::Node node = data::Node::object();
  node.set("engine", text(info.engine));
  if (!info.engine_version.empty()) node.set("engineVersion", text(info.engine_version));
  node.set("image", text(info.image));
  if (!info.image_digest.empty()) node.set("imageDigest", text(info.image_digest));
  node.set("resources", resources_node(info));
  if (info.ended && info.ended->cause == EndCause::exited) {
    if (info.ended->exit_code) node.set("exitCode", data::Node::number(std::int64_t{*info.ended->exit_code}));
    node.set("memoryEvidence", data::Node::string(std::string(word(info.ended->memory))));
  }
  node.set("steps", steps_node(info.steps));
  if (!info.notes.empty()) {
    data::Node notes = data::Node::array();
    for (const std::string& note : info.notes) notes.push(text(note));
    node.set("notes", std::move(notes));
  }
  return node;
}

void set_progress(data::Node& info, const Progress& progress) {
  data::Node node = data::Node::object();
  if (progress.percent) node.set("percent", data::Node::number(std::int64_t{std::clamp(*progress.percent, 0, 100)}));
  node.set("message", text(progress.message));
  info.set("progress", std::move(node));
  info.set("phaseDetail", text(progress.message));
}

}  // namespace executor

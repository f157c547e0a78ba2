#include <algorithm>
#include <array>

#include "task/container_task.h"
#include "task/other_words.h"
#include "util/text.h"

namespace task {
namespace {

constexpr std::array<std::string_view, 4> resource_names{"cores", "memory", "gpus", "disk"};

/// Expands the members of a document, each by its own rule, and collects every fault with its JSON pointer.
class Expansion {
 public:
  explicit Expansion(const data::Node& document) : document_(document) {}

  ExpandedDocument run() {
    if (!document_.is_object()) {
      fault("", "the document is not an object",
            "an object such as {\"image\": \"hello-world\"}; or parameters, as application/x-www-form-urlencoded");
      return {{}, std::move(faults_)};
    }
    scalar(document_, "", "image", "IMAGE");
    entrypoint();
    strings("args", "ARG");
    environment();
    scalar(document_, "", "workdir", "WORKDIR");
    strings("ports", "PORT");
    strings("mounts", "MOUNT");
    strings("inputs", "INPUT");
    strings("outputs", "OUTPUT");
    resources();
    scalar(document_, "", "platform", "PLATFORM");
    scalar(document_, "", "network", "NETWORK");
    refuse_unknown(document_, "",
                   {"image", "entrypoint", "args", "env", "workdir", "ports", "mounts", "inputs", "outputs",
                    "resources", "platform", "network"});
    return {std::move(pairs_), std::move(faults_), std::move(emptied_)};
  }

 private:
  void fault(std::string pointer, std::string reason, std::string accepted) {
    faults_.push_back({std::move(pointer), std::move(reason), std::move(accepted)});
  }

  void scalar(const data::Node& object, const std::string& parent, std::string_view key, std::string_view parameter) {
    const data::Node* node = object.find(key);
    if (node == nullptr || node->is_null()) return;
    if (const auto text = node->as_string()) return pairs_.push_back({std::string(parameter), *text});
    fault(data::child_pointer(parent, key), "is not a string", "a string");
  }

  /// Takes a number, or a string with its text.
  void number(const data::Node& object, const std::string& parent, std::string_view key, std::string_view parameter) {
    const data::Node* node = object.find(key);
    if (node == nullptr || node->is_null()) return;
    if (node->kind() == data::Kind::number || node->as_string())
      return pairs_.push_back({std::string(parameter), node->text()});
    fault(data::child_pointer(parent, key), "is not a number", "a number");
  }

  void strings(std::string_view key, std::string_view parameter) {
    const data::Node* node = document_.find(key);
    if (node == nullptr || node->is_null()) return;
    const std::string pointer = data::child_pointer("", key);
    if (!node->is_array()) return fault(pointer, "is not a list", "a list of strings");
    if (node->items().empty()) emptied_.emplace_back(parameter);
    for (std::size_t i = 0; i < node->items().size(); ++i) {
      if (const auto text = node->items()[i].as_string()) {
        pairs_.push_back({std::string(parameter), *text});
      } else {
        fault(data::child_pointer(pointer, i), "is not a string",
              "a string, as the parameter " + std::string(parameter) + " takes it");
      }
    }
  }

  /// An empty list removes the entrypoint of the image. As parameters, that is one empty ENTRYPOINT.
  void entrypoint() {
    const data::Node* node = document_.find("entrypoint");
    if (node != nullptr && node->is_array() && node->items().empty()) return pairs_.push_back({"ENTRYPOINT", ""});
    strings("entrypoint", "ENTRYPOINT");
  }

  void environment() {
    const data::Node* node = document_.find("env");
    if (node == nullptr || !node->is_object()) return strings("env", "ENV");
    if (node->members().empty()) emptied_.emplace_back("ENV");
    for (const auto& [name, value] : node->members()) {
      if (name.find('=') != name.npos) {
        fault(data::child_pointer("/env", name), "is not the name of a variable", "a name without '='");
      } else if (const auto text = value.as_string()) {
        pairs_.push_back({"ENV", name + "=" + *text});
      } else {
        fault(data::child_pointer("/env", name), "is not a string", "a string");
      }
    }
  }

  void resources() {
    const data::Node* node = document_.find("resources");
    if (node == nullptr || node->is_null()) return;
    if (!node->is_object()) return fault("/resources", "is not an object", "an object with cores and memory");
    number(*node, "/resources", "cores", "CORES");
    scalar(*node, "/resources", "memory", "MEMORY");
    number(*node, "/resources", "gpus", "GPUS");
    scalar(*node, "/resources", "disk", "DISK");
    refuse_unknown(*node, "/resources", {resource_names.begin(), resource_names.end()});
  }

  void refuse_unknown(const data::Node& object, const std::string& parent, const std::vector<std::string_view>& known) {
    for (const auto& [key, value] : object.members()) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      if (parent.empty() && std::find(resource_names.begin(), resource_names.end(), key) != resource_names.end()) {
        fault(data::child_pointer(parent, key), "is not known", "resources." + key);
        continue;
      }
      if (const auto ours = our_word(key)) {
        fault(data::child_pointer(parent, key), "is not known", std::string(ours->member));
        continue;
      }
      const auto near = util::nearest(key, known);
      std::string accepted;
      for (const std::string_view word : known) accepted += (accepted.empty() ? "" : ", ") + std::string(word);
      fault(data::child_pointer(parent, key), "is not known", near ? std::string(*near) : accepted);
    }
  }

  const data::Node& document_;
  std::vector<Pair> pairs_;
  std::vector<util::Fault> faults_;
  std::vector<std::string> emptied_;
};

}  // namespace

ExpandedDocument expand_document(const data::Node& document) { return Expansion(document).run(); }

util::Result<std::vector<Pair>> parameters_of_document(const data::Node& document) {
  ExpandedDocument expanded = expand_document(document);
  if (!expanded.faults.empty()) return util::Error::of(util::ErrorCode::invalid_argument, std::move(expanded.faults));
  return std::move(expanded.pairs);
}

util::Result<data::Node> parse_document(std::string_view text, std::string_view media_type) {
  // A task is small. The limits keep a document from occupying an HTTP worker for long.
  return data::parse_document(text, media_type, {.bytes = 256U << 10U, .depth = 16, .nodes = 20'000});
}

}  // namespace task

// Builds a tree from the dotted parameter names of forms and queries.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "task/planner_request.h"
#include "util/text.h"

namespace task {
namespace {

using data::Node;
using util::Fault;

constexpr std::array<std::string_view, 4> roots{"tasktype", "taskinfo", "resources", "tags"};
constexpr std::size_t deepest = 16;
constexpr std::size_t most = 2000;
constexpr std::size_t most_bytes = 256U << 10U;
constexpr std::size_t most_values = 20'000;
constexpr std::size_t longest_name = 256;  // bytes; the same limit as for parameters of a job

/// A place in the tree has values or places below it, never both.
struct Place {
  std::vector<Node> values;
  std::vector<std::pair<std::string, std::unique_ptr<Place>>> below;

  Place& at(std::string_view name) {
    const auto found = std::find_if(below.begin(), below.end(), [&](const auto& item) { return item.first == name; });
    if (found != below.end()) return *found->second;
    below.emplace_back(name, std::make_unique<Place>());
    return *below.back().second;
  }

  Node to_node() const {
    if (below.empty()) {
      if (values.size() == 1) return values.front();
      Node list = Node::array();
      for (const Node& value : values) list.push(value);
      return list;
    }
    Node object = Node::object();
    for (const auto& [name, place] : below) object.set(name, place->to_node());
    return object;
  }
};

/// Splits a list such as "{md,python}". nullopt for a text that is no such list, such as JSON or one with inner braces.
std::optional<std::vector<std::string_view>> list_in(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('{') || !text.ends_with('}')) return std::nullopt;
  const std::string_view inner = util::trim(text.substr(1, text.size() - 2));
  if (inner.find_first_of("{}\":") != inner.npos) return std::nullopt;
  if (inner.empty()) return std::vector<std::string_view>{};
  return util::split(inner, ',');
}

/// Documents must be UTF-8 without NUL, and so must these values. Form fields have been checked before; multipart parts
/// with a media type and arguments of the command line have not.
bool is_text(std::string_view text) { return text.find('\0') == text.npos && util::is_utf8(text); }

std::size_t count(const Node& node) {
  std::size_t all = 1;
  for (const Node& item : node.items()) all += count(item);
  for (const auto& [name, member] : node.members()) all += count(member);
  return all;
}

class DocumentBuilder {
 public:
  void add(const DottedValue& value) {
    bytes_ += value.name.size() + value.text.size();
    if (is_too_much()) return;
    if (value.name.size() > longest_name || !util::is_xml_text(value.name)) {
      return fault(value.name, "cannot be a name", "at most " + std::to_string(longest_name) + " bytes of text");
    }
    const std::vector<std::string_view> path = util::split(value.name, '.');
    if (std::find(roots.begin(), roots.end(), path.front()) == roots.end()) {
      return fault(value.name, "is not known", "tasktype, taskinfo.NAME, resources.NAME");
    }
    if (path.size() > deepest) {
      return fault(value.name, "goes too deep", "at most " + std::to_string(deepest) + " levels");
    }
    Place* place = &tree_;
    for (const std::string_view name : path) {
      if (name.empty()) return fault(value.name, "has an empty part", "names with dots between them");
      if (!place->values.empty()) return clash(value.name);
      place = &place->at(name);
    }
    if (!place->below.empty()) return clash(value.name);
    if (!is_text(value.text)) return fault(value.name, "is no text", "UTF-8 without NUL");
    const bool is_root = path.size() == 1;
    const bool is_word = is_root && (path.front() == "tasktype" || path.front() == "tags");
    if (is_document(value.media_type) || (is_root && !is_word)) {
      add_document(*place, value, is_root && !is_word);
    } else if (is_root && path.front() == "tasktype") {
      place->values.push_back(Node::string(value.text));
    } else {
      add_value(*place, value);
    }
  }

  util::Result<Node> take() {
    if (is_too_much()) {
      return util::Error::of(
          util::ErrorCode::too_large,
          Fault{"", "is more than a question may be",
                "at most " + std::to_string(most_bytes) + " bytes, and " + std::to_string(most_values) + " values"});
    }
    if (!faults_.empty()) return util::Error::of(util::ErrorCode::invalid_argument, std::move(faults_));
    return tree_.below.empty() ? Node::object() : tree_.to_node();
  }

 private:
  bool is_too_much() const { return bytes_ > most_bytes || values_ > most_values; }
  void fault(const std::string& name, std::string reason, std::string accepted) {
    faults_.push_back({util::for_display(name), std::move(reason), std::move(accepted)});
  }
  void clash(const std::string& name) {
    fault(name, "clashes with another name: one place cannot be a value and an object", "one of the two");
  }

  static bool is_document(std::string_view media_type) {
    return media_type.find("json") != media_type.npos || media_type.find("yaml") != media_type.npos;
  }

  /// An unquoted text may later be read as a number or a boolean. A value with a media type is never split as a list.
  void add_value(Place& place, const DottedValue& value) {
    const auto pieces = value.media_type.empty() ? list_in(value.text) : std::nullopt;
    values_ += pieces ? pieces->size() + 1 : 1;
    if (is_too_much()) return;
    if (!pieces) return place.values.push_back(Node::plain(value.text));
    Node list = Node::array();
    for (const std::string_view piece : *pieces) list.push(Node::plain(std::string(util::trim(piece))));
    place.values.push_back(std::move(list));
  }

  /// A value that is a JSON or YAML document. `is_whole`: it is a whole taskinfo or resources, as in
  /// taskinfo={"image": "a"}, and must be an object.
  void add_document(Place& place, const DottedValue& value, bool is_whole) {
    if (!place.values.empty()) return fault(value.name, "is given more than once", "one document");
    auto document = parse_document(value.text, value.media_type.empty() ? "application/yaml" : value.media_type);
    if (!document.ok()) {
      for (const Fault& other : document.error().faults) {
        fault(value.name, other.input + " " + other.reason, other.accepted);
      }
      return;
    }
    values_ += count(*document);
    if (is_too_much()) return;
    if (is_whole && !document->is_object()) return fault(value.name, "is not an object", "a JSON or YAML object");
    place.values.push_back(*std::move(document));
  }

  Place tree_;
  std::vector<Fault> faults_;
  std::size_t bytes_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

bool is_planner_name(std::string_view name) {
  return std::find(roots.begin(), roots.end(), name.substr(0, name.find('.'))) != roots.end();
}

util::Result<Node> tree_of(const std::vector<DottedValue>& values) {
  if (values.size() > most) {
    return util::Error::of(util::ErrorCode::too_large, Fault{"", "has " + std::to_string(values.size()) + " parameters",
                                                             "at most " + std::to_string(most) + ", or a document"});
  }
  DocumentBuilder growing;
  for (const DottedValue& value : values) growing.add(value);
  return growing.take();
}

}  // namespace task

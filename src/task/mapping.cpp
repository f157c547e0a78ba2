#include "task/mapping.h"

#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "util/text.h"

namespace task {
namespace {

using data::Node;

/// A piece of a string of the template: literal text, or a name that was in braces.
struct Piece {
  bool is_name = false;
  std::string text;
};

/// Splits a string of the template. nullopt: a brace is not matched, or braces are empty or nested.
std::optional<std::vector<Piece>> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    const auto open = text.find('{');
    const std::string_view before = text.substr(0, open);
    if (before.find('}') != before.npos) return std::nullopt;
    if (!before.empty()) pieces.push_back({false, std::string(before)});
    if (open == text.npos) break;
    const auto close = text.find('}', open);
    if (close == text.npos || close == open + 1) return std::nullopt;
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (name.find('{') != name.npos) return std::nullopt;
    pieces.push_back({true, std::string(name)});
    text.remove_prefix(close + 1);
  }
  return pieces;
}

const Node* given(const Node& taskinfo, const std::string& name) {
  const Node* value = taskinfo.find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<Node> filled_text(const std::string& text, const Node& taskinfo) {
  const auto pieces = pieces_of(text).value_or(std::vector<Piece>{});
  if (pieces.size() == 1 && pieces.front().is_name) {
    const Node* value = given(taskinfo, pieces.front().text);
    if (value == nullptr) return std::nullopt;
    // A plain node can be read as a string too: the document may need one where taskinfo has a number.
    const bool is_text = value->kind() == data::Kind::string || !value->is_scalar();
    return is_text ? *value : Node::plain(value->text());
  }
  std::string filled;
  for (const Piece& piece : pieces) {
    const Node* value = piece.is_name ? given(taskinfo, piece.text) : nullptr;
    if (piece.is_name && (value == nullptr || !value->is_scalar())) return std::nullopt;
    filled += piece.is_name ? value->text() : piece.text;
  }
  return Node::string(std::move(filled));
}

std::optional<Node> filled(const Node& part, const Node& taskinfo) {
  if (part.is_object()) {
    Node object = Node::object();
    for (const auto& [name, member] : part.members()) {
      if (auto value = filled(member, taskinfo)) object.set(name, *std::move(value));
    }
    return object;
  }
  if (part.is_array()) {
    Node array = Node::array();
    for (const Node& item : part.items()) {
      if (auto value = filled(item, taskinfo)) array.push(*std::move(value));
    }
    return array;
  }
  if (const auto text = part.as_string()) return filled_text(*text, taskinfo);
  return part;
}

/// Calls `call` with each string of the template and its JSON pointer.
void for_each_text(const Node& part, const std::string& pointer,
                   const std::function<void(const std::string&, const std::string&)>& call) {
  for (const auto& [name, member] : part.members()) for_each_text(member, data::child_pointer(pointer, name), call);
  for (std::size_t i = 0; i < part.items().size(); ++i) {
    for_each_text(part.items()[i], data::child_pointer(pointer, i), call);
  }
  if (const auto text = part.as_string()) call(*text, pointer);
}

}  // namespace

util::Result<Mapping> Mapping::compile(const Node& text, const std::string& pointer) {
  Mapping mapping;
  mapping.is_identity_ = text.as_string() == "{}";
  mapping.template_ = text;
  if (mapping.is_identity_) return mapping;
  std::vector<util::Fault> faults;
  if (!text.is_object()) faults.push_back({pointer, "is no template of a task", "a mapping, or \"{}\""});
  for_each_text(text, pointer, [&](const std::string& value, const std::string& at) {
    const auto pieces = pieces_of(value);
    if (!pieces) {
      faults.push_back({at, "has braces that are not around a name", "such as \"{registry}/{image_name}\""});
      return;
    }
    for (const Piece& piece : *pieces) {
      if (piece.is_name) mapping.names_.insert(piece.text);
    }
  });
  if (!faults.empty()) return util::Error::of(util::ErrorCode::invalid_argument, std::move(faults));
  return mapping;
}

Node Mapping::apply(const Node& taskinfo) const {
  if (is_identity_) return taskinfo;
  return filled(template_, taskinfo).value_or(Node::object());
}

std::string Mapping::origin_of(const std::string& pointer) const {
  if (is_identity_) return pointer;
  std::string origin;
  for_each_text(template_, {}, [&](const std::string& text, const std::string& at) {
    const bool is_below = pointer == at || pointer.starts_with(at + "/");
    const bool is_above = at.starts_with(pointer + "/");  // for a list, the first item with a name decides
    if ((!is_below && !is_above) || !origin.empty()) return;
    for (const Piece& piece : pieces_of(text).value_or(std::vector<Piece>{})) {
      if (!piece.is_name) continue;
      const bool is_whole = text == "{" + piece.text + "}";
      origin = data::child_pointer("", piece.text) + (is_whole && is_below ? pointer.substr(at.size()) : "");
    }
  });
  return origin.empty() ? pointer : origin;
}

}  // namespace task

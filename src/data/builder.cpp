#include "data/builder.h"

#include <algorithm>
#include <utility>

#include "util/text.h"

namespace data {

Node Builder::scalar(Kind kind, std::string text) {
  Node node;
  node.kind_ = kind;
  node.text_ = std::move(text);
  return node;
}

bool Builder::accept_size(std::size_t bytes) {
  if (bytes <= limits_.bytes) return true;
  return refuse(util::ErrorCode::too_large, "has " + std::to_string(bytes) + " bytes",
                "at most " + std::to_string(limits_.bytes) + " bytes", {});
}

bool Builder::open(Kind kind, Place place) {
  if (!accept_node(frames_.size() + 1, place)) return false;
  Frame frame;
  frame.node.kind_ = kind;
  frame.node.set_place(place.line, place.column);
  frames_.push_back(std::move(frame));
  return true;
}

bool Builder::close() {
  Node node = std::move(frames_.back().node);
  frames_.pop_back();
  attach(std::move(node), {});
  return true;
}

bool Builder::key(std::string text, Place place) {
  if (!accept_text(text, place)) return false;
  Frame& frame = frames_.back();
  frame.key = std::move(text);
  frame.key_place = place;
  frame.has_key = true;
  if (is_new(frame)) return true;
  return refuse(util::ErrorCode::invalid_argument, "is given twice", "each key once", place);
}

/// Most objects are small; comparing with each member is then cheaper than a set of the keys.
bool Builder::is_new(Frame& frame) {
  constexpr std::size_t few = 16;
  const auto& members = frame.node.members_;
  if (members.size() < few) return frame.node.find(frame.key) == nullptr;
  if (frame.keys.empty()) {
    for (const auto& [key, value] : members) frame.keys.insert(key);
  }
  return frame.keys.insert(frame.key).second;
}

bool Builder::value(Node scalar, Place place) {
  if (!accept_node(frames_.size() + 1, place) || !accept_text(scalar.text_, place)) return false;
  attach(std::move(scalar), place);
  return true;
}

bool Builder::copy(const Node& tree, Place place) {
  if (!weigh(tree, frames_.size() + 1, place)) return false;
  attach(tree, {});
  return true;
}

bool Builder::refuse(util::ErrorCode code, std::string reason, std::string accepted, Place place) {
  constexpr std::size_t longest_pointer = 200;
  std::string input;
  if (place.line != 0) input = "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
  const std::string path = util::for_display(pointer(), longest_pointer);
  if (!input.empty() && !path.empty()) input += ", ";
  error_ = util::Error::of(code, util::Fault{input + path, std::move(reason), std::move(accepted)});
  failed_at_ = place;
  return false;
}

bool Builder::accept_text(std::string_view text, Place place) {
  text_bytes_ += text.size();
  if (text_bytes_ > limits_.bytes) {
    return refuse(util::ErrorCode::too_large, "makes more text than the document may hold",
                  "at most " + std::to_string(limits_.bytes) + " bytes, aliases expanded", place);
  }
  if (text.find('\0') != text.npos) {
    return refuse(util::ErrorCode::invalid_argument, "holds a NUL character", "text without NUL", place);
  }
  if (!util::is_utf8(text)) return refuse(util::ErrorCode::invalid_argument, "is not UTF-8", "text in UTF-8", place);
  return true;
}

bool Builder::accept_node(std::size_t depth, Place place) {
  if (depth > limits_.depth) {
    return refuse(util::ErrorCode::too_large, "is nested too deep",
                  "at most " + std::to_string(limits_.depth) + " levels", place);
  }
  if (++nodes_ > limits_.nodes) {
    return refuse(util::ErrorCode::too_large, "is one value too many",
                  "at most " + std::to_string(limits_.nodes) + " values, aliases expanded", place);
  }
  return true;
}

bool Builder::weigh(const Node& tree, std::size_t depth, Place place) {
  if (!accept_node(depth, place) || !accept_text(tree.text_, place)) return false;
  const auto accept = [&](const Node& node) { return weigh(node, depth + 1, place); };
  return std::all_of(tree.items_.begin(), tree.items_.end(), accept) &&
         std::all_of(tree.members_.begin(), tree.members_.end(),
                     [&](const auto& member) { return accept_text(member.first, place) && accept(member.second); });
}

void Builder::attach(Node node, Place place) {
  if (place.line != 0) node.set_place(place.line, place.column);
  if (frames_.empty()) {
    root_ = std::move(node);
    last_ = &root_;
    return;
  }
  Frame& frame = frames_.back();
  if (frame.node.is_array()) {
    frame.node.items_.push_back(std::move(node));
    last_ = &frame.node.items_.back();
    return;
  }
  if (frame.key_place.line != 0) node.set_place(frame.key_place.line, frame.key_place.column);
  frame.node.members_.emplace_back(std::move(frame.key), std::move(node));
  frame.has_key = false;
  last_ = &frame.node.members_.back().second;
}

std::string Builder::pointer() const {
  std::string path;
  for (const Frame& frame : frames_) {
    if (frame.node.is_array()) path = child_pointer(path, frame.node.items_.size());
    if (frame.has_key) path = child_pointer(path, frame.key);
  }
  return path;
}

}  // namespace data

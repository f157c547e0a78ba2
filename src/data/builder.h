// Builds a Node from the events of a parser and enforces the limits meanwhile. Internal to the room; used by one
// thread.
//
// A call returns false when it refuses something. error() then says what, and the builder must not be used further.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "data/node.h"
#include "util/result.h"

namespace data {

class Builder {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) {}

  static Node scalar(Kind kind, std::string text);

  /// Checks the size of the document. Called before anything is parsed.
  bool accept_size(std::size_t bytes);
  bool open(Kind kind, Place place);
  bool close();
  bool wants_key() const { return !frames_.empty() && frames_.back().node.is_object() && !frames_.back().has_key; }
  bool key(std::string text, Place place);
  bool value(Node scalar, Place place);
  /// Adds a copy of a whole tree (an alias). All its values count towards the limits.
  bool copy(const Node& tree, Place place);
  /// Counts the values of a tree that the parser keeps apart from the document (an anchor).
  bool count(const Node& tree, Place place) { return weigh(tree, 1, place); }
  bool refuse(util::ErrorCode code, std::string reason, std::string accepted, Place place);

  /// The value that was completed last.
  const Node& last() const { return *last_; }
  Node take() { return std::move(root_); }
  bool failed() const { return error_.has_value(); }
  const util::Error& error() const { return *error_; }
  Place failed_at() const { return failed_at_; }

 private:
  struct Frame {
    Node node;
    std::string key;
    Place key_place;
    bool has_key = false;
    std::unordered_set<std::string> keys;  // only for large objects
  };

  static bool is_new(Frame& frame);
  bool accept_text(std::string_view text, Place place);
  bool accept_node(std::size_t depth, Place place);
  bool weigh(const Node& tree, std::size_t depth, Place place);
  void attach(Node node, Place place);
  std::string pointer() const;

  Limits limits_;
  std::vector<Frame> frames_;
  Node root_;
  const Node* last_ = nullptr;
  std::size_t nodes_ = 0;
  std::size_t text_bytes_ = 0;
  std::optional<util::Error> error_;
  Place failed_at_;
};

}  // namespace data

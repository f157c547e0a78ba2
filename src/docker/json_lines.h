// One JSON object per line, cut anywhere: how the engine streams events and the progress of a pull. Bounded.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "data/node.h"

namespace docker {

class JsonLines {
 public:
  using Take = std::function<void(const data::Node&)>;
  explicit JsonLines(Take take) : take_(std::move(take)) {}

  /// False when a line is too long. What is not an object is skipped.
  bool feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      const auto piece = bytes.substr(0, end);
      if (line_.size() + piece.size() > longest_line) return false;
      line_.append(piece);
      if (end == std::string_view::npos) return true;
      bytes.remove_prefix(end + 1);
      finish();
    }
    return true;
  }
  /// The last line may come without its end.
  void finish() {
    const auto node = data::parse_json(line_);
    line_.clear();
    if (node.ok() && node->is_object()) take_(*node);
  }

 private:
  static constexpr std::size_t longest_line = 1U << 20U;
  Take take_;
  std::string line_;
};

}  // namespace docker

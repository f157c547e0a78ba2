// Parses a stream of one JSON object per line, which arrives in arbitrary pieces: the engine's events, or the progress
// of a pull. The length of a line is bounded. Called on the thread that feeds it.
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

  /// Returns false if a line is too long. Lines that are no JSON objects are skipped.
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
  /// Parses the rest as the last line, which may lack its newline.
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

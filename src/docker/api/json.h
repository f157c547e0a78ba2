// Helpers to read the engine's JSON. A value that is null or of another type counts as absent.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "data/node.h"

namespace docker::json {

/// The node at the end of a path of keys; null if it is absent.
inline const data::Node* at(const data::Node& node, std::initializer_list<std::string_view> path) {
  const auto* here = &node;
  for (const auto key : path) {
    here = here->find(key);
    if (here == nullptr || here->is_null()) return nullptr;
  }
  return here;
}

inline std::string text(const data::Node& node, std::initializer_list<std::string_view> path) {
  const auto* found = at(node, path);
  return found == nullptr ? std::string() : found->as_string().value_or(std::string());
}

inline std::optional<std::int64_t> number(const data::Node& node, std::initializer_list<std::string_view> path) {
  const auto* found = at(node, path);
  return found == nullptr ? std::nullopt : found->as_int();
}

inline bool flag(const data::Node& node, std::initializer_list<std::string_view> path) {
  const auto* found = at(node, path);
  return found != nullptr && found->as_bool().value_or(false);
}

}  // namespace docker::json

// "param:NAME": the syntax with which a value refers to an uploaded part of the same request (UWS 1.1 section 2.1.12,
// DALI 1.1 section 3.4.5). Like all parameter names, "param" and NAME are compared without regard to case. Any thread
// may call.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "util/text.h"

namespace util {

/// The NAME; nullopt: the text is not such a reference.
inline std::optional<std::string_view> part_reference(std::string_view text) {
  constexpr std::string_view scheme = "param:";
  if (!iequals(text.substr(0, scheme.size()), scheme)) return std::nullopt;
  return text.substr(scheme.size());
}

/// An iterator to the part that `name` refers to: the first with exactly that name, else the first whose name differs
/// only in case, else the end. `name_of` returns the name of a part.
template <typename Parts, typename NameOf>
auto find_part(Parts& parts, std::string_view name, const NameOf& name_of) {
  const auto exact =
      std::find_if(std::begin(parts), std::end(parts), [&](const auto& part) { return name_of(part) == name; });
  if (exact != std::end(parts)) return exact;
  return std::find_if(std::begin(parts), std::end(parts),
                      [&](const auto& part) { return iequals(name_of(part), name); });
}

}  // namespace util

#include "executor/engine.h"

#include "util/text.h"

namespace executor {
namespace {

constexpr std::string_view prefix = "duws";

bool is_id(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!util::is_alnum(c)) return false;
  }
  return true;
}

}  // namespace

std::string RunId::name() const {
  return std::string(prefix) + "-" + installation + "-" + job + "-" + std::to_string(attempt);
}

std::optional<RunId> RunId::parse(const std::string& name) {
  const auto pieces = util::split(name, '-');
  if (pieces.size() != 4 || pieces[0] != prefix || !is_id(pieces[1]) || !is_id(pieces[2])) return std::nullopt;
  const auto attempt = util::parse_unsigned(pieces[3]);
  if (!attempt || *attempt > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return RunId{std::string(pieces[1]), std::string(pieces[2]), static_cast<std::int64_t>(*attempt)};
}

}  // namespace executor

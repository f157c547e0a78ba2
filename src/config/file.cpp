#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "config/section.h"

namespace config {
namespace {

constexpr std::size_t largest_file = 1U << 20U;

/// Reads up to one byte more than allowed, so that the parser notices when the file is too large.
std::optional<std::string> read_bytes(const std::string& name) {
  errno = 0;
  std::ifstream file(name, std::ios::binary);
  std::string text(largest_file + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

std::string to_string(const Fault& fault, std::string_view file) {
  std::string text(file);
  if (fault.line != 0) text += ":" + std::to_string(fault.line);
  text += ": ";
  if (!fault.path.empty()) text += fault.path + ": ";
  text += fault.reason;
  if (!fault.accepted.empty()) text += " (accepted: " + fault.accepted + ")";
  return text;
}

std::optional<File> read_file(const std::string& name, Faults& faults) {
  const auto text = read_bytes(name);
  if (!text) {
    const std::string why = errno == 0 ? "no reason given" : std::generic_category().message(errno);
    faults.push_back({0, "", "cannot be read: " + why, "a readable file"});
    return std::nullopt;
  }
  data::Limits limits;
  limits.bytes = largest_file;
  data::Place place;
  auto root = data::parse_yaml(*text, limits, &place);
  if (!root) {
    for (const util::Fault& fault : root.error().faults) {
      faults.push_back({place.line, "", util::to_string({fault.input, fault.reason, {}}), fault.accepted});
    }
    return std::nullopt;
  }
  return File{name, *std::move(root)};
}

}  // namespace config

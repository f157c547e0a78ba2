#include "executor/result_ids.h"

#include <algorithm>
#include <array>
#include <utility>

#include "util/text.h"

namespace executor {
namespace {

constexpr std::size_t longest_ending = 10;

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Replaces each character that is not allowed in an id by one '_'.
std::string legal_id(std::string_view name) {
  std::string id;
  for (const char c : name) {
    if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) continue;  // a UTF-8 continuation byte
    id += util::is_alnum(c) || c == '.' || c == '_' || c == '-' ? c : '_';
  }
  return id.empty() || id.front() == '.' ? "_" + id : id;
}

/// The position of the file extension: of ".fits" in "a.fits", of ".fits.gz" in "a.fits.gz"; the length of the name if
/// there is none.
std::size_t ending_of(std::string_view name) {
  constexpr std::array<std::string_view, 7> packed{".gz", ".bz2", ".xz", ".zst", ".Z", ".fz", ".lz4"};
  const auto dot_before = [&](std::size_t end) {
    const auto dot = name.substr(0, end).rfind('.');
    return dot == std::string_view::npos || dot == 0 || end - dot > longest_ending ? end : dot;
  };
  const std::size_t last = dot_before(name.size());
  const bool is_packed = std::find(packed.begin(), packed.end(), name.substr(last)) != packed.end();
  return is_packed ? dot_before(last) : last;
}

}  // namespace

std::optional<std::size_t> output_called_result(const std::vector<task::Output>& outputs) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const task::Output& output = outputs[i];
    if (output.is_glob || output.name != "result") continue;
    if (output.is_named) return i;
    if (!found) found = i;
  }
  return found;
}

ResultIds::ResultIds(const std::vector<task::Output>& outputs, std::string workdir)
    : outputs_(outputs), workdir_(std::move(workdir)) {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i].is_named && !outputs_[i].is_glob) reserved_[outputs_[i].name] = i;
  }
  for (const char* ours : {"stdout", "stderr"}) reserved_[ours] = std::nullopt;
  reserved_["result"] = output_called_result(outputs_);
}

std::string ResultIds::wanted(std::size_t index, const std::string& path) const {
  if (index >= outputs_.size() || outputs_[index].name.empty()) return file_name(path);
  const task::Output& output = outputs_[index];
  if (const auto place = output.name.find(task::path_in_name); place != std::string::npos) {
    const std::string folder = workdir_ + "/";
    const std::string seen = path.substr(path.starts_with(folder) ? folder.size() : 1);
    return std::string(output.name).replace(place, task::path_in_name.size(), seen);
  }
  return output.is_glob ? output.name + "-" + file_name(path) : output.name;
}

bool ResultIds::take(const std::string& id, std::size_t index) {
  const auto reserved = reserved_.find(id);
  if (reserved != reserved_.end() && reserved->second != index) return false;
  return taken_.insert(id).second;
}

std::string ResultIds::next(std::size_t index, const std::string& path) {
  std::string id = legal_id(wanted(index, path));
  if (take(id, index)) return id;
  const std::size_t ending = ending_of(id);
  // Continue from the last number, because many files may want the same id.
  for (int& number = last_number_.try_emplace(id, 1).first->second;;) {
    std::string numbered = id.substr(0, ending) + "-" + std::to_string(++number) + id.substr(ending);
    if (take(numbered, index)) return numbered;
  }
}

}  // namespace executor

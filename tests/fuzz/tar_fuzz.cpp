// Fuzzes the reader of tar archives. The first byte chooses the size of the pieces in which the rest is fed. Entries
// must be bounded, and must have as many bytes as their header says.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "docker/tar/tar_reader.h"

namespace {

class Checker : public docker::TarHandler {
 public:
  bool on_entry(const docker::TarEntry& entry) override {
    if (is_open_ || entry.path.empty() || entry.path.size() > 4096 || entry.link.size() > 4096) std::abort();
    is_open_ = true;
    left_ = entry.size;
    return true;
  }
  bool on_data(std::string_view bytes) override {
    if (!is_open_ || bytes.empty() || bytes.size() > left_) std::abort();
    left_ -= bytes.size();
    return true;
  }
  bool on_entry_end() override {
    if (!is_open_ || left_ != 0) std::abort();
    is_open_ = false;
    return true;
  }

 private:
  bool is_open_ = false;
  std::uint64_t left_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] * std::size_t{4} + 1;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  Checker checker;
  docker::TarReader reader(checker);
  bool more = true;
  for (std::size_t at = 0; at < input.size() && more; at += piece) more = reader.feed(input.substr(at, piece));
  if (more != reader.error().empty()) std::abort();
  return 0;
}

// An input file of a run whose bytes are in memory. They are read in small pieces. For tests.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "executor/engine.h"
#include "util/bytes.h"

namespace docker::testing {

class Bytes : public util::ByteSource {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  util::Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    const auto count = std::min({capacity, bytes_.size() - at_, std::size_t{777}});
    std::memcpy(buffer, bytes_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

inline executor::InputFile input(const std::string& path, const std::string& bytes, std::uint64_t size) {
  return {path, size, [bytes]() -> util::Result<std::unique_ptr<util::ByteSource>> {
            return std::unique_ptr<util::ByteSource>(std::make_unique<Bytes>(bytes));
          }};
}

}  // namespace docker::testing

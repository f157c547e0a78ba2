// SHA-256, as a stream.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace util {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// The 32 raw bytes of the hash. The object must not be used afterwards.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// The 32 raw bytes of the hash.
std::string sha256(std::string_view bytes);

}  // namespace util

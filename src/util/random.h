// Random bytes and ids that cannot be guessed. Any thread may call. The process aborts if the kernel has no randomness.
#pragma once

#include <cstddef>
#include <string>

namespace util {

/// `count` bytes from the kernel's random source.
std::string random_bytes(std::size_t count);

/// 128 random bits as 26 characters of a-z and 2-7, which are legal in a URL segment, a file name and a container name.
std::string random_id();

}  // namespace util

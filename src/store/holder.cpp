#include "store/holder.h"

#include <array>

#include <unistd.h>

namespace store {

std::string this_process() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return "pid " + std::to_string(::getpid()) + " on " + (host[0] == '\0' ? "this machine" : host.data());
}

std::string holder_since(const std::string& who, util::Instant since) {
  return (who.empty() ? "another process" : who) + ", since " + util::to_iso(since);
}

}  // namespace store

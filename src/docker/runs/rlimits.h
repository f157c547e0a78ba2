// The rlimits of runs for processes and open files: the wanted value, or less if the engine's own limit is lower. The
// engine refuses such a value only when a container is started; the value found then is used for all later runs.
//
// Owned by the engine, and used on the loop's thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace docker {

class Rlimits {
 public:
  /// The value to set. `name`: "nproc" or "nofile".
  std::int64_t of(const std::string& name, std::int64_t wanted) const;
  /// To be called when the engine refused a value: half of it is tried next. Returns false if that would be too low.
  bool lower(const std::string& name, std::int64_t refused);

 private:
  std::map<std::string, std::int64_t> most_;
};

}  // namespace docker

// How many processes and open files a run's user may have: what is wanted, or less where the engine itself may not have
// as many. That shows only when a container is started; what was learnt then holds for all runs after it.
//
// On the loop's thread; owned by the engine.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace docker {

class Rlimits {
 public:
  /// `name`: "nproc" or "nofile".
  std::int64_t of(const std::string& name, std::int64_t wanted) const;
  /// The engine refused that value: half of it is tried next. False: no less makes sense.
  bool lower(const std::string& name, std::int64_t refused);

 private:
  std::map<std::string, std::int64_t> most_;
};

}  // namespace docker

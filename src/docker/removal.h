// Removes what was made for a run: its container, then its volume. What is gone already is fine; what is not ours is
// left alone. On the loop's thread.
#pragma once

#include <memory>
#include <string>

#include "docker/api.h"
#include "executor/engine.h"

namespace docker {

class Removal : public std::enable_shared_from_this<Removal> {
 public:
  Removal(Api& api, executor::RunId run, executor::Callback<void> done)
      : api_(api), run_(std::move(run)), name_(run_.name()), done_(std::move(done)) {}

  void begin();

 private:
  using Step = void (Removal::*)();
  void remove(std::string path, Step again, Step next);
  void remove_container();
  void remove_volume();
  void finish() { done_({}); }

  Api& api_;
  const executor::RunId run_;
  const std::string name_;
  const executor::Callback<void> done_;
  int tries_left_ = 50;
};

}  // namespace docker

// Removes what was created for a run: its container, then its network and its volume. A thing that does not exist
// counts as removed; a thing without the labels of the run is left alone. On the loop's thread.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "docker/api/api.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/async.h"

namespace docker {

class Removal : public std::enable_shared_from_this<Removal> {
 public:
  Removal(Api& api, Kind kind, executor::RunId run, util::Callback<void> done);

  void begin() { next(); }

 private:
  struct Thing {
    std::string path;
    std::string query;
    std::string inspect_path;  // shows the labels; empty: the name alone identifies the thing
    bool is_container = false;
  };
  void next();
  void inspect();
  void on_inspected(const data::Node& shown);
  void remove();
  void try_again(const Answer& answer);

  Api& api_;
  const executor::RunId run_;
  const util::Callback<void> done_;
  std::deque<Thing> things_;
  int tries_left_ = 50;
};

}  // namespace docker

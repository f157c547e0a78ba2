// Takes a run's declared outputs out of its container, one after the other, as they stream by.
//
// On the loop's thread; the sinks are fed on the net thread. Symlinks are followed by asking the engine again, so that
// it is always the engine that decides what a path means in the container.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "docker/api.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

class Collection : public std::enable_shared_from_this<Collection> {
 public:
  Collection(Api& api, Kind kind, std::string container, std::vector<executor::OutputPattern> outputs,
             std::shared_ptr<executor::OutputSink> sink, executor::Callback<executor::CollectedOutputs> done);

  void begin() { next(); }
  /// Nobody wants it any more: ends with an Error, soon.
  void stop();

 private:
  class Archive;
  /// One question to the engine.
  struct Ask {
    std::size_t index = 0;
    std::string path;    // as declared, or as matched: what the sink is told
    std::string actual;  // after symlinks: what the engine is asked
    bool is_glob = false;
    bool is_of_glob = false;  // one of the files that a glob matched
    int links = 0;
    std::string below;  // while a folder is searched for a link: what is asked for, below it
  };

  void next();
  void end();
  void ask(const Ask& what);
  void on_refusal(const Ask& what, const Answer& answer);
  void on_archive(const Ask& what, Archive& archive, const util::Result<Answer>& result);
  void follow(const Ask& what, const std::string& target);
  void follow_all(const Ask& what, const Archive& archive);
  void look_above(Ask what);
  void miss_absent(const Ask& what);
  void leave_out(const Ask& what, const std::string& path, const std::string& why);
  void miss(std::size_t index, const std::string& why);

  Api& api_;
  const Kind kind_;
  const std::string container_;
  const std::vector<executor::OutputPattern> outputs_;
  const std::shared_ptr<executor::OutputSink> sink_;
  const executor::Callback<executor::CollectedOutputs> done_;
  std::deque<Ask> asks_;
  std::set<std::size_t> answered_;  // outputs of which there is a file, or a sentence
  std::size_t links_in_globs_ = 0;
  std::size_t notes_left_out_ = 0;
  std::optional<Api::CallId> call_;
  executor::CollectedOutputs collected_;
};

}  // namespace docker

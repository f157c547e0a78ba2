// Reads the declared outputs of a run from its container, one after the other, as streamed tar archives.
//
// Used on the loop's thread; the sinks are written on the net thread. A symbolic link is followed by another request to
// the engine, so that the engine alone decides what a path means in the container.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "docker/api/api.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/async.h"

namespace docker {

class Collection : public std::enable_shared_from_this<Collection> {
 public:
  Collection(Api& api, Kind kind, std::string container, std::vector<executor::OutputPattern> outputs,
             std::shared_ptr<executor::OutputSink> sink, util::Callback<executor::CollectedOutputs> done);

  void begin() { next(); }
  /// Cancels the collection, because its result is no longer needed: `done` gets an Error.
  void stop();

 private:
  class Archive;
  /// One request to the engine.
  struct ArchiveRequest {
    std::size_t index = 0;
    std::string path;    // as declared or as matched; given to the sink
    std::string actual;  // with symbolic links resolved; given to the engine
    bool is_glob = false;
    bool is_of_glob = false;  // one of the files that a glob matched
    int links = 0;
    std::string below;  // set while the folder `actual` is searched for a link: the wanted path, relative to it
  };

  void next();
  void end();
  void ask(const ArchiveRequest& what);
  void on_refusal(const ArchiveRequest& what, const Answer& answer);
  void on_archive(const ArchiveRequest& what, Archive& archive, const util::Result<Answer>& result);
  void follow(const ArchiveRequest& what, const std::string& target);
  void follow_all(const ArchiveRequest& what, const Archive& archive);
  void inspect_parent(ArchiveRequest what);
  void miss_absent(const ArchiveRequest& what);
  void leave_out(const ArchiveRequest& what, const std::string& path, const std::string& why);
  void miss(std::size_t index, const std::string& why);

  Api& api_;
  const Kind kind_;
  const std::string container_;
  const std::vector<executor::OutputPattern> outputs_;
  const std::shared_ptr<executor::OutputSink> sink_;
  const util::Callback<executor::CollectedOutputs> done_;
  std::deque<ArchiveRequest> asks_;
  std::set<std::size_t> answered_;  // outputs that have a file, or a reason why not
  std::size_t links_in_globs_ = 0;
  std::size_t notes_left_out_ = 0;
  std::optional<Api::CallId> call_;
  executor::CollectedOutputs collected_;
};

}  // namespace docker

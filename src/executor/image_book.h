// Finds out facts about images: asks the engines, then the registry of the image, and remembers the answer for a while.
//
// Owner: the executor, which stops its loop before it destroys this. find() may be called on any thread; it calls back
// at once if the answer is in memory, else on the loop. known() only looks in memory. That an image does not exist is
// remembered for seconds only, because it may appear at any time. The number of searches at a time is limited; beyond
// it find() answers `unavailable`.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "executor/engine.h"
#include "task/image_reference.h"
#include "util/async.h"
#include "util/clock.h"
#include "util/event_loop.h"
#include "util/result.h"

namespace executor {

/// The outcome of a search for an image.
struct ImageKnowledge {
  std::optional<ImageFacts> facts;
  std::optional<util::Error> error;  // not_found; forbidden (credentials); unavailable: no answer came
  bool is_on_engine = false;         // an engine has the image
};

/// Asks the registry of an image. May be called on any thread; the callback comes on any thread. The function has its
/// own timeout.
using AskRegistry = std::function<void(const task::ImageReference&, util::Callback<ImageFacts>)>;

class ImageBook {
 public:
  using Found = std::function<void(ImageKnowledge)>;
  struct Engines {
    std::vector<Engine*> answering;
    bool is_any_away = false;  // an engine that is away may have an image that the others lack
  };
  /// Called on the loop.
  using AskEngines = std::function<Engines()>;

  ImageBook(util::EventLoop& loop, util::Poster poster, AskEngines engines, AskRegistry ask_registry);

  void find(const task::ImageReference& image, Found found);
  std::optional<ImageKnowledge> known(const task::ImageReference& image) const;

 private:
  using Clock = util::Clock;
  struct Entry {
    ImageKnowledge knowledge;
    Clock::time_point until;
  };
  struct Search;

  void begin(const std::shared_ptr<Search>& search);
  void on_engine(const std::shared_ptr<Search>& search, const util::Result<ImageFacts>& facts);
  void ask_registry(const std::shared_ptr<Search>& search);
  void on_registry(const std::shared_ptr<Search>& search, const util::Result<ImageFacts>& facts);
  void finish(const std::shared_ptr<Search>& search, ImageKnowledge knowledge);

  util::EventLoop& loop_;
  const util::Poster poster_;
  const AskEngines engines_;
  const AskRegistry ask_registry_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;                     // by the image's full name
  std::map<std::string, std::shared_ptr<Search>> searches_;  // used on the loop only
};

}  // namespace executor

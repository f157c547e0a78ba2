// What is known of images: looked for on the engines, then in their registries, and remembered for a while.
//
// Owner: the executor, whose loop ends first. find() may be called by any thread, and answers on that loop, or at once
// from memory; known() is memory only. An image that was not there a moment ago may be there now: that is remembered
// for seconds. So many images are looked for at once, and no more: of others nothing is known then.
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
#include "util/event_loop.h"
#include "util/result.h"

namespace executor {

/// What a look for an image found.
struct ImageKnowledge {
  std::optional<ImageFacts> facts;
  std::optional<util::Error> error;  // not_found, forbidden (credentials); unavailable: nobody could be asked
  bool is_on_engine = false;         // need not be pulled
};

/// Asks an image's registry. Any thread; the answer comes on any thread, within a time of its own.
using AskRegistry = std::function<void(const task::ImageReference&, Callback<ImageFacts>)>;

class ImageBook {
 public:
  using Found = std::function<void(ImageKnowledge)>;
  struct Engines {
    std::vector<Engine*> answering;
    bool is_any_away = false;  // which may have what the others have not
  };
  /// On the loop.
  using AskEngines = std::function<Engines()>;

  ImageBook(util::EventLoop& loop, Poster poster, AskEngines engines, AskRegistry ask_registry);

  void find(const task::ImageReference& image, Found found);
  std::optional<ImageKnowledge> known(const task::ImageReference& image) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    ImageKnowledge knowledge;
    Clock::time_point until;
  };
  struct Search;

  void begin(const std::shared_ptr<Search>& search);
  void on_engine(const std::shared_ptr<Search>& search, const util::Result<ImageFacts>& facts);
  void ask_registry(const std::shared_ptr<Search>& search);
  void on_registry(const std::shared_ptr<Search>& search, const util::Result<ImageFacts>& facts);
  void settle(const std::shared_ptr<Search>& search, ImageKnowledge knowledge);

  util::EventLoop& loop_;
  const Poster poster_;
  const AskEngines engines_;
  const AskRegistry ask_registry_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;                     // by the image's full name
  std::map<std::string, std::shared_ptr<Search>> searches_;  // of the loop
};

}  // namespace executor

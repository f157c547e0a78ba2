#include "executor/image_book.h"

#include <algorithm>
#include <utility>

namespace executor {
namespace {

constexpr std::size_t most = 10'000;
constexpr std::size_t most_searches = 64;
constexpr std::chrono::minutes trust_in_facts{10};
constexpr std::chrono::seconds trust_in_absence{30};
constexpr std::chrono::seconds trust_in_silence{5};
constexpr std::chrono::seconds longest_search{10};

ImageKnowledge unavailable(const task::ImageReference& image, const std::string& why) {
  return {std::nullopt,
          util::Error::of(util::ErrorCode::unavailable, "nothing is known of " + image.to_string() + " now: " + why),
          false};
}

}  // namespace

/// A search for one image that is under way, with the callbacks that wait for it.
struct ImageBook::Search {
  task::ImageReference image;
  std::vector<Found> waiting;
  std::size_t engines_left = 0;
  bool is_any_silent = false;
  bool is_over = false;
  util::EventLoop::TimerId timer = 0;
};

ImageBook::ImageBook(util::EventLoop& loop, util::Poster poster, AskEngines engines, AskRegistry ask_registry)
    : loop_(loop), poster_(std::move(poster)), engines_(std::move(engines)), ask_registry_(std::move(ask_registry)) {}

std::optional<ImageKnowledge> ImageBook::known(const task::ImageReference& image) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(image.to_string());
  if (found == entries_.end() || Clock::now() > found->second.until) return std::nullopt;
  return found->second.knowledge;
}

void ImageBook::find(const task::ImageReference& image, Found found) {
  if (auto knowledge = known(image)) return found(*std::move(knowledge));
  poster_([this, image, found = std::move(found)] {
    const auto under_way = searches_.find(image.to_string());
    if (under_way != searches_.end()) return under_way->second->waiting.push_back(found);
    if (searches_.size() >= most_searches) return found(unavailable(image, "too many images are being looked for"));
    const auto search = std::make_shared<Search>();
    search->image = image;
    search->waiting.push_back(found);
    searches_[image.to_string()] = search;
    begin(search);
  });
}

void ImageBook::begin(const std::shared_ptr<Search>& search) {
  search->timer = loop_.after(longest_search, [this, search] {
    const std::string limit = std::to_string(longest_search.count()) + " s";
    finish(search, unavailable(search->image, "no answer came within " + limit));
  });
  const Engines engines = engines_();
  search->is_any_silent = engines.is_any_away;
  search->engines_left = engines.answering.size();
  for (Engine* engine : engines.answering) {
    engine->image(search->image, [this, search](const util::Result<ImageFacts>& facts) { on_engine(search, facts); });
  }
  if (engines.answering.empty()) ask_registry(search);
}

void ImageBook::on_engine(const std::shared_ptr<Search>& search, const util::Result<ImageFacts>& facts) {
  if (search->is_over) return;
  if (facts.ok()) return finish(search, {*facts, std::nullopt, true});
  if (facts.error().code != util::ErrorCode::not_found) search->is_any_silent = true;
  if (--search->engines_left == 0) ask_registry(search);
}

void ImageBook::ask_registry(const std::shared_ptr<Search>& search) {
  ask_registry_(search->image, [this, search, poster = poster_](const util::Result<ImageFacts>& facts) {
    poster([this, search, facts] { on_registry(search, facts); });
  });
}

void ImageBook::on_registry(const std::shared_ptr<Search>& search, const util::Result<ImageFacts>& facts) {
  if (facts.ok()) return finish(search, {*facts, std::nullopt, false});
  // An engine that did not answer may have the image, so the search must not report that it is missing.
  if (search->is_any_silent) return finish(search, unavailable(search->image, "an engine does not answer"));
  finish(search, {std::nullopt, facts.error(), false});
}

void ImageBook::finish(const std::shared_ptr<Search>& search, ImageKnowledge knowledge) {
  if (std::exchange(search->is_over, true)) return;
  const std::string name = search->image.to_string();
  searches_.erase(name);
  loop_.cancel(search->timer);
  std::chrono::seconds trust = trust_in_facts;
  if (knowledge.error) {
    const auto code = knowledge.error->code;
    const bool is_told = code == util::ErrorCode::not_found || code == util::ErrorCode::forbidden;
    trust = is_told ? trust_in_absence : trust_in_silence;
  }
  {
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= most && !entries_.contains(name)) {
      const auto oldest = std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
        return a.second.until < b.second.until;
      });
      entries_.erase(oldest);
    }
    entries_[name] = {knowledge, Clock::now() + trust};
  }
  for (const Found& waiting : search->waiting) waiting(knowledge);
}

}  // namespace executor

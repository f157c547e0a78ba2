// Tests ImageBook: an image that several callers look for is looked for once, and the result is kept for a while.
#include "executor/image_book.h"

#include <atomic>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_engine.h"

namespace executor {
namespace {

using task::ImageReference;

class Images : public ::testing::Test {
 protected:
  ~Images() override { loop_.stop(); }

  ImageKnowledge find(const std::string& name) {
    std::promise<ImageKnowledge> found;
    book_.find(*ImageReference::parse(name), [&](ImageKnowledge knowledge) { found.set_value(std::move(knowledge)); });
    return found.get_future().get();
  }

  util::EventLoop loop_{"test"};
  util::Poster poster_ = [this](util::Task task) { loop_.post(std::move(task)); };
  std::atomic<int> asked_{0};
  util::Result<ImageFacts> registry_says_ =
      util::Error::of(util::ErrorCode::not_found, "the registry has no such image");
  std::atomic<bool> is_engine_away_{false};
  std::atomic<bool> is_registry_silent_{false};
  ImageBook book_{loop_, poster_,
                  [this] {
                    return ImageBook::Engines{{}, is_engine_away_};
                  },
                  [this](const ImageReference&, const util::Callback<ImageFacts>& done) {
                    ++asked_;
                    if (!is_registry_silent_) done(registry_says_);
                  }};
};

TEST_F(Images, AreAskedForOnceAndRemembered) {
  ImageFacts facts;
  facts.digest = "sha256:1";
  registry_says_ = facts;
  EXPECT_FALSE(book_.known(*ImageReference::parse("a")));
  EXPECT_EQ(find("a").facts->digest, "sha256:1");
  EXPECT_EQ(find("docker.io/library/a:latest").facts->digest, "sha256:1");
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(book_.known(*ImageReference::parse("a"))->facts->digest, "sha256:1");
  find("b");
  EXPECT_EQ(asked_, 2);
}

TEST_F(Images, ThatAreNotThereAreKnownNotToBe) {
  EXPECT_EQ(find("a").error->code, util::ErrorCode::not_found);
  EXPECT_EQ(book_.known(*ImageReference::parse("a"))->error->code, util::ErrorCode::not_found);
}

TEST_F(Images, ThatAnEngineMayHaveAreNotSaidToBeNowhere) {
  is_engine_away_ = true;
  EXPECT_EQ(find("a").error->code, util::ErrorCode::unavailable);
  registry_says_ = ImageFacts{};
  EXPECT_TRUE(find("b").facts);
}

TEST_F(Images, AreNotLookedForInAnyNumber) {
  is_registry_silent_ = true;
  for (int i = 0; i < 64; ++i)
    book_.find(*ImageReference::parse("a" + std::to_string(i)), [](const ImageKnowledge&) {});
  const ImageKnowledge one_more = find("b");
  EXPECT_EQ(one_more.error->code, util::ErrorCode::unavailable);
  EXPECT_THAT(one_more.error->message, ::testing::HasSubstr("too many"));
}

TEST_F(Images, ManyWhoAskAtOnceGetOneAnswer) {
  std::promise<void> go;
  loop_.post([ready = go.get_future().share()] { ready.wait(); });  // blocks the loop until all callers have asked
  std::vector<std::future<ImageKnowledge>> answers;
  for (int i = 0; i < 10; ++i) {
    auto promise = std::make_shared<std::promise<ImageKnowledge>>();
    answers.push_back(promise->get_future());
    book_.find(*ImageReference::parse("a"),
               [promise](ImageKnowledge knowledge) { promise->set_value(std::move(knowledge)); });
  }
  go.set_value();
  for (auto& answer : answers) EXPECT_TRUE(answer.get().error);
  EXPECT_EQ(asked_, 1);
}

}  // namespace
}  // namespace executor

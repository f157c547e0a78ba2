#include "docker/turns.h"

#include "harness.h"

namespace docker::testing {
namespace {

using ::testing::ElementsAre;

class TurnsTest : public ::testing::Test {
 protected:
  ~TurnsTest() override {
    loop_.stop();
    client_.stop();
  }
  /// The numbers of the turns that have begun so far. It is posted to the loop twice, so that turns that the loop has
  /// still to begin come first.
  std::vector<int> begun() {
    std::promise<std::vector<int>> copied;
    loop_.post([&] { loop_.post([&] { copied.set_value(begun_); }); });
    return copied.get_future().get();
  }
  Turns::Id take(Turns& turns, int number) {
    std::promise<Turns::Id> taken;
    loop_.post([&, number] {
      taken.set_value(turns.take(2, [this, number] {
        begun_.push_back(number);
        if (number == last_) all_begun_.set_value();
      }));
    });
    return taken.get_future().get();
  }
  void give_back(Turns& turns, Turns::Id id) {
    loop_.post([&turns, id] { turns.give_back(id); });
  }

  net::Client client_;
  util::EventLoop loop_{"test"};
  std::shared_ptr<Api> api_ = std::make_shared<Api>("/nobody", client_, loop_);
  std::optional<Turns> turns_;  // used by the loop until the end of the test
  std::vector<int> begun_;
  int last_ = 0;
  std::promise<void> all_begun_;
};

TEST_F(TurnsTest, AFewWorkAtOnceAndTheOthersInOrder) {
  Turns& turns = turns_.emplace(*api_, std::chrono::hours{1});
  const auto first = take(turns, 1);
  const auto second = take(turns, 2);
  const auto third = take(turns, 3);
  const auto fourth = take(turns, 4);
  take(turns, 5);
  EXPECT_THAT(begun(), ElementsAre(1, 2));
  give_back(turns, second);
  EXPECT_THAT(begun(), ElementsAre(1, 2, 3));
  give_back(turns, second);
  EXPECT_THAT(begun(), ElementsAre(1, 2, 3)) << "it was given back before";
  give_back(turns, fourth);
  EXPECT_THAT(begun(), ElementsAre(1, 2, 3)) << "it waited, and does not any more";
  give_back(turns, first);
  give_back(turns, third);
  EXPECT_THAT(begun(), ElementsAre(1, 2, 3, 5));
}

TEST_F(TurnsTest, WhoTakesLongKeepsNobodyWaiting) {
  Turns& turns = turns_.emplace(*api_, std::chrono::milliseconds{1});
  last_ = 5;
  for (int number = 1; number <= last_; ++number) take(turns, number);
  EXPECT_EQ(all_begun_.get_future().wait_for(std::chrono::seconds{30}), std::future_status::ready);
}

}  // namespace
}  // namespace docker::testing

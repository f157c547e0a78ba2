// Property test of the ledger with random holds: at no instant do the holds exceed the capacity, and no hold is refused
// that would have fitted.
#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "fakes/store_fixture.h"
#include "ledger/ledger.h"

namespace ledger {
namespace {

const Resources capacity{10, 10, 4};
constexpr int horizon = 12;  // the number of instants at which holds may begin and end

util::Instant at(int instant) { return util::Instant(std::chrono::milliseconds(instant)); }

Hold random_hold(std::mt19937& random, std::string id) {
  const auto pick = [&](int least, int most) { return std::uniform_int_distribution(least, most)(random); };
  Hold hold{std::move(id), "engine", {pick(0, 6), pick(0, 6), pick(0, 2)}, at(pick(0, horizon - 2)), std::nullopt};
  if (pick(0, 3) != 0) hold.to = hold.from + std::chrono::milliseconds(pick(1, horizon));
  return hold;
}

/// The sum of all holds at one instant. The test computes it for every instant, unlike the code under test. After the
/// horizon and the longest hold the sum no longer changes.
Resources held_at(const std::vector<Hold>& holds, util::Instant instant) {
  Resources sum{0, 0, 0};
  for (const Hold& hold : holds) {
    if (hold.from > instant || (hold.to && *hold.to <= instant)) continue;
    sum += hold.resources;
  }
  return sum;
}

bool never_over(const std::vector<Hold>& holds) {
  for (int instant = 0; instant <= 2 * horizon; ++instant) {
    if (!held_at(holds, at(instant)).fits(capacity)) return false;
  }
  return true;
}

class LedgerProperty : public fakes::StoreTest {
 protected:
  void SetUp() override {
    open(migrations());
    ASSERT_TRUE(database()
                    .write_now([](store::Transaction& transaction) -> util::Status {
                      set_capacity(transaction, "engine", capacity);
                      return {};
                    })
                    .ok());
  }
  std::vector<Hold> all() {
    return *database().read_now(
        [](store::Session& session) { return util::Result<std::vector<Hold>>(holds(session, "engine")); });
  }
};
FOR_BOTH_DATABASES(LedgerProperty);

TEST_P(LedgerProperty, AnswersAsCountingEveryInstantDoes) {
  std::mt19937 random(20);  // a fixed seed, so that a failure can be reproduced
  std::vector<Hold> model;
  int refused = 0;
  for (int round = 0; round < 150; ++round) {
    if (!model.empty() && random() % 3 == 0) {
      const std::string id = model[random() % model.size()].id;
      std::erase_if(model, [&](const Hold& hold) { return hold.id == id; });
      ASSERT_TRUE(database()
                      .write_now([&](store::Transaction& transaction) -> util::Status {
                        end_hold(transaction, id);
                        return {};
                      })
                      .ok());
    }
    const Hold wanted = random_hold(random, std::to_string(round));
    model.push_back(wanted);
    const bool fits = never_over(model);
    if (!fits) model.pop_back();
    refused += fits ? 0 : 1;
    const auto held =
        database().write_now([&](store::Transaction& transaction) { return try_hold(transaction, wanted, at(0)); });
    ASSERT_TRUE(held.ok());
    ASSERT_EQ(*held, fits) << "round " << round;
  }
  EXPECT_EQ(all().size(), model.size());
  EXPECT_GT(refused, 10);
}

TEST_P(LedgerProperty, InterleavedThreadsNeverHoldMoreThanThereIs) {
  std::atomic<int> over{0};
  std::atomic<int> held_count{0};
  const auto work = [&](int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    std::vector<std::string> mine;
    for (int round = 0; round < 40; ++round) {
      if (!mine.empty() && random() % 2 == 0) {
        const std::string id = mine.back();
        mine.pop_back();
        const auto ended = database().write_now([&](store::Transaction& transaction) -> util::Status {
          end_hold(transaction, id);
          return {};
        });
        EXPECT_TRUE(ended.ok());
      }
      const Hold wanted = random_hold(random, std::to_string(number) + "-" + std::to_string(round));
      const auto held =
          database().write_now([&](store::Transaction& transaction) { return try_hold(transaction, wanted, at(0)); });
      EXPECT_TRUE(held.ok());
      if (held.ok() && *held) {
        mine.push_back(wanted.id);
        ++held_count;
      }
      if (!never_over(all())) ++over;
    }
  };
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) threads.emplace_back(work, number);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(over, 0);
  EXPECT_GT(held_count, 20);
}

}  // namespace
}  // namespace ledger

#include "ledger/ledger.h"

#include <gtest/gtest.h>

#include "fakes/store_fixture.h"

namespace ledger {
namespace {

util::Instant at(std::int64_t seconds) { return util::Instant(std::chrono::seconds(seconds)); }

Hold hold(std::string id, std::int64_t millicores, std::int64_t from, std::optional<std::int64_t> to = std::nullopt) {
  Hold made{std::move(id), "docker", {millicores, 1000, 1}, at(from), std::nullopt};
  if (to) made.to = at(*to);
  return made;
}

class Ledger : public fakes::StoreTest {
 protected:
  void SetUp() override {
    open(migrations());
    capacity({4000, 8000, 3});
  }

  void capacity(const Resources& resources) {
    const auto set = database().write_now([&](store::Transaction& transaction) -> util::Status {
      set_capacity(transaction, "docker", resources);
      return {};
    });
    ASSERT_TRUE(set.ok()) << set.error().message;
  }
  util::Result<bool> try_one(const Hold& wanted) {
    return database().write_now([&](store::Transaction& transaction) { return try_hold(transaction, wanted, now); });
  }
  bool held(const Hold& wanted) {
    const auto answer = try_one(wanted);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() && *answer;
  }
  void end(const std::string& id) {
    ASSERT_TRUE(database()
                    .write_now([&](store::Transaction& transaction) -> util::Status {
                      end_hold(transaction, id);
                      return {};
                    })
                    .ok());
  }
  util::Result<Resources> free_in(std::int64_t from, std::optional<std::int64_t> to = std::nullopt) {
    return database().read_now([&](store::Session& session) {
      return free(session, "docker", at(from), to ? std::optional(at(*to)) : std::nullopt, now);
    });
  }
  util::Result<bool> extend_to(const std::string& id, std::optional<std::int64_t> to) {
    return database().write_now([&](store::Transaction& transaction) {
      return extend(transaction, id, to ? std::optional(at(*to)) : std::nullopt, now);
    });
  }
  bool transferred(const std::string& id, const std::string& to_id, bool expires) {
    return *database().write_now([&](store::Transaction& transaction) -> util::Result<bool> {
      return transfer(transaction, id, to_id, expires);
    });
  }
  std::vector<Hold> all() {
    return *database().read_now(
        [&](store::Session& session) { return util::Result<std::vector<Hold>>(holds(session, "docker")); });
  }

  util::Instant now = at(0);
};
FOR_BOTH_DATABASES(Ledger);

TEST_P(Ledger, HoldsUntilTheCapacityIsGone) {
  EXPECT_TRUE(held(hold("a", 3000, 0)));
  EXPECT_FALSE(held(hold("b", 1001, 0)));
  EXPECT_TRUE(held(hold("c", 1000, 0)));
  EXPECT_FALSE(held(hold("d", 1, 0)));
  end("a");
  EXPECT_TRUE(held(hold("d", 3000, 0)));
}

TEST_P(Ledger, EachAmountCounts) {
  EXPECT_FALSE(held({"memory", "docker", {0, 8001, 0}, at(0), {}}));
  EXPECT_FALSE(held({"slots", "docker", {0, 0, 4}, at(0), {}}));
  EXPECT_FALSE(held({"cores", "docker", {4001, 0, 0}, at(0), {}}));
  EXPECT_TRUE(held({"all", "docker", {4000, 8000, 3}, at(0), {}}));
}

TEST_P(Ledger, AnInstantBelongsToTheHoldThatBeginsThere) {
  EXPECT_TRUE(held(hold("a", 4000, 10, 20)));
  EXPECT_TRUE(held(hold("before", 4000, 5, 10)));
  EXPECT_TRUE(held(hold("after", 4000, 20, 30)));
  EXPECT_FALSE(held(hold("into the end", 1, 29, 31)));
  EXPECT_FALSE(held(hold("around", 1, 0, 40)));
}

TEST_P(Ledger, HoldsThatDoNotMeetEachOtherDoNotAddUp) {
  EXPECT_TRUE(held(hold("a", 3000, 10, 20)));
  EXPECT_TRUE(held(hold("b", 3000, 30, 40)));
  EXPECT_TRUE(held(hold("over both", 1000, 0, 50)));
  EXPECT_FALSE(held(hold("one too many", 1, 15, 35)));
  EXPECT_TRUE(held(hold("between", 3000, 20, 30)));
}

TEST_P(Ledger, TheSameIdIsHeldOnce) {
  EXPECT_TRUE(held(hold("a", 3000, 0)));
  EXPECT_TRUE(held(hold("a", 3000, 0)));
  EXPECT_EQ(all().size(), 1U);
  EXPECT_EQ(free_in(0)->millicores, 1000);
}

TEST_P(Ledger, TheSameIdForSomethingElseIsAConflict) {
  EXPECT_TRUE(held(hold("a", 1000, 0)));
  EXPECT_EQ(try_one(hold("a", 2000, 0)).error().code, util::ErrorCode::conflict);
}

TEST_P(Ledger, AnUnknownEngineIsNotFound) {
  Hold elsewhere = hold("a", 1, 0);
  elsewhere.engine = "podman";
  EXPECT_EQ(try_one(elsewhere).error().code, util::ErrorCode::not_found);
  const auto free_there =
      database().read_now([](store::Session& session) { return free(session, "podman", at(0), std::nullopt, at(0)); });
  EXPECT_EQ(free_there.error().code, util::ErrorCode::not_found);
}

TEST_P(Ledger, EnginesAreApart) {
  ASSERT_TRUE(database()
                  .write_now([](store::Transaction& transaction) -> util::Status {
                    set_capacity(transaction, "podman", {4000, 8000, 3});
                    return {};
                  })
                  .ok());
  EXPECT_TRUE(held(hold("a", 4000, 0)));
  Hold elsewhere = hold("b", 4000, 0);
  elsewhere.engine = "podman";
  EXPECT_TRUE(held(elsewhere));
}

TEST_P(Ledger, WhatIsMalformedIsRefused) {
  EXPECT_EQ(try_one(hold("a", -1, 0)).error().code, util::ErrorCode::invalid_argument);
  EXPECT_EQ(try_one(hold("a", 1, 10, 10)).error().code, util::ErrorCode::invalid_argument);
  EXPECT_EQ(try_one(hold("a", 1, 10, 9)).error().code, util::ErrorCode::invalid_argument);
  EXPECT_TRUE(all().empty());
}

TEST_P(Ledger, ShrunkCapacityTakesNothingBackAndIsNeverBelowZero) {
  EXPECT_TRUE(held(hold("a", 3000, 0)));
  capacity({1000, 8000, 3});
  EXPECT_EQ(free_in(0)->millicores, 0);
  EXPECT_FALSE(held(hold("b", 1, 0)));
  EXPECT_EQ(all().size(), 1U);
  end("a");
  EXPECT_EQ(free_in(0)->millicores, 1000);
}

TEST_P(Ledger, FreeIsTheLeastOfTheWholeTime) {
  held(hold("a", 1000, 10, 20));
  held(hold("b", 2500, 15, 25));
  EXPECT_EQ(free_in(0, 10)->millicores, 4000);
  EXPECT_EQ(free_in(0, 11)->millicores, 3000);
  EXPECT_EQ(free_in(0, 40)->millicores, 500);
  EXPECT_EQ(free_in(20, 25)->millicores, 1500);
  EXPECT_EQ(free_in(25)->millicores, 4000);
}

TEST_P(Ledger, HoldsComeBackAsTheyWereGiven) {
  held(hold("open", 1, 7));
  held(hold("closed", 2, 8, 9));
  const auto found = all();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].id, "open");
  EXPECT_EQ(found[0].engine, "docker");
  EXPECT_EQ(found[0].from, at(7));
  EXPECT_FALSE(found[0].to);
  EXPECT_EQ(found[1].resources.millicores, 2);
  EXPECT_EQ(found[1].resources.memory_bytes, 1000);
  EXPECT_EQ(found[1].to, at(9));
}

TEST_P(Ledger, AHoldIsGoneWithTheTransactionItWasIn) {
  const auto answer = database().write_now([](store::Transaction& transaction) -> util::Status {
    EXPECT_TRUE(*try_hold(transaction, hold("a", 4000, 0), at(0)));
    return util::Error::of(util::ErrorCode::forbidden, "no");
  });
  EXPECT_EQ(answer.error().code, util::ErrorCode::forbidden);
  EXPECT_TRUE(held(hold("b", 4000, 0)));
}

TEST_P(Ledger, OtherResourcesCountByName) {
  capacity({4000, 8000, 3, {{"gpus", 2}}});
  EXPECT_FALSE(held({"three", "docker", {1, 1, 1, {{"gpus", 3}}}, at(0), {}}));
  EXPECT_FALSE(held({"unknown", "docker", {1, 1, 1, {{"tapes", 1}}}, at(0), {}}));
  EXPECT_TRUE(held({"two", "docker", {1, 1, 1, {{"gpus", 2}}}, at(0), at(10)}));
  EXPECT_FALSE(held({"one more", "docker", {1, 1, 1, {{"gpus", 1}}}, at(5), {}}));
  EXPECT_TRUE(held({"later", "docker", {1, 1, 1, {{"gpus", 1}}}, at(10), {}}));
  EXPECT_EQ(free_in(0, 10)->others, (std::map<std::string, std::int64_t>{}));
  EXPECT_EQ(free_in(20)->others, (std::map<std::string, std::int64_t>{{"gpus", 1}}));
  EXPECT_EQ(all().front().resources.others, (std::map<std::string, std::int64_t>{{"gpus", 2}}));
}

TEST_P(Ledger, AHoldThatIsOverdueStillCounts) {
  EXPECT_TRUE(held(hold("run", 4000, 0, 10)));
  now = at(30);
  EXPECT_FALSE(held(hold("b", 1, 30, 40)));
  EXPECT_TRUE(held(hold("later", 1, 30 + 60))) << "it is expected to last another minute";
  end("run");
  EXPECT_TRUE(held(hold("b", 1, 30, 40)));
}

TEST_P(Ledger, AHoldThatExpiresEndsByItself) {
  Hold offer = hold("offer", 4000, 0, 10);
  offer.expires = true;
  EXPECT_TRUE(held(offer));
  EXPECT_FALSE(held(hold("b", 1, 5, 8)));
  now = at(10);
  EXPECT_TRUE(held(hold("b", 4000, 10, 20)));
}

TEST_P(Ledger, AnEndIsMovedAsFarAsThereIsRoom) {
  EXPECT_TRUE(held(hold("a", 3000, 0, 10)));
  EXPECT_TRUE(held(hold("booked", 2000, 20, 30)));
  EXPECT_FALSE(*extend_to("a", 21));
  EXPECT_EQ(all().front().to, at(10));
  EXPECT_TRUE(*extend_to("a", 20));
  EXPECT_EQ(all().front().to, at(20));
  EXPECT_TRUE(*extend_to("a", 5));
  EXPECT_FALSE(*extend_to("a", std::nullopt));
  EXPECT_EQ(extend_to("a", 0).error().code, util::ErrorCode::invalid_argument);
  EXPECT_EQ(extend_to("nobody", 5).error().code, util::ErrorCode::not_found);
}

TEST_P(Ledger, AnExpectedEndIsTakenEvenWhereThereIsNoRoom) {
  EXPECT_TRUE(held(hold("run", 3000, 0, 10)));
  EXPECT_TRUE(held(hold("booked", 2000, 20, 30)));
  ASSERT_TRUE(database()
                  .write_now([&](store::Transaction& transaction) -> util::Status {
                    expect_end(transaction, "run", at(25));
                    return {};
                  })
                  .ok());
  EXPECT_EQ(free_in(20, 25)->millicores, 0);
  EXPECT_EQ(free_in(25, 30)->millicores, 2000);
}

TEST_P(Ledger, AHoldIsPassedOn) {
  Hold offer = hold("offer", 4000, 0, 10);
  offer.expires = true;
  EXPECT_TRUE(held(offer));
  EXPECT_TRUE(transferred("offer", "run", false));
  EXPECT_FALSE(transferred("offer", "run", false));
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all().front().id, "run");
  now = at(30);
  EXPECT_FALSE(held(hold("b", 1, 30, 40))) << "a run does not expire";
}

TEST_P(Ledger, EndingWhatIsNotThereIsFine) { end("nobody"); }

}  // namespace
}  // namespace ledger

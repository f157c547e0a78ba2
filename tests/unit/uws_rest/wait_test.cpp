// Tests WAIT (U30 to U32).
#include <filesystem>
#include <iterator>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::HasSubstr;

class Wait : public TreeTest {
 protected:
  static constexpr auto a_while = 100ms;

  static std::size_t threads() {
    const std::filesystem::directory_iterator all("/proc/self/task");
    return static_cast<std::size_t>(std::distance(std::filesystem::begin(all), std::filesystem::end(all)));
  }
};
FOR_BOTH_DATABASES(Wait);

TEST_P(Wait, U30_AnsweredAtOnceWhenThePhaseDiffersFromTheGivenOne) {
  const JobId id = make();
  EXPECT_THAT(get(path(id) + "?WAIT=20&PHASE=QUEUED").body, HasSubstr("<uws:phase>PENDING<"));
  EXPECT_THAT(get(path(id) + "?wait=20&phase=executing").body, HasSubstr("<uws:phase>PENDING<"));
}

TEST_P(Wait, U30_AnsweredAtOnceWhenThePhaseIsNoneToWaitIn) {
  const JobId ended = completed({});
  EXPECT_EQ(get(path(ended) + "?WAIT=-1").status, 200);
  EXPECT_EQ(get(path(ended) + "?WAIT=-1&PHASE=COMPLETED").status, 200);
  for (const Phase phase : {Phase::held, Phase::suspended, Phase::unknown, Phase::error, Phase::aborted}) {
    const std::string word(to_string(phase));
    SCOPED_TRACE(word);
    EXPECT_EQ(get(path(found(util::to_lower(word), phase)) + "?WAIT=-1").status, 200);
  }
}

TEST_P(Wait, U30_AnsweredOnEachChangeOfPhase) {
  const JobId id = make();
  fakes::TestClient client(port());
  begin_get(client, path(id) + "?WAIT=20&PHASE=PENDING");
  EXPECT_FALSE(client.readable(a_while));
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=RUN").status, 303);
  EXPECT_THAT(client.receive().body, HasSubstr("<uws:phase>QUEUED<"));

  begin_get(client, path(id) + "?WAIT=-1&PHASE=QUEUED");
  EXPECT_FALSE(client.readable(a_while));
  const Job job = start(id);
  EXPECT_THAT(client.receive().body, HasSubstr("<uws:phase>EXECUTING<"));

  begin_get(client, path(id) + "?WAIT=20");
  EXPECT_FALSE(client.readable(a_while));
  EXPECT_TRUE(ended(id, job.fence, {.end_time = util::now()}));
  EXPECT_THAT(client.receive().body, HasSubstr("<uws:phase>COMPLETED<"));
}

TEST_P(Wait, U30_AnsweredAtTheLatestThenAsItIs) {
  const JobId id = make();
  EXPECT_THAT(get(path(id) + "?WAIT=0").body, HasSubstr("<uws:phase>PENDING<"));
  EXPECT_THAT(get(path(id) + "?WAIT=0.0").body, HasSubstr("<uws:phase>PENDING<"));
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(get(path(id) + "?WAIT=1&PHASE=PENDING").body, HasSubstr("<uws:phase>PENDING<"));
  EXPECT_GE(std::chrono::steady_clock::now() - before, 900ms);
}

TEST_P(Wait, U31_UntilAChangeMeansWithinTheCap) {
  serve({.wait_cap = 1s});
  const JobId id = make();
  fakes::TestClient clients[] = {fakes::TestClient(port()), fakes::TestClient(port()), fakes::TestClient(port())};
  begin_get(clients[0], path(id) + "?WAIT=-1");
  begin_get(clients[1], path(id) + "?WAIT=99999999999999999999999999");
  begin_get(clients[2], path(id) + "?WAIT=18446744073709551615&PHASE=PENDING");
  EXPECT_FALSE(clients[0].readable(a_while));
  for (auto& client : clients) EXPECT_EQ(client.receive().status, 200);
}

TEST_P(Wait, U31_AnythingButAnIntegerFromMinusOneIs400) {
  const JobId id = make();
  for (const char* wait : {"", "-2", "-1.0", "1.", "1.0.0", ".0", "1.5", "x", "1s", "%2B1", "0x1", "--1", "1&WAIT=2",
                           "1&PHASE=FLYING", "1&PHASE=PENDING&PHASE=QUEUED"}) {
    SCOPED_TRACE(wait);
    const auto response = get(path(id) + "?WAIT=" + wait);
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, testing::ContainsRegex("WAIT|PHASE"));
  }
  EXPECT_EQ(get(path(id) + "?WAIT=0&wait=0&PHASE=queued&PHASE=QUEUED").status, 200);
}

TEST_P(Wait, U32_ManyWaitersAreNoThreads) {
  const JobId id = make();
  constexpr int count = 60;
  get(path(id) + "?WAIT=0");
  const std::size_t before = threads();
  std::vector<std::unique_ptr<fakes::TestClient>> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<fakes::TestClient>(port()));
    begin_get(*clients.back(), path(id) + "?WAIT=-1&PHASE=PENDING");
  }
  EXPECT_FALSE(clients.back()->readable(a_while));
  EXPECT_LE(threads(), before + 4);
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=ABORT").status, 303);
  for (const auto& client : clients) EXPECT_THAT(client->receive().body, HasSubstr("<uws:phase>ABORTED<"));
}

TEST_P(Wait, U32_AWaiterOfADestroyedJobGets404) {
  const JobId id = make();
  fakes::TestClient client(port());
  begin_get(client, path(id) + "?WAIT=-1");
  EXPECT_FALSE(client.readable(a_while));
  EXPECT_EQ(ask("DELETE", path(id)).status, 303);
  EXPECT_EQ(client.receive().status, 404);
}

TEST_P(Wait, U32_AWaiterIsDroppedWhenItsClientLeaves) {
  const JobId id = make();
  for (const bool sync : {false, true}) {
    SCOPED_TRACE(sync ? "sync" : "job");
    auto request = std::make_shared<http::Request>();
    request->identity.user = "alice";
    if (!sync) request->query = {{"WAIT", "-1"}, {"PHASE", "PENDING"}};
    auto match = router().match(http::Method::get, {sync ? "sync" : "jobs", id});
    request->path_values = match.values;
    auto channel = std::make_shared<fakes::RecordingChannel>();
    const std::weak_ptr<fakes::RecordingChannel> alive = channel;
    match.route->handler(request, http::Reply(channel));
    EXPECT_FALSE(channel->wait(a_while));
    channel->leave();
    channel.reset();
    EXPECT_TRUE(eventually([&] { return alive.expired(); })) << "nobody holds the reply any more";
  }
}

TEST_P(Wait, U32_AClientThatWentAwayHurtsNobody) {
  const JobId id = make();
  {
    fakes::TestClient client(port());
    begin_get(client, path(id) + "?WAIT=-1");
  }
  fakes::TestClient stays(port());
  begin_get(stays, path(id) + "?WAIT=-1&PHASE=PENDING");
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=RUN").status, 303);
  EXPECT_THAT(stays.receive().body, HasSubstr("<uws:phase>QUEUED<"));
}

TEST_P(Wait, U32_WhenTheServiceStopsWaitersAreAnswered) {
  const JobId id = make();
  fakes::TestClient waiter(port());
  begin_get(waiter, path(id) + "?WAIT=-1&PHASE=PENDING");
  fakes::TestClient held(port());
  begin_get(held, "/sync/" + id);
  EXPECT_FALSE(held.readable(a_while));
  service().stop();
  EXPECT_THAT(waiter.receive().body, HasSubstr("<uws:phase>PENDING<"));
  EXPECT_EQ(held.receive().status, 303);
}

}  // namespace
}  // namespace uws::rest

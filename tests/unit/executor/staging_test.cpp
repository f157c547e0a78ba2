// Tests inputs by URL: how they are fetched, their limits, and which are refused.
#include "unit/net/loopback_server.h"
#include "world.h"

namespace executor::testing {
namespace {

using net::testing::always;
using net::testing::answer;
using net::testing::LoopbackServer;
using ::testing::HasSubstr;

class Fetching : public Jobs {
 protected:
  uws::Job run_with_input(const std::string& url) {
    return world.until_ended(world.create({"copy", "in", "out"}, {{"INPUT", "in," + url}, {"OUTPUT", "out"}}));
  }
};

TEST_F(Fetching, AnInputByUrlIsThereAsAFile) {
  LoopbackServer server(always(answer("from afar")));
  world.start();
  const uws::Job job = run_with_input(server.url("/x"));
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_EQ(world.text_of(job, "out"), "from afar");
  EXPECT_TRUE(world.until_nothing_is_left());
  EXPECT_EQ(world.blob_count(), 3U);  // two logs and the output: the blob of the fetched input was removed
}

TEST_F(Fetching, ManyInputsAllCome) {
  LoopbackServer server([](const net::testing::Request& request, const net::testing::Peer& peer) {
    return peer.send(answer(request.target));
  });
  world.start();
  Pairs more;
  Words words;
  for (int i = 0; i < 9; ++i) {
    const std::string name = std::to_string(i);
    more.emplace_back("INPUT", "in" + name + "," + server.url("/" + name));
    more.emplace_back("OUTPUT", "out" + name);
    for (const std::string& word : {std::string("copy"), "in" + name, "out" + name, std::string("then")})
      words.push_back(word);
  }
  words.emplace_back("exit");
  words.emplace_back("0");
  const uws::Job job = world.until_ended(world.create(words, more));
  EXPECT_PHASE(job, "COMPLETED");
  for (int i = 0; i < 9; ++i) EXPECT_EQ(world.text_of(job, "out" + std::to_string(i)), "/" + std::to_string(i));
}

TEST_F(Fetching, ARedirectToAMetadataAddressIsRefused) {
  LoopbackServer server(
      always("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data\r\nContent-Length: 0\r\n\r\n"));
  world.start();
  const uws::Job job = run_with_input(server.url("/x"));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_TRUE(job.error->fatal);
  EXPECT_THAT(job.error->message, HasSubstr("input /work/job/in could not be fetched from http://127.0.0.1"));
  EXPECT_THAT(job.error->message, HasSubstr("169.254.169.254"));
  EXPECT_EQ(world.daemon->submits(), 0);
  EXPECT_TRUE(world.until_nothing_is_left());
  EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Fetching, ARedirectToTheEnginesSocketIsRefused) {
  LoopbackServer server(
      always("HTTP/1.1 302 Found\r\nLocation: unix:///var/run/docker.sock\r\nContent-Length: 0\r\n\r\n"));
  world.start();
  const uws::Job job = run_with_input(server.url("/x"));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_TRUE(job.error->fatal) << job.error->message;
  EXPECT_EQ(world.daemon->submits(), 0);
}

TEST_F(Fetching, AnAnswerOtherThan200IsAnErrorAnd500MayPass) {
  LoopbackServer missing(always(answer("no", "404 Not Found")));
  LoopbackServer broken(always(answer("no", "500 Oops")));
  world.start();
  const uws::Job fatal = run_with_input(missing.url("/x"));
  EXPECT_THAT(fatal.error->message, HasSubstr("the server answers 404"));
  EXPECT_TRUE(fatal.error->fatal);
  const uws::Job transient = run_with_input(broken.url("/x"));
  EXPECT_THAT(transient.error->message, HasSubstr("the server answers 500"));
  EXPECT_FALSE(transient.error->fatal);
}

TEST_F(Fetching, ATooLargeInputIsRefused) {
  world.options.inputs.max_bytes = 10;
  LoopbackServer server(always(answer("more than ten bytes")));
  world.start();
  const uws::Job job = run_with_input(server.url("/x"));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_THAT(job.error->message, HasSubstr("larger than 10 B"));
  EXPECT_TRUE(world.until_nothing_is_left());
  EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Fetching, AServerThatDoesNotEndIsGivenUp) {
  world.options.inputs.timeout = std::chrono::seconds{1};
  LoopbackServer server([](const net::testing::Request&, const net::testing::Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
    peer.wait_for_close();
    return false;
  });
  world.start();
  const uws::Job job = run_with_input(server.url("/x"));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_FALSE(job.error->fatal) << job.error->message;
}

TEST_F(Fetching, AbortWhileFetchingEndsAtOnce) {
  LoopbackServer server([](const net::testing::Request&, const net::testing::Peer& peer) {
    peer.wait_for_close();
    return false;
  });
  world.start();
  const auto id = world.create({"copy", "in", "out"}, {{"INPUT", "in," + server.url("/x")}});
  ASSERT_TRUE(world.until([&] { return world.shown(id).starts_with("fetching inputs"); }));
  ASSERT_TRUE(world.abort(id).ok());
  EXPECT_PHASE(world.until_ended(id), "ABORTED");
  EXPECT_EQ(world.daemon->submits(), 0);
  EXPECT_TRUE(world.until_nothing_is_left());
}

}  // namespace
}  // namespace executor::testing

// Tests the client with many calls: kept connections, cancelling, timeouts, stopping.
#include "net/client.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <map>

#include <gmock/gmock.h>

#include <unistd.h>

#include "unit/net/loopback_server.h"
#include "unit/net/names.h"
#include "unit/net/waiting.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using testing::always;
using testing::answer;
using testing::failure;
using testing::fetch;
using testing::get;
using ::testing::HasSubstr;
using testing::LoopbackServer;
using ::testing::Not;
using testing::Outcome;
using testing::Peer;
using testing::Request;
using util::ErrorCode;

/// A temporary folder for sockets. The destructor removes it.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "net-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A handler that never answers.
bool silent(const Request&, const Peer& peer) {
  peer.wait_for_close();
  return false;
}

/// A handler that sends without end.
bool endless(const Request&, const Peer& peer) {
  peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  while (peer.send("tick\n")) std::this_thread::sleep_for(5ms);
  return false;
}

TEST(Client, ConnectionsAreKeptBetweenCalls) {
  const LoopbackServer server(always(answer("x")));
  Client client;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(fetch(client, get(server.url("/"))).ok());
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.requests().size(), 20U);
}

TEST(Client, UnixSocketsAreCalledAndTheirConnectionsKept) {
  const Folder folder;
  const auto one = LoopbackServer::on_unix_socket(folder.file("one"), always(answer("one")));
  const auto two = LoopbackServer::on_unix_socket(folder.file("two"), always(answer("two")));
  Client client;
  Call call = get("http://engine/v1.41/info");
  for (int i = 0; i < 5; ++i) {
    for (const char* name : {"one", "two"}) {
      call.unix_socket = folder.file(name);
      const auto response = fetch(client, call);
      ASSERT_TRUE(response.ok()) << response.error().message;
      EXPECT_EQ(response->body, name);
    }
  }
  EXPECT_EQ(one->connections(), 1);
  EXPECT_EQ(two->connections(), 1);
  EXPECT_EQ(one->requests().at(0).headers.at("host"), "engine");
}

TEST(Client, AConnectionThatTheOtherSideClosedIsReplaced) {
  const LoopbackServer server([](const Request&, const Peer& peer) {
    peer.send(answer("x"));
    return false;
  });
  Client client;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(fetch(client, get(server.url("/"))).ok());
  EXPECT_EQ(server.connections(), 5);
}

TEST(Client, NoConnectionIsUnavailableAndNamesTheOtherSide) {
  const Folder folder;
  Client client;
  int port = 0;
  {
    const LoopbackServer gone(always(""));
    port = gone.port();
  }
  const std::string host = "127.0.0.1:" + std::to_string(port);
  const auto refused = fetch(client, get("http://user:secret@" + host + "/path?token=secret"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(refused.error().message, "no connection to http://" + host + ": Connection refused");

  Call call = get("http://engine/secret");
  call.unix_socket = folder.file("absent");
  const auto absent = fetch(client, call);
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code, ErrorCode::unavailable);
  EXPECT_THAT(absent.error().message, HasSubstr(folder.file("absent")));
  EXPECT_THAT(absent.error().message, Not(HasSubstr("secret")));

  const auto unknown = fetch(client, get("http://nowhere.test/"));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, ErrorCode::unavailable);
  EXPECT_EQ(unknown.error().message, "the host name of http://nowhere.test is not known");
}

TEST(Client, NoAnswerInTimeIsATimeout) {
  const LoopbackServer server(silent);
  Client client;
  Call call = get(server.url("/?secret"));
  call.timeout = 100ms;
  const auto response = fetch(client, call);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::timeout);
  EXPECT_THAT(response.error().message, HasSubstr("no complete answer from http://127.0.0.1:"));
  EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
}

TEST(Client, ATimeoutOnAKeptConnectionIsATimeoutToo) {
  std::atomic<bool> first = true;
  const LoopbackServer server([&](const Request& request, const Peer& peer) {
    return first.exchange(false) ? peer.send(answer("x")) : silent(request, peer);
  });
  Client client;
  Call call = get(server.url("/"));
  ASSERT_TRUE(fetch(client, call).ok());
  call.timeout = 100ms;
  EXPECT_EQ(failure(client, call).code, ErrorCode::timeout);
  EXPECT_EQ(server.connections(), 1);
}

TEST(Client, AStreamWithoutTimeoutGoesOn) {
  const LoopbackServer server(endless);
  std::atomic<std::size_t> seen = 0;
  Client client;
  Call call = get(server.url("/"));
  call.timeout = std::nullopt;
  call.on_data = [&](std::string_view bytes) { return seen += bytes.size(), true; };
  Outcome outcome;
  client.start(call, outcome.done());
  const auto until = std::chrono::steady_clock::now() + testing::test_timeout;
  while (seen < 200 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
  EXPECT_GE(seen, 200U);
  EXPECT_FALSE(outcome.arrived_within(0ms));
}

TEST(Client, ACancelledStreamIsClosedWithinASecondAndItsDoneNotCalled) {
  std::promise<void> closed;
  const LoopbackServer server([&](const Request& request, const Peer& peer) {
    silent(request, peer);
    closed.set_value();
    return false;
  });
  const LoopbackServer other(always(answer("x")));
  std::atomic<bool> done = false;
  Client client;
  auto owned = std::make_shared<int>(0);
  Call call = get(server.url("/"));
  call.timeout = std::nullopt;
  call.on_data = [owned](std::string_view) { return true; };
  const Handle handle = client.start(std::move(call), [&, owned](util::Result<Response>) { done = true; });
  ASSERT_TRUE(fetch(client, get(other.url("/"))).ok());
  const auto until = std::chrono::steady_clock::now() + testing::test_timeout;
  while (server.requests().empty() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);

  handle.cancel();
  handle.cancel();
  EXPECT_EQ(closed.get_future().wait_for(1s), std::future_status::ready);
  ASSERT_TRUE(fetch(client, get(other.url("/"))).ok());
  EXPECT_EQ(owned.use_count(), 1) << "what the call owned is still alive";
  EXPECT_FALSE(done);
}

TEST(Client, ACancelFromWithinACallbackEndsTheCall) {
  const LoopbackServer server(endless);
  const LoopbackServer other(always(answer("x")));
  Client client;
  for (const bool in_head : {true, false}) {
    Handle handle;
    std::promise<void> ready;
    std::atomic<int> calls = 0;
    std::atomic<bool> done = false;
    auto owned = std::make_shared<int>(0);
    Call call = get(server.url("/"));
    call.on_head = [&, started = ready.get_future().share()](const Response&) {
      started.wait();
      if (in_head) handle.cancel();
    };
    call.on_data = [&, owned](std::string_view) {
      ++calls;
      handle.cancel();
      return true;
    };
    handle = client.start(std::move(call), [&](util::Result<Response>) { done = true; });
    ready.set_value();
    const auto until = std::chrono::steady_clock::now() + testing::test_timeout;
    while (owned.use_count() > 1 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(owned.use_count(), 1);
    EXPECT_EQ(calls, in_head ? 0 : 1);
    EXPECT_FALSE(done);
  }
  EXPECT_TRUE(fetch(client, get(other.url("/"))).ok());
}

TEST(Client, CancelAfterTheEndIsNothing) {
  const LoopbackServer server(always(answer("x")));
  Handle handle;
  handle.cancel();
  {
    Client client;
    Outcome outcome;
    handle = client.start(get(server.url("/")), outcome.done());
    ASSERT_TRUE(outcome.get().ok());
    handle.cancel();
  }
  handle.cancel();
}

TEST(Client, ACallMayBeStartedWhenAnotherEnds) {
  const LoopbackServer server(always(answer("x")));
  Client client;
  Outcome second;
  client.start(get(server.url("/1")),
               [&](util::Result<Response>) { client.start(get(server.url("/2")), second.done()); });
  ASSERT_TRUE(second.get().ok());
  EXPECT_EQ(server.connections(), 1);
}

TEST(Client, StopEndsEveryCallAsUnavailableAndLaterOnesToo) {
  const LoopbackServer server(silent);
  std::vector<Outcome> outcomes(5);
  std::atomic<bool> cancelled_done = false;
  Client client;
  for (auto& outcome : outcomes) client.start(get(server.url("/")), outcome.done());
  client.start(get(server.url("/")), [&](util::Result<Response>) { cancelled_done = true; }).cancel();
  client.stop();
  for (auto& outcome : outcomes) {
    ASSERT_TRUE(outcome.arrived_within(0ms));
    EXPECT_EQ(outcome.get().error().code, ErrorCode::unavailable);
  }
  EXPECT_FALSE(cancelled_done);
  Outcome late;
  client.start(get(server.url("/")), late.done());
  ASSERT_TRUE(late.arrived_within(0ms));
  EXPECT_EQ(late.get().error().code, ErrorCode::unavailable);
  client.stop();
}

TEST(Client, ASlowNameHoldsUpNobody) {
  const LoopbackServer server(always(answer("x")));
  std::atomic<bool> done = false;
  Client client;
  const Handle slow = client.start(get(server.url("/", "slow.test")), [&](util::Result<Response>) { done = true; });
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(fetch(client, get(server.url("/"))).ok());
  slow.cancel();
  ASSERT_TRUE(fetch(client, get(server.url("/"))).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  EXPECT_FALSE(done);

  Call call = get(server.url("/", "slow.test"));
  call.connect_timeout = 50ms;
  const auto timed_out = fetch(client, call);
  ASSERT_FALSE(timed_out.ok());
  EXPECT_EQ(timed_out.error().code, ErrorCode::unavailable) << timed_out.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  testing::release_slow_names();
}

TEST(Client, CallsBeyondTheLimitWaitForAConnection) {
  const LoopbackServer server(always(answer("x")));
  Client client(CallLimits{8, 2});
  std::vector<Outcome> outcomes(30);
  for (auto& outcome : outcomes) client.start(get(server.url("/")), outcome.done());
  for (auto& outcome : outcomes) {
    const auto response = outcome.get();
    ASSERT_TRUE(response.ok()) << response.error().message;
  }
  EXPECT_LE(server.connections(), 2);
}

TEST(Client, StreamsAndTransfersLeaveRoomForControlCalls) {
  const LoopbackServer server([](const Request& request, const Peer& peer) {
    return request.target == "/now" ? always(answer("x"))(request, peer) : silent(request, peer);
  });
  std::vector<Handle> open;
  Client client(CallLimits{.all = 16, .per_host = 8, .streams_percent = 25, .bulk_percent = 75});
  const auto start = [&](const char* path, net::Lane lane) {
    Call call = get(server.url(path));
    call.lane = lane;
    call.timeout = std::nullopt;
    return client.start(call, [](util::Result<Response>) {});
  };
  for (int i = 0; i < 20; ++i) open.push_back(start("/stream", net::Lane::stream));
  for (int i = 0; i < 20; ++i) open.push_back(start("/transfer", net::Lane::transfer));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(fetch(client, get(server.url("/now"))).ok());
  std::map<std::string, int> asked;
  for (const auto& request : server.requests()) ++asked[request.target];
  EXPECT_LE(asked["/stream"], 2);
  EXPECT_LE(asked["/stream"] + asked["/transfer"], 6);
  // A call that waits for a free connection starts when there is one.
  for (const auto& handle : open) handle.cancel();
  start("/late", net::Lane::stream);
  const auto until = std::chrono::steady_clock::now() + testing::test_timeout;
  const auto is_asked = [&] {
    const auto requests = server.requests();
    return std::any_of(requests.begin(), requests.end(), [](const Request& one) { return one.target == "/late"; });
  };
  while (!is_asked() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(is_asked());
}

/// The handler `large` sends this many pieces, as fast as the client takes them.
constexpr int many_pieces = 1500;
bool large(const Request&, const Peer& peer) {
  const std::string piece(16U << 10U, 'x');
  if (!peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(many_pieces * piece.size()) + "\r\n\r\n")) {
    return false;
  }
  for (int i = 0; i < many_pieces; ++i) {
    if (!peer.send(piece)) return false;
  }
  return true;
}

TEST(Client, DataThatTakeLongToBeTakenDoNotHoldUpOtherCalls) {
  const LoopbackServer server([](const Request& request, const Peer& peer) {
    return request.target == "/large" ? large(request, peer) : always(answer("x"))(request, peer);
  });
  std::promise<void> begun;
  std::atomic<int> pieces = 0;
  std::atomic<std::uint64_t> bytes = 0;
  Client client;
  Call call = get(server.url("/large"));
  call.lane = net::Lane::transfer;
  call.max_response_bytes = 0;
  call.on_data = [&](std::string_view data) {
    if (pieces++ == 0) begun.set_value();
    bytes += data.size();
    std::this_thread::sleep_for(1ms);
    return true;
  };
  Outcome outcome;
  client.start(std::move(call), outcome.done());
  begun.get_future().wait();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(fetch(client, get(server.url("/"))).ok());
  EXPECT_LT(pieces, many_pieces / 2);
  ASSERT_TRUE(outcome.get().ok());
  EXPECT_EQ(bytes, std::uint64_t{many_pieces} * (16U << 10U));
}

TEST(Client, DataRefusedInALaterTurnEndTheCall) {
  const LoopbackServer server(large);
  std::atomic<int> pieces = 0;
  Client client;
  Call call = get(server.url("/large"));
  call.max_response_bytes = 0;
  call.on_data = [&](std::string_view) {
    std::this_thread::sleep_for(3ms);  // so long that the net thread takes the next data only in a later turn
    return ++pieces < 3;
  };
  EXPECT_EQ(failure(client, call).code, ErrorCode::too_large);
  EXPECT_EQ(pieces, 3);
}

TEST(Client, ABusyHostDoesNotHoldUpAnother) {
  const LoopbackServer busy(silent);
  const LoopbackServer other(always(answer("x")));
  Client client(CallLimits{8, 1});
  client.start(get(busy.url("/")), [](util::Result<Response>) {});
  Outcome next;
  Call call = get(busy.url("/"));
  call.connect_timeout = testing::test_timeout;
  client.start(call, next.done());
  EXPECT_TRUE(fetch(client, get(other.url("/"))).ok());
  client.stop();
  EXPECT_EQ(next.get().error().code, ErrorCode::unavailable);
}

TEST(Client, WaitingForAConnectionEndsAtTheConnectTimeoutOrWithACancel) {
  const LoopbackServer server(silent);
  std::atomic<bool> done = false;
  Client client(CallLimits{1, 1});
  Call stream = get(server.url("/"));
  stream.timeout = std::nullopt;
  const Handle first = client.start(stream, [](util::Result<Response>) {});
  Call waiting = get(server.url("/"));
  waiting.connect_timeout = 100ms;
  const auto response = fetch(client, waiting);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::too_many) << response.error().message;
  EXPECT_THAT(response.error().message, HasSubstr("too many calls are open"));

  auto owned = std::make_shared<int>(0);
  waiting.connect_timeout = testing::test_timeout;
  client.start(waiting, [&done, owned](util::Result<Response>) { done = true; }).cancel();
  const auto until = std::chrono::steady_clock::now() + testing::test_timeout;
  while (owned.use_count() > 1 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_FALSE(done);
  first.cancel();
}

TEST(Client, TheWaitForItsTurnIsOfACallsTime) {
  const LoopbackServer server(silent);
  Client client(CallLimits{1, 1});
  Call first = get(server.url("/"));
  first.timeout = 1500ms;
  Call second = first;
  second.timeout = 1600ms;
  second.connect_timeout = testing::test_timeout;
  const auto began = std::chrono::steady_clock::now();
  Outcome ended;
  client.start(first, [](util::Result<Response>) {});
  client.start(second, ended.done());
  EXPECT_EQ(ended.get().error().code, ErrorCode::timeout);
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, 1590ms);
  EXPECT_LT(took, 2900ms);
}

TEST(Client, ManyThreadsStartAndCancel) {
  const LoopbackServer server(always(answer("x")));
  std::atomic<int> done = 0;
  std::atomic<int> started = 0;
  std::vector<std::thread> threads;
  Client client;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const Handle handle = client.start(get(server.url("/")), [&](util::Result<Response>) { ++done; });
        if ((i + t) % 2 == 0) {
          handle.cancel();
        } else {
          ++started;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto until = std::chrono::steady_clock::now() + testing::test_timeout;
  while (done < started && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
  client.stop();
  EXPECT_GE(done, started.load());
  EXPECT_LE(done, 200);
}

TEST(Client, TheEnvironmentsProxyIsNotUsed) {
  const LoopbackServer proxy(always(answer("proxy")));
  const LoopbackServer server(always(answer("server")));
  setenv("http_proxy", proxy.url("").c_str(), 1);
  Client client;
  const auto response = fetch(client, get(server.url("/")));
  unsetenv("http_proxy");
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->body, "server");
}

}  // namespace
}  // namespace net

// Tests response bodies that are produced while they are sent, clients that read slowly or not at all, and draining.
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <unistd.h>

#include "server_fixture.h"
#include "util/file_bytes.h"

namespace http {
namespace {

using fakes::TestClient;
using fakes::TestResponse;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

double cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

const std::string& twenty_megabytes() {
  static const std::string text = [] {
    std::string made;
    while (made.size() < 20U << 20U) made += "line " + std::to_string(made.size()) + std::string(1000, '.') + "\n";
    return made;
  }();
  return text;
}

/// A live body to which the test adds bytes.
class Feed : public LiveBody {
 public:
  ~Feed() override { ++dropped(); }
  Piece pull(std::size_t capacity) override {
    const std::lock_guard lock(mutex_);
    Piece piece;
    piece.bytes = text_.substr(0, capacity);
    text_.erase(0, piece.bytes.size());
    piece.ended = ended_ && text_.empty();
    piece.failed = failed_ && text_.empty();
    return piece;
  }
  void on_more(std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }
  void add(const std::string& text, bool end = false) {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      text_ += text;
      ended_ = end;
      wake = wake_;
    }
    if (wake) wake();
  }
  void fail() {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      failed_ = true;
      wake = wake_;
    }
    if (wake) wake();
  }
  static std::atomic<int>& dropped() {
    static std::atomic<int> count = 0;
    return count;
  }

 private:
  std::mutex mutex_;
  std::string text_;
  bool ended_ = false;
  bool failed_ = false;
  std::function<void()> wake_;
};

/// A source with fewer bytes than its size says.
class ShortSource : public util::ByteSource {
 public:
  std::uint64_t size() const override { return 1000; }
  util::Result<std::size_t> read(char* buffer, std::size_t) override {
    if (std::exchange(given_, true)) return std::size_t{0};
    *buffer = 'x';
    return std::size_t{1};
  }

 private:
  bool given_ = false;
};

/// Bytes in a file that exists only in memory. Counts the open files.
class TextFile : public util::FileBytes {
 public:
  TextFile(const std::string& text, std::uint64_t offset, std::uint64_t size)
      : file_(::memfd_create("text", MFD_CLOEXEC)), offset_(offset), size_(size) {
    EXPECT_EQ(::write(file_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ++open();
  }
  ~TextFile() override {
    ::close(file_);
    --open();
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  std::uint64_t size() const override { return size_; }
  util::Result<std::size_t> read(char*, std::size_t) override {
    return util::Error::of(util::ErrorCode::internal, "a file is sent by the kernel");
  }
  int descriptor() const override { return file_; }
  std::uint64_t offset() const override { return offset_; }
  static std::atomic<int>& open() {
    static std::atomic<int> count = 0;
    return count;
  }

 private:
  const int file_;
  const std::uint64_t offset_;
  const std::uint64_t size_;
};

class Streaming : public ServerTest {
 protected:
  Streaming() {
    router.add(Method::get, "/source", {[this](const auto&, const Reply& reply) {
                 Response response;
                 response.source = std::make_shared<fakes::TextSource>(large);
                 reply.send(std::move(response));
               }});
    router.add(Method::get, "/text",
               {[this](const auto&, const Reply& reply) { reply.send(Response::text(200, large)); }});
    router.add(Method::get, "/file", {[this](const auto&, const Reply& reply) {
                 Response response;
                 response.source = std::make_shared<TextFile>(large, 1000, large.size() - 3000);
                 reply.send(std::move(response));
               }});
    router.add(Method::get, "/empty-file", {[](const auto&, const Reply& reply) {
                 Response response;
                 response.source = std::make_shared<TextFile>("x", 1, 0);
                 reply.send(std::move(response));
               }});
    router.add(Method::get, "/short-file", {[](const auto&, const Reply& reply) {
                 Response response;
                 response.source = std::make_shared<TextFile>("x", 0, 1000);
                 reply.send(std::move(response));
               }});
    router.add(Method::get, "/short", {[](const auto&, const Reply& reply) {
                 Response response;
                 response.source = std::make_shared<ShortSource>();
                 reply.send(std::move(response));
               }});
    router.add(Method::get, "/live", {[this](const auto&, const Reply& reply) {
                 Response response = Response::text(200, "");
                 response.live = feed;
                 reply.send(std::move(response));
               }});
  }
  const std::string& large = twenty_megabytes();
  std::shared_ptr<Feed> feed = std::make_shared<Feed>();
};

TEST_F(Streaming, LargeBodiesArriveWhole) {
  TestClient client(start());
  for (const char* path : {"/source", "/text"}) {
    const TestResponse response = client.get(path);
    EXPECT_EQ(response.header("Content-Length"), std::to_string(large.size()));
    EXPECT_TRUE(response.body == large) << path;
  }
  EXPECT_EQ(client.get("/echo").status, 200);
}

/// Waits until all files are closed: the sending thread closes a file only after the client has received it.
bool all_files_are_closed() {
  for (int i = 0; i < 500 && TextFile::open() > 0; ++i) std::this_thread::sleep_for(milliseconds(10));
  return TextFile::open() == 0;
}

TEST_F(Streaming, APartOfAFileArrivesWhole) {
  TestClient client(start());
  const TestResponse response = client.get("/file");
  EXPECT_EQ(response.header("Content-Length"), std::to_string(large.size() - 3000));
  EXPECT_TRUE(response.body == large.substr(1000, large.size() - 3000));
  EXPECT_EQ(client.get("/empty-file").body, "");
  EXPECT_EQ(client.get("/echo").status, 200);
  EXPECT_TRUE(all_files_are_closed());
}

TEST_F(Streaming, AFileIsClosedWhenItsClientLeaves) {
  start();
  auto client = std::make_unique<TestClient>(server->port());
  client->send(get_request("/file"));
  client->receive_some();
  EXPECT_EQ(TextFile::open(), 1);
  client.reset();
  EXPECT_TRUE(all_files_are_closed());
}

TEST_F(Streaming, HeadOfALargeBodyIsOnlyItsSize) {
  TestClient client(start());
  EXPECT_EQ(client.request("HEAD", "/source").header("Content-Length"), std::to_string(large.size()));
  EXPECT_EQ(client.get("/echo").status, 200);
}

TEST_F(Streaming, AClientThatDoesNotReadCostsNothing) {
  start();
  std::vector<std::unique_ptr<TestClient>> lazy;
  for (int i = 0; i < 4; ++i) {
    lazy.push_back(std::make_unique<TestClient>(server->port(), 4096));
    lazy.back()->send(get_request(i % 2 == 0 ? "/source" : "/text"));
  }
  TestClient busy(server->port());
  EXPECT_TRUE(busy.get("/source").body == large);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(busy.get("/echo").status, 200);
  const double before = cpu_seconds();
  std::this_thread::sleep_for(milliseconds(400));
  EXPECT_LT(cpu_seconds() - before, 0.2);  // a thread in a busy loop would take 0.4 seconds
  EXPECT_TRUE(lazy[0]->receive().body == large);
}

TEST_F(Streaming, AClientThatDoesNotReadIsGivenUp) {
  options.send_timeout = milliseconds(100);
  TestClient lazy(start(), 4096);
  lazy.send(get_request("/source"));
  std::this_thread::sleep_for(milliseconds(400));
  EXPECT_LT(lazy.receive().body.size(), large.size());
  EXPECT_TRUE(lazy.closed_by_server());
}

TEST_F(Streaming, ABodyShorterThanPromisedEndsTheConnection) {
  TestClient client(start());
  const TestResponse response = client.get("/short");
  EXPECT_EQ(response.body, "x");
  EXPECT_TRUE(client.closed_by_server());
  TestClient other(server->port());
  EXPECT_EQ(other.get("/short-file").body, "x");
  EXPECT_TRUE(other.closed_by_server());
}

TEST_F(Streaming, ALiveBodyGoesOutAsItGrows) {
  TestClient client(start());
  client.send(get_request("/live") + get_request("/echo"));
  feed->add("one ");
  std::string seen = client.receive_some();
  EXPECT_THAT(seen, HasSubstr("Transfer-Encoding: chunked"));
  while (seen.find("4\r\none \r\n") == std::string::npos) {
    const std::string more = client.receive_some();
    ASSERT_FALSE(more.empty());
    seen += more;
  }
  EXPECT_FALSE(client.readable(milliseconds(30)));
  feed->add("two");
  seen.clear();
  while (seen.find("3\r\ntwo\r\n") == std::string::npos) {
    const std::string more = client.receive_some();
    ASSERT_FALSE(more.empty());
    seen += more;
  }
  feed->add("", true);
  seen.clear();
  while (seen.find("GET /echo") == std::string::npos) {
    const std::string more = client.receive_some();
    ASSERT_FALSE(more.empty());
    seen += more;
  }
  EXPECT_TRUE(seen.starts_with("0\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_F(Streaming, ALiveBodyFor1_0EndsWithTheConnection) {
  TestClient client(start());
  client.send("GET /live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  feed->add("text", true);
  const TestResponse response = client.receive();
  EXPECT_EQ(response.header("Transfer-Encoding"), "");
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_EQ(response.body, "text");
}

TEST_F(Streaming, ALiveBodyThatFailsCutsTheConnectionInsteadOfEnding) {
  TestClient client(start());
  client.send(get_request("/live"));
  feed->add("one");
  std::string seen;
  while (seen.find("one") == std::string::npos) seen += client.receive_some();
  feed->fail();
  while (true) {
    const std::string more = client.receive_some();
    if (more.empty()) break;
    seen += more;
  }
  EXPECT_THAT(seen, Not(HasSubstr("0\r\n\r\n")));
}

TEST_F(Streaming, ALiveBodyIsDroppedWhenItsClientLeaves) {
  const int before = Feed::dropped();
  start();
  auto client = std::make_unique<TestClient>(server->port());
  client->send(get_request("/live"));
  feed->add("text");
  client->receive_some();
  feed.reset();
  client.reset();
  for (int i = 0; i < 500 && Feed::dropped() == before; ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(Feed::dropped(), before + 1);
}

TEST_F(Streaming, ManyLiveBodiesSurviveTheirClients) {
  router.add(Method::get, "/many", {[](const auto&, const Reply& reply) {
               Response response = Response::text(200, "");
               const auto own = std::make_shared<Feed>();
               response.live = own;
               reply.send(std::move(response));
               std::thread([own] {
                 for (int i = 0; i < 20; ++i) own->add(std::string(1000, 'x'), i == 19);
               }).detach();
             }});
  start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(std::make_unique<TestClient>(server->port()));
    clients.back()->send(get_request("/many"));
  }
  for (std::size_t i = 0; i < clients.size(); i += 3) clients[i].reset();
  for (const auto& client : clients) {
    if (!client) continue;
    EXPECT_EQ(client->receive().body.size(), 20'000U);
  }
}

class Drain : public Streaming {};

TEST_F(Drain, HeldRepliesAreAnsweredNewRequestsAreNot) {
  TestClient waiting(start());
  TestClient idle(server->port());
  EXPECT_EQ(idle.get("/echo").status, 200);
  waiting.send(get_request("/hold"));
  const auto held = shelf.take();
  ASSERT_TRUE(held);
  TestResponse refused;
  server->drain([&] {
    refused = idle.get("/echo");
    held->second.send(Response::text(200, "present state"));
  });
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Connection"), "close");
  const TestResponse answer = waiting.receive();
  EXPECT_EQ(answer.body, "present state");
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(waiting.closed_by_server());
  server->drain(nullptr);
}

TEST_F(Drain, WaitsForWhatIsOnItsWay) {
  TestClient client(start(), 4096);
  client.send(get_request("/source"));
  ASSERT_TRUE(client.readable(std::chrono::seconds(10)));
  std::thread draining([&] { server->drain(nullptr); });
  EXPECT_TRUE(client.receive().body == large);
  draining.join();
}

TEST_F(Drain, EndsAtItsTimeOut) {
  options.drain_timeout = milliseconds(100);
  TestClient client(start());
  client.send(get_request("/hold"));
  const auto held = shelf.take();
  ASSERT_TRUE(held);
  server->drain(nullptr);
  EXPECT_TRUE(held->second.client_gone());
  EXPECT_TRUE(client.closed_by_server());
}

}  // namespace
}  // namespace http

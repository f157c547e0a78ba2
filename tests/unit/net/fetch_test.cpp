// Tests what one call sends, and how it treats the response.
#include <algorithm>

#include <gmock/gmock.h>

#include "net/client.h"
#include "unit/net/loopback_server.h"
#include "unit/net/waiting.h"

namespace net {
namespace {

using testing::always;
using testing::answer;
using ::testing::ElementsAre;
using testing::failure;
using testing::fetch;
using testing::get;
using ::testing::HasSubstr;
using testing::LoopbackServer;
using ::testing::Not;
using testing::Outcome;
using ::testing::Pair;
using testing::Peer;
using testing::Request;
using util::ErrorCode;

/// Returns `text` in small pieces, and says that its size is `size`.
class TextSource : public util::ByteSource {
 public:
  explicit TextSource(std::string text) : TextSource(text, text.size()) {}
  TextSource(std::string text, std::uint64_t size) : text_(std::move(text)), size_(size) {}
  std::uint64_t size() const override { return size_; }
  util::Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    if (broken) return util::Error::of(ErrorCode::unavailable, "the disk is gone");
    const std::size_t count = std::min({capacity, text_.size() - at_, std::size_t{1000}});
    std::copy_n(text_.data() + at_, count, buffer);
    at_ += count;
    return count;
  }
  bool broken = false;

 private:
  std::string text_;
  std::uint64_t size_;
  std::size_t at_ = 0;
};

Call upload(const LoopbackServer& server, std::shared_ptr<util::ByteSource> source) {
  Call call = get(server.url("/upload"));
  call.method = "PUT";
  call.body_source = std::move(source);
  return call;
}

TEST(Fetch, StatusHeadersAndBodyArrive) {
  const LoopbackServer server(
      always(answer("hello", "404 Not Found", "X-Odd:  a b \r\nSet-Cookie: a\r\nset-cookie: b\r\n")));
  Client client;
  const auto response = fetch(client, get(server.url("/x?q=1")));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "hello");
  EXPECT_THAT(response->headers, ElementsAre(Pair("content-length", "5"), Pair("x-odd", "a b"), Pair("set-cookie", "a"),
                                             Pair("set-cookie", "b")));
  ASSERT_NE(response->header("x-odd"), nullptr);
  EXPECT_EQ(response->header("absent"), nullptr);
  EXPECT_EQ(server.requests().at(0).target, "/x?q=1");
}

TEST(Fetch, EveryMethodIsSentAsNamed) {
  const LoopbackServer server([](const Request& request, const Peer& peer) {
    return peer.send(request.method == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
                                              : answer("ok"));
  });
  Client client;
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    Call call = get(server.url("/"));
    call.method = method;
    const auto response = fetch(client, call);
    ASSERT_TRUE(response.ok()) << method << ": " << response.error().message;
    EXPECT_EQ(server.requests().back().method, method);
    EXPECT_EQ(response->body, std::string(method) == "HEAD" ? "" : "ok");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(Fetch, BodiesAreSentWithTheirLengthAndNoTypeOfOurOwn) {
  const LoopbackServer server(always(answer("")));
  Client client;
  for (const char* method : {"POST", "PUT", "DELETE", "GET"}) {
    Call call = get(server.url("/"));
    call.method = method;
    call.body = std::string("a\0b", 3) + std::string(5000, 'x');
    ASSERT_TRUE(fetch(client, call).ok()) << method;
    const auto request = server.requests().back();
    EXPECT_EQ(request.method, method);
    EXPECT_EQ(request.body, call.body);
    EXPECT_EQ(request.headers.at("content-length"), "5003");
    EXPECT_EQ(request.headers.count("content-type"), 0U);
    EXPECT_EQ(request.headers.count("expect"), 0U);
  }
}

TEST(Fetch, AnEmptyPostHasLengthZero) {
  const LoopbackServer server(always(answer("")));
  Client client;
  Call call = get(server.url("/"));
  call.method = "POST";
  ASSERT_TRUE(fetch(client, call).ok());
  EXPECT_EQ(server.requests().at(0).headers.at("content-length"), "0");
}

TEST(Fetch, HeadersAreSentAsGivenEmptyOnesToo) {
  const LoopbackServer server(always(answer("")));
  Client client;
  Call call = get(server.url("/"));
  call.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}, {"X-One", "1"}, {"Host", "engine"}};
  ASSERT_TRUE(fetch(client, call).ok());
  const auto headers = server.requests().at(0).headers;
  EXPECT_EQ(headers.at("content-type"), "application/json");
  EXPECT_EQ(headers.at("x-empty"), "");
  EXPECT_EQ(headers.at("x-one"), "1");
  EXPECT_EQ(headers.at("host"), "engine");
}

TEST(Fetch, CallsThatMakeNoSenseAreRefusedBeforeAnyConnection) {
  const LoopbackServer server(always(answer("")));
  Client client;
  std::vector<Call> calls(9, get(server.url("/")));
  calls[0].headers = {{"X-Split", "a\r\nEvil: b"}};
  calls[1].headers = {{"X Blank", "a"}};
  calls[2].headers = {{"", "a"}};
  calls[3].headers = {{"Content-Length", "7"}};
  calls[4].headers = {{"Transfer-Encoding", "chunked"}};
  calls[5].method = "GET / HTTP/1.1\r\nEvil: b\r\n\r\nGET";
  calls[6].url = "ftp://127.0.0.1/";
  calls[7].url = "127.0.0.1";
  calls[8].method = "HEAD";
  calls[8].body = "x";
  for (const Call& call : calls) {
    const auto response = fetch(client, call);
    ASSERT_FALSE(response.ok()) << &call - calls.data();
    EXPECT_EQ(response.error().code, ErrorCode::invalid_argument) << response.error().message;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(Fetch, ASourceIsSentWithItsSize) {
  const LoopbackServer server(always(answer("")));
  Client client;
  const std::string text(300'000, 'y');
  ASSERT_TRUE(fetch(client, upload(server, std::make_shared<TextSource>(text))).ok());
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.headers.at("content-length"), "300000");
  EXPECT_TRUE(request.body == text);
}

TEST(Fetch, ASourceIsSentInChunksWhenAskedFor) {
  const LoopbackServer server(always(answer("")));
  Client client;
  const std::string text(300'000, 'z');
  Call call = upload(server, std::make_shared<TextSource>(text, 0));
  call.method = "POST";
  call.headers = {{"Transfer-Encoding", "chunked"}};
  ASSERT_TRUE(fetch(client, call).ok());
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(request.headers.count("content-length"), 0U);
  EXPECT_TRUE(request.body == text);
}

TEST(Fetch, ASourceNeverSendsMoreThanItsSize) {
  const LoopbackServer server(always(answer("")));
  Client client;
  ASSERT_TRUE(fetch(client, upload(server, std::make_shared<TextSource>("abcdef", 4))).ok());
  EXPECT_EQ(server.requests().at(0).body, "abcd");
  ASSERT_TRUE(fetch(client, upload(server, std::make_shared<TextSource>("", 0))).ok());
  EXPECT_EQ(server.requests().at(1).headers.at("content-length"), "0");
}

TEST(Fetch, ASourceThatEndsEarlyOrFailsEndsTheCall) {
  const LoopbackServer server(always(answer("")));
  Client client;
  const auto early = fetch(client, upload(server, std::make_shared<TextSource>("abc", 10)));
  ASSERT_FALSE(early.ok());
  EXPECT_EQ(early.error().code, ErrorCode::internal);
  EXPECT_THAT(early.error().message, HasSubstr("7 bytes before its size"));

  auto broken = std::make_shared<TextSource>("abc");
  broken->broken = true;
  const auto failed = fetch(client, upload(server, broken));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "the disk is gone");
}

TEST(Fetch, AStreamIsHandedOnHeadFirst) {
  const LoopbackServer server([](const Request&, const Peer& peer) {
    return peer.send(
               "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") &&
           peer.send("3\r\nabc\r\n") && peer.send("2\r\nde\r\n0\r\nX-Trailer: late\r\nHTTP/1.1 500 No: y\r\n\r\n");
  });
  std::string seen;
  Client client;
  Call call = get(server.url("/"));
  call.on_head = [&](const Response& head) {
    seen += "head " + std::to_string(head.status) + (head.header("x-early") == nullptr ? "" : " early") + ":";
  };
  call.on_data = [&](std::string_view bytes) {
    seen += bytes;
    return true;
  };
  const auto response = fetch(client, call);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(seen, "head 200:abcde");
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(response->header("x-trailer"), nullptr);
}

TEST(Fetch, TheHeadOfASilentStreamIsShownAtOnce) {
  const LoopbackServer server([](const Request&, const Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    peer.wait_for_close();
    return false;
  });
  std::promise<long> head;
  Client client;
  Call call = get(server.url("/"));
  call.on_head = [&](const Response& response) { head.set_value(response.status); };
  client.start(call, [](util::Result<Response>) {});
  auto status = head.get_future();
  ASSERT_EQ(status.wait_for(testing::test_timeout), std::future_status::ready);
  EXPECT_EQ(status.get(), 200);
  client.stop();
}

TEST(Fetch, AnAnswerOfKnownLengthThatIsTooLargeIsNotRead) {
  const LoopbackServer server(always(answer(std::string(2000, 'x'))));
  Client client;
  Call call = get(server.url("/"));
  call.max_response_bytes = 1999;
  call.on_data = [](std::string_view) -> bool { throw std::logic_error("not to be called"); };
  const auto response = fetch(client, call);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::too_large);
  EXPECT_THAT(response.error().message, HasSubstr("2000 bytes, more than the allowed 1999"));
  call.max_response_bytes = 2000;
  call.on_data = nullptr;
  EXPECT_TRUE(fetch(client, call).ok());
}

TEST(Fetch, AnEndlessAnswerIsCutAtItsLimit) {
  const LoopbackServer server([](const Request&, const Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    while (peer.send(std::string(5000, 'x'))) {
    }
    return false;
  });
  std::size_t taken = 0;
  Client client;
  Call call = get(server.url("/"));
  call.max_response_bytes = 100'000;
  call.on_data = [&](std::string_view bytes) {
    taken += bytes.size();
    return true;
  };
  const auto response = fetch(client, call);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::too_large);
  EXPECT_LE(taken, 100'000U);
  call.on_data = [](std::string_view) { return false; };
  call.max_response_bytes = 0;
  EXPECT_EQ(failure(client, call).code, ErrorCode::too_large);
}

TEST(Fetch, EndlessHeadersAreCut) {
  const LoopbackServer server([](const Request&, const Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n");
    while (peer.send("X-More: " + std::string(1000, 'x') + "\r\n")) {
    }
    return false;
  });
  Client client;
  const auto response = fetch(client, get(server.url("/")));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::too_large);
}

TEST(Fetch, AnswersThatBreakOffOrAreNoHttpAreErrors) {
  Client client;
  for (const char* raw :
       {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-Le",
        "220 smtp.example ESMTP\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"}) {
    const LoopbackServer server([&](const Request&, const Peer& peer) {
      peer.send(raw);
      return false;
    });
    const auto response = fetch(client, get(server.url("/path?token=secret")));
    ASSERT_FALSE(response.ok()) << raw;
    EXPECT_EQ(response.error().code, ErrorCode::unavailable) << raw;
    EXPECT_THAT(response.error().message, HasSubstr("http://127.0.0.1:" + std::to_string(server.port())));
    EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
  }
}

TEST(Fetch, WhatACallbackThrowsEndsThatCallOnly) {
  const LoopbackServer server(always(answer("x")));
  Client client;
  Call call = get(server.url("/"));
  call.on_data = [](std::string_view) -> bool { throw std::runtime_error("thrown"); };
  const auto response = fetch(client, call);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::internal);
  client.start(get(server.url("/")), [](util::Result<Response>) { throw std::runtime_error("thrown"); });
  EXPECT_TRUE(fetch(client, get(server.url("/"))).ok());
}

}  // namespace
}  // namespace net

#include "http/framer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace http {
namespace {

using testing::HasSubstr;

/// Records the framer's output as text, so that it can be compared, whatever the pieces of the input were.
class Recorder : public Framer::Sink {
 public:
  Framer::Step on_head(MessageHead head) override {
    log += head.method + " " + head.target + " " + head.authority;
    if (head.chunked) log += " chunked";
    if (head.content_length > 0) log += " length=" + std::to_string(head.content_length);
    if (!head.keep_alive) log += " close";
    if (head.expects_continue) log += " expects";
    log += "\n";
    if (limit) framer->limit_body(*limit);
    return hold_at_head ? Framer::Step::hold : Framer::Step::go_on;
  }
  Framer::Step on_body(std::string_view bytes) override {
    log += bytes;
    return Framer::Step::go_on;
  }
  Framer::Step on_done() override {
    log += "|\n";
    return hold_at_end ? Framer::Step::hold : Framer::Step::go_on;
  }
  void on_fail(const FramingError& error) override {
    status = error.status;
    reason = error.reason;
  }

  std::string log;
  int status = 0;
  std::string reason;
  bool hold_at_head = false;
  bool hold_at_end = false;
  std::optional<std::uint64_t> limit;
  Framer* framer = nullptr;
};

struct Outcome {
  std::string log;
  int status = 0;
  std::string reason;
};

Outcome run(const std::vector<std::string>& pieces, bool holding = false) {
  Recorder recorder;
  recorder.hold_at_head = recorder.hold_at_end = holding;
  Framer framer({}, recorder);
  recorder.framer = &framer;
  for (const std::string& piece : pieces) {
    const std::vector<char> exact(piece.begin(), piece.end());  // so that the sanitizer sees reading beyond the end
    framer.feed({exact.data(), exact.size()});
    while (framer.held()) framer.resume();
  }
  return {recorder.log, recorder.status, recorder.reason};
}

std::vector<std::string> bytewise(const std::string& text) {
  std::vector<std::string> pieces;
  for (const char c : text) pieces.emplace_back(1, c);
  return pieces;
}

const std::string chunked_request =
    "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n1a;name=value\r\nabcdefghijklmnopqrstuvwxyz\r\n00\r\nTrailer: t\r\n\r\n"
    "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string chunked_log = "POST /x h chunked\nabcabcdefghijklmnopqrstuvwxyz|\nGET /next h\n|\n";

TEST(Framer, TakesOneMessageAfterTheOther) {
  const Outcome outcome =
      run({"GET /a?b=c HTTP/1.1\r\nHost: h:80\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
           "\r\nHEAD /c HTTP/1.0\r\n\r\n"});
  EXPECT_EQ(outcome.log, "GET /a?b=c h:80\n|\nPOST /b h length=3\nabc|\nHEAD /c  close\n|\n");
  EXPECT_EQ(outcome.status, 0);
}

TEST(Framer, ArrivalByteByByteMakesNoDifference) {
  EXPECT_EQ(run({chunked_request}).log, chunked_log);
  EXPECT_EQ(run(bytewise(chunked_request)).log, chunked_log);
  EXPECT_EQ(run(bytewise(chunked_request), true).log, chunked_log);
}

TEST(Framer, AChunkedBodyMayBeCutAnywhereTwice) {
  for (std::size_t first = 0; first < chunked_request.size(); ++first) {
    for (std::size_t second = first; second < chunked_request.size(); second += 3) {
      const Outcome outcome = run({chunked_request.substr(0, first), chunked_request.substr(first, second - first),
                                   chunked_request.substr(second)});
      ASSERT_EQ(outcome.log, chunked_log) << first << ", " << second;
    }
  }
}

TEST(Framer, TheLastChunkMayBeCutAnywhere) {
  for (const std::string last : {"0\r\n\r\n", "00\r\n\r\n", "0;a\r\n\r\n", "0\r\nA: b\r\n\r\n"}) {
    const std::string text = "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + last;
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
      ASSERT_EQ(run({text.substr(0, cut), text.substr(cut)}).log, "PUT /x h chunked\n|\n") << last << cut;
    }
  }
}

TEST(Framer, WhileHeldItOnlyKeeps) {
  Recorder recorder;
  recorder.hold_at_end = true;
  Framer framer({}, recorder);
  framer.feed("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(framer.held());
  EXPECT_EQ(recorder.log, "GET /1 h\n|\n");
  EXPECT_GT(framer.kept_bytes(), 0U);
  framer.feed("GET /3 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(recorder.log, "GET /1 h\n|\n");
  framer.resume();
  EXPECT_EQ(recorder.log, "GET /1 h\n|\nGET /2 h\n|\n");
  framer.resume();
  framer.resume();
  EXPECT_EQ(recorder.log, "GET /1 h\n|\nGET /2 h\n|\nGET /3 h\n|\n");
  EXPECT_EQ(framer.kept_bytes(), 0U);
  EXPECT_EQ(framer.state(), Framer::State::idle);
}

TEST(Framer, BodyBytesAreNotKept) {
  Recorder recorder;
  Framer framer({}, recorder);
  framer.feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc");
  EXPECT_EQ(recorder.log, "POST / h length=1000\nabc");
  EXPECT_EQ(framer.kept_bytes(), 0U);
  EXPECT_EQ(framer.state(), Framer::State::body);
}

TEST(Framer, TheTargetMayBeAbsolute) {
  EXPECT_EQ(run({"GET http://other:8080/a HTTP/1.1\r\nHost: h\r\n\r\n"}).log, "GET /a other:8080\n|\n");
  EXPECT_EQ(run({"GET http://other HTTP/1.1\r\nHost: h\r\n\r\n"}).log, "GET / other\n|\n");
  EXPECT_EQ(run({"GET HTTPS://other?a HTTP/1.1\r\nHost: h\r\n\r\n"}).log, "GET /?a other\n|\n");
  EXPECT_EQ(run({"GET ftp://other/a HTTP/1.1\r\nHost: h\r\n\r\n"}).status, 400);
  EXPECT_EQ(run({"GET http://a@b/ HTTP/1.1\r\nHost: h\r\n\r\n"}).status, 400);
  EXPECT_EQ(run({"GET http://:80/ HTTP/1.1\r\nHost: h\r\n\r\n"}).status, 400);
}

TEST(Framer, KeepAliveIsWhatTheVersionsSay) {
  EXPECT_THAT(run({"GET / HTTP/1.1\r\nHost: h\r\nConnection: foo, Close\r\n\r\n"}).log, HasSubstr("close"));
  EXPECT_THAT(run({"GET / HTTP/1.0\r\nHost: h\r\n\r\n"}).log, HasSubstr("close"));
  EXPECT_EQ(run({"GET / HTTP/1.0\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n"}).log, "GET / h\n|\n");
}

TEST(Framer, TrailersDoNotBecomeFields) {
  const Outcome outcome =
      run({"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: evil\r\n\r\n"});
  EXPECT_EQ(outcome.log, "POST / h chunked\n|\n");
}

TEST(Framer, AChunkedBodyBeyondItsLimitFailsAtTheChunksHead) {
  Recorder recorder;
  recorder.limit = 10;
  Framer framer({}, recorder);
  recorder.framer = &framer;
  framer.feed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n6\r\n");
  EXPECT_EQ(recorder.status, 413);
  EXPECT_THAT(recorder.log, HasSubstr("abcde"));
}

TEST(Framer, EndlessLinesEnd) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string filler(1000, 'a');
  for (const std::string begin : {"5;ext=", "0\r\nA: "}) {
    Recorder recorder;
    Framer framer({}, recorder);
    framer.feed(head + begin);
    for (int i = 0; i < 100 && recorder.status == 0; ++i) framer.feed(filler);
    EXPECT_EQ(recorder.status, 400) << begin;
    EXPECT_EQ(framer.kept_bytes(), 0U);
    EXPECT_EQ(framer.state(), Framer::State::stopped);
  }
}

TEST(Framer, TheHeadsLimitIsForLineAndFieldsTogether) {
  const auto head_of = [](std::size_t size) {
    std::string head = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    return head + std::string(size - head.size() - 4, 'x') + "\r\n\r\n";
  };
  for (const auto& [size, status] :
       std::vector<std::pair<std::size_t, int>>{{32U << 10U, 0}, {(32U << 10U) + 1, 431}}) {
    EXPECT_EQ(run({head_of(size)}).status, status);
    EXPECT_EQ(run(bytewise(head_of(size))).status, status);
  }
}

TEST(Framer, TheTargetsLimitIsExact) {
  for (const auto& [size, status] : std::vector<std::pair<std::size_t, int>>{{8192, 0}, {8193, 414}, {9000, 414}}) {
    const std::string text = "GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n";
    EXPECT_EQ(run({text}).status, status) << size;
    EXPECT_EQ(run(bytewise(text)).status, status) << size;
  }
}

}  // namespace
}  // namespace http

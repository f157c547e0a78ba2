#include "http/multipart.h"

#include <gmock/gmock.h>

#include "server_fixture.h"

namespace http {
namespace {

using fakes::TestClient;
using testing::HasSubstr;

class PartRecorder : public MultipartParser::Sink {
 public:
  util::Status on_part(const PartFields& part) override {
    log += "[" + part.name + "|" + (part.has_file_name ? part.file_name : "-") + "|" + part.media_type + "]";
    return {};
  }
  util::Status on_data(std::string_view bytes) override {
    log += bytes;
    return {};
  }
  util::Status on_part_end() override {
    log += ".";
    return {};
  }
  std::string log;
};

util::Result<std::string> run(std::string_view boundary, const std::vector<std::string_view>& pieces) {
  PartRecorder recorder;
  MultipartParser parser(boundary, recorder);
  for (const std::string_view piece : pieces) RETURN_IF_ERROR(parser.feed(piece));
  RETURN_IF_ERROR(parser.finish());
  return recorder.log;
}

const std::string body =
    "preamble\r\n--<x>-y\r\n"
    "Content-Disposition: form-data; name=\"IMAGE\"\r\n\r\nalpine\r\n--<x>-y \t\r\n"
    "content-type: image/fits\r\nContent-Disposition: form-data; name=\"m51\"; filename=\"m\\\"51.fits\"\r\n\r\n"
    "SIMPLE\r\n--<x>\r\n-\r\r\n--<x>-y\r\n"
    "Content-Disposition: form-data; name=empty\r\n\r\n\r\n--<x>-y--\r\nepilogue --<x>-y";
const std::string expected =
    "[IMAGE|-|text/plain]alpine.[m51|m\"51.fits|image/fits]SIMPLE\r\n--<x>\r\n-\r.[empty|-|text/plain].";

TEST(Multipart, PartsComeOutAsSent) { EXPECT_EQ(run("<x>-y", {body}).value(), expected); }

TEST(Multipart, TheBodyMayBeCutAnywhere) {
  const std::string_view view = body;
  for (std::size_t cut = 0; cut <= view.size(); ++cut) {
    const auto log = run("<x>-y", {view.substr(0, cut), view.substr(cut)});
    ASSERT_TRUE(log.ok()) << cut << log.error().message;
    ASSERT_EQ(*log, expected) << cut;
  }
}

TEST(Multipart, ArrivalByteByByteMakesNoDifference) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < body.size(); ++i) pieces.push_back(std::string_view(body).substr(i, 1));
  EXPECT_EQ(run("<x>-y", pieces).value(), expected);
}

TEST(Multipart, APartWithoutATypeIsTextOrBytes) {
  const auto part = [](const std::string& disposition, const std::string& type) {
    return run("b", {"--b\r\nContent-Disposition: form-data; " + disposition + "\r\n" + type + "\r\nv\r\n--b--\r\n"});
  };
  EXPECT_EQ(part("name=a", "").value(), "[a|-|text/plain]v.");
  EXPECT_EQ(part("name=a", "Content-Type: None\r\n").value(), "[a|-|text/plain]v.");
  EXPECT_EQ(part("name=a; filename=f", "").value(), "[a|f|application/octet-stream]v.");
  EXPECT_EQ(part("name=a; filename=f", "Content-Type: none\r\n").value(), "[a|f|application/octet-stream]v.");
  EXPECT_EQ(part("name=a; filename=f", "Content-Type:\r\n").value(), "[a|f|application/octet-stream]v.");
  EXPECT_EQ(part("name=a; filename=f", "Content-Type: text/xml\r\n").value(), "[a|f|text/xml]v.");
  EXPECT_FALSE(part("name=a", "Content-Type: nothing at all\r\n").ok());
}

TEST(Multipart, LimitsAreTheSameHoweverItArrives) {
  const std::string disposition = "Content-Disposition: form-data; name=a\r\nX: ";
  const auto ok = [&](std::size_t padding, std::size_t head, bool at_once) {
    const std::string fill(head - 2 - disposition.size(), 'x');  // 2: the CRLF before the head counts, too
    const std::string text = "--b" + std::string(padding, ' ') + "\r\n" + disposition + fill + "\r\n\r\nv\r\n--b--\r\n";
    std::vector<std::string_view> pieces;
    for (std::size_t i = 0; i < text.size() && !at_once; ++i) pieces.push_back(std::string_view(text).substr(i, 1));
    if (at_once) pieces.push_back(text);
    return run("b", pieces).ok();
  };
  for (const bool at_once : {true, false}) {
    EXPECT_TRUE(ok(256, 100, at_once));
    EXPECT_FALSE(ok(257, 100, at_once));
    EXPECT_TRUE(ok(0, 8192, at_once));
    EXPECT_FALSE(ok(0, 8193, at_once));
  }
}

TEST(Multipart, AnExtendedFileNameIsDecoded) {
  const auto log =
      run("b", {"--b\r\nContent-Disposition: form-data; name=\"a\"; filename*=UTF-8''%e2%82%ac.txt\r\n\r\n\r\n--b--"});
  EXPECT_EQ(log.value(), "[a|\xE2\x82\xAC.txt|application/octet-stream].");
}

TEST(Multipart, WhatIsMalformedIsRefused) {
  const std::string disposition = "Content-Disposition: form-data; name=\"a\"\r\n";
  const std::vector<std::pair<std::string, std::string>> bad{
      {"no boundary at all", "abc"},
      {"no closing boundary", "--b\r\n" + disposition + "\r\nabc\r\n--b\r\n" + disposition},
      {"no disposition", "--b\r\nContent-Type: text/plain\r\n\r\nabc\r\n--b--"},
      {"no fields", "--b\r\n\r\nabc\r\n--b--"},
      {"no name", "--b\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--b--"},
      {"not form-data", "--b\r\nContent-Disposition: attachment; name=a\r\n\r\nabc\r\n--b--"},
      {"two dispositions", "--b\r\n" + disposition + disposition + "\r\nabc\r\n--b--"},
      {"name twice", "--b\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nabc\r\n--b--"},
      {"open quote", "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\nabc\r\n--b--"},
      {"control in name", "--b\r\nContent-Disposition: form-data; name=\"a\x01\"\r\n\r\nabc\r\n--b--"},
      {"name not UTF-8", "--b\r\nContent-Disposition: form-data; name=\"\xFF\"\r\n\r\nabc\r\n--b--"},
      {"folded field", "--b\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nabc\r\n--b--"},
      {"bare line feed", "--b\r\nX: y\n" + disposition + "\r\nabc\r\n--b--"},
      {"text on the boundary line", "--b x\r\n" + disposition + "\r\nabc\r\n--b--"},
      {"bad type", "--b\r\n" + disposition + "Content-Type: weird\r\n\r\nabc\r\n--b--"},
      {"long head", "--b\r\n" + disposition + "X: " + std::string(9000, 'x') + "\r\n\r\nabc\r\n--b--"},
      {"endless head", "--b\r\nX: " + std::string(9000, 'x')},
      {"endless padding", "--b" + std::string(300, ' ')},
  };
  for (const auto& [name, text] : bad) {
    const auto log = run("b", {text});
    ASSERT_FALSE(log.ok()) << name;
    EXPECT_EQ(log.error().code, util::ErrorCode::invalid_argument) << name;
  }
  const auto encoded = run("b", {"--b\r\n" + disposition + "Content-Transfer-Encoding: base64\r\n\r\nabc\r\n--b--"});
  EXPECT_EQ(encoded.error().code, util::ErrorCode::unsupported_media);
}

TEST(Multipart, TheBoundaryIsReadFromTheType) {
  const auto of = [](const char* text) { return boundary_of(*parse_media_type(text)); };
  EXPECT_EQ(of("multipart/form-data; boundary=\"----<a>=b\"; charset=utf-8").value(), "----<a>=b");
  EXPECT_EQ(of("multipart/form-data;boundary=abc").value(), "abc");
  EXPECT_FALSE(of("multipart/form-data").ok());
  EXPECT_FALSE(of("multipart/form-data; boundary=\"\"").ok());
  EXPECT_FALSE(of(("multipart/form-data; boundary=" + std::string(71, 'a')).c_str()).ok());
}

class MultipartRequest : public ServerTest {
 protected:
  static std::string part(const std::string& name, const std::string& more, const std::string& value) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" + value + "\r\n";
  }
  fakes::TestResponse post(const std::string& path, const std::string& text) {
    TestClient client(server ? server->port() : start());
    return client.request("POST", path, {{"Content-Type", "multipart/form-data; boundary=b"}}, text + "--b--\r\n");
  }
};

TEST_F(MultipartRequest, FilesGoToSinksAndFieldsIntoTheForm) {
  const std::string large(300'000, 'x');
  const auto response = post("/echo", part("A", "", "1") + part("f", "; filename=\"f.bin\"", large) +
                                          part("g", "\r\nContent-Type: image/fits", "FITS") + part("A", "", "2"));
  EXPECT_EQ(response.body,
            "POST /echo\nform A=1\nform A=2\npart f f.bin application/octet-stream 300000\npart g  image/fits 4\ntype "
            "multipart/form-data\n");
  ASSERT_EQ(sinks.size(), 2U);
  EXPECT_TRUE(sinks[0]->text == large);
  EXPECT_TRUE(sinks[0]->finished && sinks[0]->synced);
  EXPECT_EQ(sinks[1]->text, "FITS");
}

TEST_F(MultipartRequest, AFileIsClosedWithItsPartAndSyncedWithTheBody) {
  TestClient client(start());
  const std::string first = part("f", "; filename=f", "bytes");
  const std::string second = part("g", "; filename=g", "more") + "--b--\r\n";
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: " +
              std::to_string(first.size() + second.size()) + "\r\n\r\n" + first + second.substr(0, second.size() - 10));
  const auto closed = [&] {
    const std::lock_guard lock(mutex);
    return sinks.size() == 2 && sinks[0]->finished;
  };
  for (int i = 0; i < 500 && !closed(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_TRUE(closed()) << "a thousand parts would be a thousand open files";
  EXPECT_FALSE(sinks[0]->synced);
  client.send(second.substr(second.size() - 10));
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(sinks[0]->synced && sinks[1]->synced);
}

TEST_F(MultipartRequest, AFileWhereNoneIsTakenIs415) {
  const auto response = post("/plain", part("f", "; filename=\"f.bin\"", "x"));
  EXPECT_EQ(response.status, 415);
  EXPECT_THAT(response.body, HasSubstr("f: is a file"));
}

TEST_F(MultipartRequest, FieldsAreBoundedTogether) {
  options.max_document_bytes = 1000;
  EXPECT_EQ(post("/echo", part("a", "", std::string(600, 'x'))).status, 200);
  const auto response = post("/echo", part("a", "", std::string(600, 'x')) + part("b", "", std::string(600, 'x')));
  EXPECT_EQ(response.status, 413);
  EXPECT_THAT(response.body, HasSubstr("b: is too long"));
}

TEST_F(MultipartRequest, TheWholeUploadIsBounded) {
  options.max_upload_bytes = 1000;
  EXPECT_EQ(post("/echo", part("f", "; filename=f", std::string(2000, 'x'))).status, 413);
}

TEST_F(MultipartRequest, TheNumberOfFieldsIsBounded) {
  options.max_parameters = 2;
  EXPECT_EQ(post("/echo", part("a", "", "1") + part("b", "", "1")).status, 200);
  EXPECT_EQ(post("/echo?q=1", part("a", "", "1") + part("b", "", "1")).status, 413);
}

TEST_F(MultipartRequest, AFieldMustBeText) { EXPECT_EQ(post("/echo", part("a", "", "\xFF")).status, 400); }

TEST_F(MultipartRequest, ACutUploadLeavesNothingFinished) {
  {
    TestClient client(start());
    client.send(
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: "
        "9999\r\n\r\n" +
        part("f", "; filename=f", "some bytes"));
    client.readable(std::chrono::milliseconds(50));
  }
  const auto gone = [&] {
    const std::lock_guard lock(mutex);
    return sinks.size() == 1 && sinks[0].use_count() == 1;
  };
  for (int i = 0; i < 500 && !gone(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(gone());
  EXPECT_FALSE(sinks.at(0)->finished);
}

}  // namespace
}  // namespace http

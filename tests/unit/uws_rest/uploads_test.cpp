// Tests uploads, and parameters that refer to them (U11, U18).
#include <sstream>

#include <pugixml.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::HasSubstr;

class Uploads : public TreeTest {
 protected:
  /// Waits, because blobs are discarded only after the response was sent.
  bool no_blob_is_left() {
    return eventually([&] { return blob_count() == 0; });
  }
};
FOR_BOTH_DATABASES(Uploads);

TEST_P(Uploads, U11_APartIsShownByReferenceAndReadBack) {
  const std::string bytes("SIMPLE\0\r\n--cu\xff", 14);
  const auto response =
      post("/jobs", Multipart().field("INPUT", "in.fits,param:M 51/1").file("M 51/1", bytes, "image/fits"));
  ASSERT_EQ(response.status, 303);
  const JobId id = id_of(response);
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(get(path(id) + "/parameters").body.c_str()));
  const auto shown = document.document_element().find_child_by_attribute("uws:parameter", "id", "M 51/1");
  EXPECT_STREQ(shown.attribute("byReference").value(), "true");
  const std::string href = shown.text().get();
  EXPECT_EQ(href, url(id) + "/parameters/M%2051%2F1");
  const auto read = get(href.substr(std::string(base).size()));
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, bytes);
  EXPECT_EQ(read.header("Content-Type"), "image/fits");
  EXPECT_EQ(read.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(get(path(id) + "/parameters/INPUT").body, "in.fits,param:M 51/1");
}

TEST_P(Uploads, U11_APlainFieldThatIsReferredToIsAnUploadToo) {
  const JobId id = id_of(post("/jobs", Multipart().field("TABLE", "a,b\n1,2").field("INPUT", "t.csv,param:TABLE")));
  const Job job = find(id).value();
  ASSERT_EQ(job.parameters.size(), 2U);
  EXPECT_EQ(job.parameters[0].value, "t.csv,param:TABLE");
  EXPECT_TRUE(job.parameters[1].by_reference);
  EXPECT_EQ(get(path(id) + "/parameters/TABLE").body, "a,b\n1,2");
}

TEST_P(Uploads, U11_AValueMayReferToSeveralParts) {
  Multipart parts;
  parts.field("UPLOAD", "one,param:A; two , param:B").field("A", "1").field("B", "2").field("C", "3");
  const Job job = find(id_of(post("/jobs", parts))).value();
  std::vector<std::string> uploaded;
  for (const Parameter& parameter : job.parameters) {
    if (parameter.by_reference) uploaded.push_back(parameter.name);
  }
  EXPECT_THAT(uploaded, testing::ElementsAre("A", "B"));
}

/// The body in HTTP/1.1 chunked encoding, with chunks of this size.
std::string chunked(std::string_view body, std::size_t size) {
  std::ostringstream text;
  for (std::size_t at = 0; at < body.size(); at += size) {
    const std::string_view chunk = body.substr(at, size);
    text << std::hex << chunk.size() << "\r\n" << chunk << "\r\n";
  }
  return text.str() + "0\r\n\r\n";
}

TEST_P(Uploads, U12_AsStiltsSendsThem) {
  // The request is chunked; the boundary is quoted and contains <, > and -; Content-Type stands before or after
  // Content-Disposition; and the content is nearly equal to the boundary.
  const std::string boundary = "<<<--------------MULTIPART-BOUNDARY------->>>";
  const std::string table = "<VOTABLE>\r\n--<<<--------------MULTIPART-BOUNDARY-------\r\n--<<<\r\n</VOTABLE>";
  const std::string body =
      "--" + boundary +
      "\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Disposition: form-data; "
      "name=\"UPLOAD\"\r\n\r\nt1,param:T1\r\n--" +
      boundary +
      "\r\nContent-Disposition: form-data; name=\"QUERY\"\r\nContent-Type: text/plain; "
      "charset=UTF-8\r\n\r\nSELECT * FROM t1\r\n--" +
      boundary +
      "\r\nContent-Type: application/x-votable+xml\r\nContent-Disposition: form-data; name=\"T1\"; "
      "filename=\"t1.vot\"\r\n\r\n" +
      table + "\r\n--" + boundary + "--\r\n";
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
    fakes::TestClient client(port());
    client.send(
        "POST /jobs HTTP/1.1\r\nHost: test\r\nAuthorization: Basic alice\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: multipart/form-data; boundary=\"" +
        boundary + "\"\r\n\r\n" + chunked(body, size));
    const auto response = client.receive();
    ASSERT_EQ(response.status, 303) << response.body;
    const JobId id = id_of(response);
    EXPECT_EQ(get(path(id) + "/parameters/QUERY").body, "SELECT * FROM t1");
    EXPECT_EQ(get(path(id) + "/parameters/UPLOAD").body, "t1,param:T1");
    const auto read = get(path(id) + "/parameters/T1");
    EXPECT_EQ(read.header("Content-Type"), "application/x-votable+xml");
    EXPECT_EQ(read.body, table);
  }
}

TEST_P(Uploads, U11_OnlyPartsOfAMultipartBodyCanBeReferredTo) {
  const Job job = find(make("ARG=x,param:OTHER&OTHER=plain")).value();
  ASSERT_EQ(job.parameters.size(), 2U);
  EXPECT_FALSE(job.parameters[1].by_reference);
  EXPECT_EQ(blob_count(), 0U);
}

TEST_P(Uploads, U11_U15_UploadsMayComeLater) {
  const JobId id = make();
  EXPECT_EQ(post(path(id), Multipart().field("INPUT", "a,param:A").file("A", "first", "text/csv")).status, 303);
  EXPECT_EQ(
      post(path(id) + "/parameters", Multipart().field("INPUT", "a,param:A").file("A", "second", "text/csv")).status,
      303);
  EXPECT_EQ(get(path(id) + "/parameters/A").body, "second");
  EXPECT_TRUE(eventually([&] { return blob_count() == 1; })) << "the first one is nobody's";
}

TEST_P(Uploads, U15_ThePutOfAnUploadReplacesItsBytes) {
  const JobId id = id_of(post("/jobs", Multipart().field("INPUT", "a,param:A").file("A", "first", "text/csv")));
  const std::string upload = path(id) + "/parameters/A";
  EXPECT_EQ(ask("PUT", upload, {{"Content-Type", "image/fits"}}, "small").status, 303);
  EXPECT_EQ(get(upload).body, "small");
  EXPECT_EQ(get(upload).header("Content-Type"), "image/fits");
  const std::string large(300'000, 'a');
  EXPECT_EQ(ask("PUT", upload, {}, large).status, 303);
  EXPECT_EQ(get(upload).body, large);
  EXPECT_TRUE(eventually([&] { return blob_count() == 1; })) << "the former ones are nobody's";
  acceptor_.refuse("A", util::ErrorCode::forbidden);
  EXPECT_EQ(ask("PUT", upload, {}, "small").status, 403);
  EXPECT_EQ(ask("PUT", upload, {}, large).status, 403);
  EXPECT_TRUE(eventually([&] { return blob_count() == 1; }));
  EXPECT_EQ(get(upload).body, large);
}

TEST_P(Uploads, U63_APutMayWantTheBytesThatItsClientKnows) {
  const JobId id = id_of(post("/jobs", Multipart().field("INPUT", "a,param:A").file("A", "first", "text/csv")));
  const std::string upload = path(id) + "/parameters/A";
  const std::string first = get(upload).header("ETag");
  EXPECT_EQ(ask("PUT", upload, {{"If-None-Match", "*"}}, "new").status, 412);
  EXPECT_EQ(ask("PUT", upload, {{"If-Match", first}}, "second").status, 303);
  EXPECT_EQ(ask("PUT", upload, {{"If-Match", first}}, "third").status, 412) << "somebody else was faster";
  EXPECT_EQ(ask("PUT", upload, {{"If-Match", first}}, std::string(300'000, 'a')).status, 412);
  EXPECT_EQ(get(upload).body, "second");
  EXPECT_EQ(ask("PUT", upload, {{"If-Match", "*"}}, "fourth").status, 303);
  EXPECT_EQ(ask("PUT", path(id) + "/parameters/INPUT", {{"If-Match", first}}, "b,param:A").status, 412);
  EXPECT_TRUE(eventually([&] { return blob_count() == 1; }));
}

TEST_P(Uploads, U11_U13_NamesOfUploadsCompareWithoutCaseInUrlsToo) {
  const JobId id = id_of(post("/jobs", Multipart().field("INPUT", "a,param:Data").file("data", "first", "text/csv")));
  EXPECT_EQ(get(path(id) + "/parameters/Data").body, "first");
  EXPECT_EQ(ask("PUT", path(id) + "/parameters/DATA", {}, "second").status, 303);
  EXPECT_EQ(get(path(id) + "/parameters/data").body, "second");
}

TEST_P(Uploads, U15_AValueThatNothingRefersToIsPlain) {
  const JobId id = make();
  const std::string long_value(100'000, 'a');
  EXPECT_EQ(ask("PUT", path(id) + "/parameters/ARG", {}, long_value).status, 303);
  const Job job = find(id).value();
  ASSERT_EQ(job.parameters.size(), 1U);
  EXPECT_FALSE(job.parameters[0].by_reference);
  EXPECT_EQ(job.parameters[0].value, long_value);
  const auto refused = ask("PUT", path(id) + "/parameters/ARG", {}, std::string(2'000'000, 'a'));
  EXPECT_EQ(refused.status, 413);
  EXPECT_THAT(refused.body, HasSubstr("INPUT=path,param:ARG"));
  EXPECT_TRUE(no_blob_is_left());
}

TEST_P(Uploads, ARefusedCreationLeavesNoBlob) {
  acceptor_.refuse("STRAY", util::ErrorCode::invalid_argument);
  EXPECT_EQ(post("/jobs", Multipart().file("STRAY", "bytes", "a/b")).status, 400);
  EXPECT_EQ(post("/jobs", Multipart().file("A", "bytes", "a/b").field("PHASE", "FLY")).status, 400);
  EXPECT_EQ(post("/jobs", Multipart().file("A", "bytes", "a/b").field("ACTION", "DELETE")).status, 400);
  EXPECT_EQ(post("/jobs", Multipart().file("A", "1", "a/b").file("A", "2", "a/b")).status, 400) << "two of one name";
  EXPECT_EQ(post("/jobs", Multipart().file("..", "1", "a/b")).status, 400);
  runs_.refuse(util::Error::of(util::ErrorCode::forbidden, "not here"));
  EXPECT_EQ(post("/jobs?PHASE=RUN", Multipart().field("INPUT", "a,param:A").field("A", "text")).status, 403);
  EXPECT_EQ(post("/sync", Multipart().file("A", "bytes", "a/b")).status, 403);
  EXPECT_TRUE(no_blob_is_left());
  EXPECT_TRUE(list({.caller = fakes::alice}).value().empty());
}

TEST_P(Uploads, ARefusedChangeLeavesNoBlob) {
  const JobId ended = completed({});
  const JobId open = make();
  const auto parts = Multipart().file("A", "bytes", "a/b");
  EXPECT_EQ(post(path(ended), parts).status, 403);
  EXPECT_EQ(post("/jobs/absent", parts).status, 404);
  EXPECT_EQ(post(path(open) + "?ACTION=DELETE", parts).status, 400);
  user_ = "bob";
  EXPECT_EQ(post(path(open), parts).status, 403);
  EXPECT_TRUE(no_blob_is_left());
}

TEST_P(Uploads, ABodyThatEndsEarlyLeavesNoBlob) {
  const std::string whole = Multipart().file("A", std::string(100'000, 'a'), "a/b").body();
  {
    fakes::TestClient client(port());
    client.send(
        "POST /jobs HTTP/1.1\r\nHost: test\r\nAuthorization: Basic alice\r\nContent-Type: multipart/form-data; "
        "boundary=cut\r\nContent-Length: " +
        std::to_string(whole.size()) + "\r\n\r\n");
    client.send(whole.substr(0, 70'000));
    EXPECT_TRUE(eventually([&] { return blob_count() == 1; }));
  }
  EXPECT_TRUE(no_blob_is_left());
}

TEST_P(Uploads, APartOverTheLimitIs413AndLeavesNoBlob) {
  serve({.max_upload_bytes = 1000});
  EXPECT_EQ(post("/jobs", Multipart().file("A", std::string(1001, 'a'), "a/b")).status, 413);
  EXPECT_TRUE(no_blob_is_left());
}

TEST_P(Uploads, AFileWhereNoneIsTakenIs415) {
  const JobId id = make();
  EXPECT_EQ(post(path(id) + "/phase", Multipart().file("PHASE", "RUN", "a/b")).status, 415);
  EXPECT_EQ(post(path(id) + "/phase", Multipart().field("PHASE", "RUN")).status, 303);
}

TEST_P(Uploads, U7_AMediaTypeIsReplayedOnlyWhenItIsOne) {
  for (const auto& [sent, served] : Fields{{"text/html; charset=utf-8", "text/html; charset=utf-8"},
                                           {"a/b; c=\"\x01\"", "application/octet-stream"},
                                           {"a/b; c=\"\xff\"", "application/octet-stream"},
                                           // A browser would take the last of these types, and execute the content.
                                           {"text/plain; a=b,text/html", "application/octet-stream"},
                                           {"text/plain; a=\"b,text/html\"", "application/octet-stream"},
                                           {"TEXT/HTML", "TEXT/HTML"},
                                           {"application/xhtml+xml", "application/xhtml+xml"},
                                           {"a/" + std::string(300, 'b'), "application/octet-stream"}}) {
    SCOPED_TRACE(sent);
    const auto response = post("/jobs", Multipart().file("A", "<script>", sent));
    ASSERT_EQ(response.status, 303);
    const auto read = get(path(id_of(response)) + "/parameters/A");
    EXPECT_EQ(read.status, 200);
    EXPECT_EQ(read.header("Content-Type"), served);
    EXPECT_THAT(read.header("Content-Disposition"), HasSubstr("attachment"));
    EXPECT_THAT(read.header("Content-Security-Policy"), HasSubstr("sandbox"));
  }
}

TEST_P(Uploads, U11_TaskMayBeAPartThenItIsTheDocument) {
  const std::string document = "image: hello-world\n";
  for (const bool as_file : {false, true}) {
    SCOPED_TRACE(as_file ? "file" : "field");
    Multipart parts;
    parts.field("task", "param:doc");
    as_file ? parts.file("doc", document, "application/yaml") : parts.field("doc", document);
    const auto response = post("/jobs", parts.file("A", "data", "a/b"));
    ASSERT_EQ(response.status, 303);
    const Job job = find(id_of(response)).value();
    ASSERT_EQ(job.parameters.size(), 2U);
    EXPECT_EQ(job.parameters[0].name, "A");
    EXPECT_EQ(job.parameters[1].name, "TASK") << "as the acceptor made it of the document";
    EXPECT_EQ(job.parameters[1].value, document);
  }
  EXPECT_TRUE(eventually([&] { return blob_count() == 2; })) << "documents are no uploads";
}

TEST_P(Uploads, U14_ATaskThatCannotBeTakenIsRefused) {
  const auto missing = post("/jobs", Multipart().field("TASK", "param:doc"));
  EXPECT_EQ(missing.status, 400);
  EXPECT_THAT(missing.body, HasSubstr("TASK: there is no part 'doc'"));
  EXPECT_EQ(post("/jobs", "TASK=param:doc&doc=x").status, 400) << "no multipart, no part";
  const std::string large(300'000, 'a');
  const auto too_large = post("/jobs", Multipart().field("TASK", "param:doc").file("doc", large, "application/json"));
  EXPECT_EQ(too_large.status, 413);
  EXPECT_THAT(too_large.body, HasSubstr("TASK"));
  EXPECT_EQ(post("/jobs", Multipart().field("TASK", "param:a").field("TASK", "param:b").field("a", "1").field("b", "2"))
                .status,
            400);
  EXPECT_TRUE(no_blob_is_left());
}

TEST_P(Uploads, U43_BytesOfAnArchivedJobAreGone) {
  options().archive_for = 1h;
  restart_service();
  const JobId id =
      id_of(post("/jobs?DESTRUCTION=" + util::to_iso(util::now() + 1s), Multipart().file("A", "bytes", "a/b")));
  EXPECT_TRUE(eventually([&] { return phase_word(id) == "ARCHIVED"; }));
  EXPECT_EQ(get(path(id) + "/parameters/A").status, 404);
  EXPECT_EQ(get(path(id) + "/parameters/A", {{"If-None-Match", "\"\""}}).status, 404);
  EXPECT_EQ(get("/sync/" + id).status, 404);
  EXPECT_TRUE(no_blob_is_left());
}

}  // namespace
}  // namespace uws::rest

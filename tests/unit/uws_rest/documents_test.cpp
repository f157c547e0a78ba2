// Tests the job's document, as XML and as JSON, and its ETag (U44, U50 to U54, U61, U63, U66).
#include <nlohmann/json.hpp>

#include <pugixml.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

class Documents : public TreeTest {
 protected:
  pugi::xml_document job_document(const JobId& id) {
    pugi::xml_document document;
    const auto response = get(path(id));
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(document.load_string(response.body.c_str())) << response.body;
    return document;
  }
  static std::vector<std::string> names(const pugi::xml_node& parent) {
    std::vector<std::string> all;
    for (const auto& child : parent.children()) all.emplace_back(child.name());
    return all;
  }
};
FOR_SQLITE(Documents);

constexpr const char* instant_pattern = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z";

TEST_P(Documents, U50_U51_APendingJobHasEveryElementInTheSchemasOrder) {
  const auto document = job_document(make());
  const auto job = document.document_element();
  EXPECT_STREQ(job.name(), "uws:job");
  EXPECT_STREQ(job.attribute("version").value(), "1.1");
  EXPECT_STREQ(job.attribute("xmlns:uws").value(), "http://www.ivoa.net/xml/UWS/v1.0");
  EXPECT_STREQ(job.attribute("xmlns:xlink").value(), "http://www.w3.org/1999/xlink");
  EXPECT_STREQ(job.attribute("xmlns:xsi").value(), "http://www.w3.org/2001/XMLSchema-instance");
  EXPECT_FALSE(job.attribute("xmlns")) << "what is ours is in no namespace (U53)";
  EXPECT_THAT(names(job), ElementsAre("uws:jobId", "uws:ownerId", "uws:phase", "uws:quote", "uws:creationTime",
                                      "uws:startTime", "uws:endTime", "uws:executionDuration", "uws:destruction",
                                      "uws:parameters", "uws:results", "uws:jobInfo"));
  for (const char* name : {"uws:quote", "uws:startTime", "uws:endTime"}) {
    EXPECT_STREQ(job.child(name).attribute("xsi:nil").value(), "true") << name;
    EXPECT_FALSE(job.child(name).first_child()) << name;
  }
  EXPECT_FALSE(job.child("uws:parameters").first_child());
  EXPECT_FALSE(job.child("uws:results").first_child());
}

TEST_P(Documents, U44_U50_AFailedJobTellsAllOfItself) {
  const JobId id = make("PHASE=RUN&RUNID=run&IMAGE=a");
  finish(id, {.phase = Phase::error,
              .results = {result("stdout", "out", "text/plain")},
              .error = ErrorSummary{true, "<no>", "why"}});
  const auto document = job_document(id);
  const auto job = document.document_element();
  EXPECT_THAT(names(job),
              ElementsAre("uws:jobId", "uws:runId", "uws:ownerId", "uws:phase", "uws:quote", "uws:creationTime",
                          "uws:startTime", "uws:endTime", "uws:executionDuration", "uws:destruction", "uws:parameters",
                          "uws:results", "uws:errorSummary", "uws:jobInfo"));
  const auto error = job.child("uws:errorSummary");
  EXPECT_STREQ(error.attribute("type").value(), "fatal");
  EXPECT_STREQ(error.attribute("hasDetail").value(), "true");
  EXPECT_STREQ(error.child("uws:message").text().get(), "<no>");
  for (const char* name : {"uws:creationTime", "uws:startTime", "uws:endTime", "uws:destruction"}) {  // U52
    EXPECT_THAT(job.child(name).text().get(), MatchesRegex(instant_pattern)) << name;
  }
}

TEST_P(Documents, U53_RepeatedParametersAndResultsWithAllTheirAttributes) {
  const JobId id = make("ARG=a&ARG=b+%3C%0D%0A&PHASE=RUN");
  finish(id, {.results = {result("cat", "12345", "text/csv"), result("stdout", "", "text/plain")}});
  const auto document = job_document(id);
  std::vector<std::string> values;
  for (const auto& parameter : document.document_element().child("uws:parameters").children("uws:parameter")) {
    EXPECT_STREQ(parameter.attribute("id").value(), "ARG");
    EXPECT_FALSE(parameter.attribute("byReference"));
    values.emplace_back(parameter.text().get());
  }
  EXPECT_THAT(values, ElementsAre("a", "b <\r\n"));
  const auto first = document.document_element().child("uws:results").first_child();
  EXPECT_STREQ(first.attribute("id").value(), "cat");
  EXPECT_EQ(first.attribute("xlink:href").value(), url(id) + "/results/cat");
  EXPECT_STREQ(first.attribute("xlink:type").value(), "simple");
  EXPECT_STREQ(first.attribute("size").value(), "5");
  EXPECT_STREQ(first.attribute("mime-type").value(), "text/csv");
  EXPECT_STREQ(first.next_sibling().attribute("size").value(), "0");
}

TEST_P(Documents, U53_JobInfoIsInNoNamespaceWhateverItsKeysAre) {
  const JobId id = make();
  data::Node info = data::Node::object();
  info.set("exitCode", data::Node::number(std::int64_t{3}));
  data::Node notes = data::Node::array();
  notes.push(data::Node::string("one & two"));
  notes.push(data::Node::string("bell \x07"));
  info.set("notes", std::move(notes));
  data::Node files = data::Node::object();
  files.set("my file <1>.txt", data::Node::string("abc"));
  files.set("9", data::Node::null());
  files.set("", data::Node::boolean(true));
  info.set("files", std::move(files));
  show(id, {}, std::move(info));
  const auto document = job_document(id);
  const auto shown = document.document_element().child("uws:jobInfo").child("details");
  EXPECT_THAT(names(shown), ElementsAre("exitCode", "notes", "notes", "files"));
  EXPECT_STREQ(shown.child("notes").text().get(), "one & two");
  const auto first = shown.child("files").first_child();
  EXPECT_THAT(names(shown.child("files")), ElementsAre("entry", "entry", "entry"));
  EXPECT_STREQ(first.attribute("name").value(), "my file <1>.txt");
  EXPECT_STREQ(first.text().get(), "abc");
}

// Existing clients accept one child element beside progress, and no more.
TEST_P(Documents, U53_JobInfoHasProgressAndOneChildMore) {
  const JobId id = make();
  const auto info_of = [&](data::Node info) {
    show(id, {}, std::move(info));
    return names(job_document(id).document_element().child("uws:jobInfo"));
  };
  EXPECT_THAT(info_of(data::Node::object()), ElementsAre());
  data::Node info = data::Node::object();
  info.set("engine", data::Node::string("docker"));
  info.set("image", data::Node::string("busybox"));
  EXPECT_THAT(info_of(info), ElementsAre("details"));
  data::Node progress = data::Node::object();
  progress.set("percent", data::Node::number(std::int64_t{40}));
  info.set("progress", std::move(progress));
  EXPECT_THAT(info_of(info), ElementsAre("progress", "details"));
  EXPECT_STREQ(job_document(id).select_node("//uws:jobInfo/progress/percent").node().text().get(), "40");
}

TEST_P(Documents, U54_DefaultsAreFinite) {
  const auto document = job_document(make());
  EXPECT_STREQ(document.document_element().child("uws:executionDuration").text().get(), "3600");
  EXPECT_THAT(document.document_element().child("uws:destruction").text().get(), MatchesRegex(instant_pattern));
}

TEST_P(Documents, U61_XmlIsTheDefaultAndHasNoEncoding) {
  const JobId id = make();
  for (const char* accept :
       {"*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "application/xml", "application/json;q=0.1, */*"}) {
    SCOPED_TRACE(accept);
    for (const std::string& target :
         {std::string("/jobs"), path(id), path(id) + "/parameters", path(id) + "/results"}) {
      const auto response = get(target, {{"Accept", accept}});
      EXPECT_THAT(response.header("Content-Type"), testing::StartsWith("text/xml"));
      EXPECT_EQ(response.header("Vary"), "Accept");
      EXPECT_THAT(response.body, testing::StartsWith("<?xml version=\"1.0\"?>"));
    }
  }
}

TEST_P(Documents, U61_JsonByAcceptOrResponseformat) {
  const JobId id = make("IMAGE=a");
  for (const std::string& target : {std::string("/jobs"), path(id), path(id) + "/parameters", path(id) + "/results"}) {
    SCOPED_TRACE(target);
    for (const auto& response : {get_json(target), get(target + "?responseformat=JSON"),
                                 get(target + "?RESPONSEFORMAT=application/json", {{"Accept", "text/xml"}})}) {
      EXPECT_EQ(response.header("Content-Type"), "application/json");
      EXPECT_EQ(response.header("Vary"), "Accept");
      EXPECT_TRUE(nlohmann::json::accept(response.body));
    }
    EXPECT_THAT(get(target + "?RESPONSEFORMAT=xml").header("Content-Type"), HasSubstr("text/xml"));
    EXPECT_EQ(get(target + "?RESPONSEFORMAT=votable").status, 400);
  }
}

TEST_P(Documents, U66_AJobAsJson) {
  const JobId pending_one = make();
  const auto unset = nlohmann::json::parse(get_json(path(pending_one)).body);
  for (const char* name : {"runId", "quote", "startTime", "endTime", "errorSummary"}) {
    EXPECT_TRUE(unset.contains(name)) << name;
    EXPECT_TRUE(unset[name].is_null()) << name;
  }
  EXPECT_TRUE(unset["parameters"].empty() && unset["parameters"].is_array());
  EXPECT_TRUE(unset["jobInfo"].is_object());

  const JobId id =
      id_of(post("/jobs?PHASE=RUN&RUNID=r", Multipart().field("INPUT", "a,param:A").file("A", "1", "a/b")));
  data::Node info = data::Node::object();
  info.set("exitCode", data::Node::number(std::int64_t{1}));
  finish(id, {.phase = Phase::error,
              .results = {result("stdout", "out", "text/plain")},
              .error = ErrorSummary{false, "no", ""},
              .info = info});
  const auto job = nlohmann::json::parse(get_json(path(id)).body);
  EXPECT_EQ(job["jobId"], id);
  EXPECT_EQ(job["runId"], "r");
  EXPECT_EQ(job["ownerId"], "alice");
  EXPECT_EQ(job["phase"], "ERROR");
  EXPECT_EQ(job["executionDuration"], 3600);
  for (const char* name : {"creationTime", "startTime", "endTime", "destruction"}) {
    EXPECT_THAT(job[name].get<std::string>(), MatchesRegex(instant_pattern));
  }
  EXPECT_EQ(job["parameters"], nlohmann::json::parse(R"([{"id":"INPUT","value":"a,param:A","byReference":false},
      {"id":"A","value":")" + url(id) + R"(/parameters/A","byReference":true}])"));
  EXPECT_EQ(job["results"], nlohmann::json::parse(R"([{"id":"stdout","href":")" + url(id) +
                                                  R"(/results/stdout","size":3,"mimeType":"text/plain","sha256":")" +
                                                  std::string(64, 'a') + R"("}])"));
  EXPECT_EQ(job["errorSummary"], nlohmann::json::parse(R"({"type":"transient","hasDetail":false,"message":"no"})"));
  EXPECT_EQ(job["jobInfo"]["exitCode"], 1);
}

TEST_P(Documents, U63_TheJobHasAValidatorForEachForm) {
  const JobId id = make();
  const auto xml = get(path(id));
  const auto json = get_json(path(id));
  EXPECT_NE(xml.header("ETag"), json.header("ETag"));
  const auto same = get(path(id), {{"If-None-Match", xml.header("ETag")}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.header("ETag"), xml.header("ETag"));
  EXPECT_EQ(same.header("Vary"), "Accept");
  EXPECT_EQ(same.header("Cache-Control"), xml.header("Cache-Control"));
  EXPECT_EQ(get(path(id), {{"If-None-Match", json.header("ETag")}}).status, 200);
  EXPECT_EQ(ask("HEAD", path(id), {{"If-None-Match", xml.header("ETag")}}).status, 304);
  EXPECT_THAT(xml.header("Cache-Control"), HasSubstr("no-cache"));
}

TEST_P(Documents, U63_TheValidatorChangesWithEverythingThatTheDocumentShows) {
  const JobId id = make();
  std::vector<std::string> seen;
  const auto expect_new = [&](const char* what) {
    SCOPED_TRACE(what);
    const std::string etag = get(path(id)).header("ETag");
    EXPECT_THAT(seen, testing::Not(testing::Contains(etag)));
    EXPECT_EQ(get(path(id)).header("ETag"), etag) << "and with nothing else";
    seen.push_back(etag);
  };
  expect_new("created");
  post(path(id), "IMAGE=a");
  expect_new("a parameter");
  post(path(id), "RUNID=r");
  expect_new("runId");
  post(path(id) + "/destruction", "DESTRUCTION=" + util::to_iso(util::now() + 1h));
  expect_new("destruction");
  post(path(id) + "/executionduration", "EXECUTIONDURATION=7");
  expect_new("executionDuration");
  live_.quote(util::now() + 1h);
  expect_new("a quote, should it run now");
  live_.quote(std::nullopt);
  EXPECT_THAT(seen, testing::Contains(get(path(id)).header("ETag"))) << "as before there was one";
  post(path(id), "PHASE=RUN");
  expect_new("a phase");
  const Job job = start(id);
  expect_new("executing");
  const auto log = std::make_shared<fakes::FakeResultSource>();
  const LiveResult live{"stdout", "text/plain", "", log};
  show(id, {live});
  expect_new("a log");
  log->append("x");
  expect_new("its growth");
  show(id, {live});
  expect_new("news of the run");
  show(id, {}, data::Node::object(), util::now());
  expect_new("a quote");
  serve();
  show(id, {});
  expect_new("after a restart");
  EXPECT_TRUE(ended(id, job.fence, {.end_time = util::now()}));
  expect_new("the end");
}

TEST_P(Documents, AGrowingLogIsAResultWithItsPresentSize) {
  const JobId id = make("PHASE=RUN");
  start(id);
  const auto log = std::make_shared<fakes::FakeResultSource>("1234");
  show(id, {{"stdout", "text/plain", "", log}});
  const auto document = job_document(id);
  const auto shown = document.document_element().child("uws:results").first_child();
  EXPECT_STREQ(shown.attribute("size").value(), "4");
  EXPECT_EQ(shown.attribute("xlink:href").value(), url(id) + "/results/stdout");
}

}  // namespace
}  // namespace uws::rest

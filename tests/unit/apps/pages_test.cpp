// Tests the pages and documents that describe applications, over HTTP.
#include "apps/pages.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <pugixml.hpp>

#include "fakes/http_client.h"
#include "fakes/http_fakes.h"
#include "http/server.h"

namespace apps {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

task::Application tap() {
  task::Application application;
  application.name = "tap";
  application.title = "Tables & <more>";
  application.description = "Asks \"tables\".";
  application.path = "/tap/async";
  task::Declaration query;
  query.name = "QUERY";
  query.help = "What is asked: a < b";
  query.max_length = 500;
  query.required = true;
  task::Declaration rows;
  rows.name = "max rec";
  rows.type = task::ValueType::integer;
  rows.minimum = 0;
  rows.maximum = 1000;
  rows.default_value = "10";
  task::Declaration words;
  words.name = "LANG";
  words.values = {"ADQL", "SQL"};
  words.max_length = 10;
  words.multiple = true;
  words.default_value = "ADQL";
  task::Declaration targets;
  targets.name = "target";
  targets.max_length = 10;
  targets.multiple = true;
  targets.required = true;
  task::Declaration flag;
  flag.name = "dry";
  flag.type = task::ValueType::boolean;
  flag.default_value = "True";
  application.parameters = {query, rows, words, targets, flag};
  application.documents = {{"tables", "text/xml", "<tables/>"}};
  return application;
}

class ApplicationPages : public ::testing::Test {
 protected:
  void SetUp() override {
    pages_.add_routes(router_);
    http::ServerOptions options;
    options.port = 0;
    auto server = http::Server::create(options, router_, authenticator_);
    if (!server.ok() || !server.value()->start().ok()) throw std::runtime_error("no server");
    server_ = std::move(server).value();
  }

  fakes::TestResponse get(const std::string& target, const std::string& accept = "*/*") {
    fakes::TestClient client(server_->port());
    return client.request("GET", target, {{"Accept", accept}}, "");
  }
  json get_json(const std::string& target) { return json::parse(get(target).body); }

  static constexpr const char* browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  task::Applications applications_{tap()};
  Pages pages_{applications_};
  http::Router router_;
  fakes::TrustingAuthenticator authenticator_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(ApplicationPages, AreListed) {
  const json list = get_json("/apps");
  ASSERT_EQ(list["applications"].size(), 1U);
  EXPECT_EQ(list["applications"][0]["name"], "tap");
  EXPECT_EQ(list["applications"][0]["page"], "http://test/apps/tap");
  EXPECT_EQ(list["applications"][0]["jobs"], "http://test/tap/async");
  EXPECT_EQ(list["applications"][0]["sync"], "http://test/tap/sync");
  EXPECT_THAT(get("/apps", browser).body, HasSubstr("<a href=\"http://test/apps/tap\">Tables &amp; &lt;more&gt;</a>"));
}

TEST_F(ApplicationPages, DescribeOneToProgramsAndToPeople) {
  const auto shown = get("/apps/tap");
  EXPECT_EQ(shown.header("Content-Type"), "application/json");
  EXPECT_EQ(shown.header("Vary"), "Accept");
  const json page = json::parse(shown.body);
  EXPECT_EQ(page["parameters"][1]["accepted"], "a whole number from 0 up to 1000");
  EXPECT_EQ(page["parameters"][1]["default"], "10");
  EXPECT_EQ(page["parameters"][0]["required"], true);
  const auto html = get("/apps/tap", browser);
  EXPECT_THAT(html.header("Content-Type"), HasSubstr("text/html"));
  EXPECT_THAT(html.header("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(html.body, HasSubstr("What is asked: a &lt; b"));
  EXPECT_THAT(html.body, Not(HasSubstr("<more>")));
  EXPECT_EQ(get("/apps/pat").status, 404);
}

TEST_F(ApplicationPages, HaveASchemaOfWhatCreatesAJob) {
  const auto answer = get("/apps/tap/schema");
  EXPECT_EQ(answer.header("Content-Type"), "application/schema+json");
  const json schema = json::parse(answer.body);
  EXPECT_EQ(schema["required"], json::array({"QUERY", "target"}));
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["properties"]["QUERY"],
            json({{"type", "string"}, {"maxLength", 500}, {"description", "What is asked: a < b"}}));
  EXPECT_EQ(schema["properties"]["max rec"],
            json({{"type", "integer"}, {"minimum", 0}, {"maximum", 1000}, {"default", 10}}));
  EXPECT_EQ(schema["properties"]["LANG"]["items"]["enum"], json::array({"ADQL", "SQL"}));
  EXPECT_EQ(schema["properties"]["LANG"]["default"], json::array({"ADQL"}));
  EXPECT_EQ(schema["properties"]["target"]["minItems"], 1);
  EXPECT_EQ(schema["properties"]["dry"]["default"], true);
}

TEST_F(ApplicationPages, HaveAServiceDescriptor) {
  const auto answer = get("/apps/tap/description");
  EXPECT_EQ(answer.header("Content-Type"), "application/x-votable+xml;content=datalink");
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(answer.body.c_str()));
  const auto resource = document.document_element().child("RESOURCE");
  EXPECT_STREQ(resource.attribute("utype").value(), "adhoc:service");
  EXPECT_STREQ(resource.find_child_by_attribute("PARAM", "name", "accessURL").attribute("value").value(),
               "http://test/tap/async");
  const auto group = resource.find_child_by_attribute("GROUP", "name", "inputParams");
  std::vector<std::string> names;
  for (const auto& parameter : group.children()) names.emplace_back(parameter.attribute("name").value());
  EXPECT_THAT(names, ElementsAre("QUERY", "max rec", "LANG", "target", "dry"));
  const auto rows = group.find_child_by_attribute("PARAM", "name", "max rec");
  EXPECT_STREQ(rows.attribute("datatype").value(), "long");
  EXPECT_STREQ(rows.attribute("value").value(), "10");
  EXPECT_STREQ(rows.child("VALUES").child("MAX").attribute("value").value(), "1000");
  EXPECT_STREQ(
      group.find_child_by_attribute("PARAM", "name", "LANG").child("VALUES").child("OPTION").attribute("value").value(),
      "ADQL");
}

TEST_F(ApplicationPages, HaveAServiceDescriptorForSyncToo) {
  const auto answer = get("/apps/tap/description");
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(answer.body.c_str()));
  const auto resource = document.document_element().find_child_by_attribute("RESOURCE", "name", "tap-sync");
  EXPECT_STREQ(resource.attribute("utype").value(), "adhoc:service");
  EXPECT_STREQ(resource.find_child_by_attribute("PARAM", "name", "accessURL").attribute("value").value(),
               "http://test/tap/sync");
  EXPECT_STREQ(resource.child("GROUP").first_child().attribute("name").value(), "QUERY");
}

TEST_F(ApplicationPages, StaticDocumentsStandBesideTheList) {
  const auto tables = get("/tap/tables");
  EXPECT_EQ(tables.status, 200);
  EXPECT_EQ(tables.header("Content-Type"), "text/xml");
  EXPECT_EQ(tables.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(tables.body, "<tables/>");
}

}  // namespace
}  // namespace apps

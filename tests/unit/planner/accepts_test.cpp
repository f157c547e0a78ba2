// Tests the planner over HTTP: the formats of questions and answers.
#include "planner/accepts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <pugixml.hpp>

#include "world.h"

namespace planner {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Asked : public ::testing::Test {
 protected:
  Asked() {
    executor::ImageFacts facts;
    facts.os = "linux";
    facts.architecture = "amd64";
    world.images["docker.io/library/a:latest"] = {facts, std::nullopt};
  }
  json ask(const std::string& body, const std::string& media_type = "application/json") {
    const auto response = world.post(body, media_type);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  static std::vector<int> codes(const json& answer) {
    std::vector<int> all;
    for (const json& reason : answer["responseinfo"]["reasons"]) all.push_back(reason["httpcode"]);
    return all;
  }

  World world{"planner: {}"};
};

TEST_F(Asked, ByFormAndQueryAndParts) {
  const std::string yes = "\"responseword\":\"YES\"";
  EXPECT_THAT(world.get("/accepts?tasktype=oci-container&taskinfo.image=a").body, HasSubstr(yes));
  EXPECT_THAT(world.get("/accept?tasktype=oci-container&taskinfo.image=a&taskinfo.args={x,y}").body, HasSubstr(yes));
  EXPECT_THAT(world.post("tasktype=oci-container&taskinfo.image=a", "application/x-www-form-urlencoded").body,
              HasSubstr(yes));
  EXPECT_THAT(world.post("tasktype: oci-container\ntaskinfo: {image: a}\n", "").body, HasSubstr(yes));
  EXPECT_THAT(world.post("tasktype: oci-container\ntaskinfo: {image: a}\n", "text/yaml").body, HasSubstr(yes));
  const std::string parts =
      "--b\r\nContent-Disposition: form-data; name=\"tasktype\"\r\n\r\noci-container\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"taskinfo\"\r\nContent-Type: application/json\r\n\r\n"
      "{\"image\": \"a\"}\r\n--b--\r\n";
  EXPECT_THAT(world.post(parts, "multipart/form-data; boundary=b").body, HasSubstr(yes));
}

TEST_F(Asked, WhatIsNoQuestionIsRefusedWithItsPlace) {
  const auto refused = [&](const std::string& body, const std::string& media_type = "application/json") {
    const auto response = world.post(body, media_type);
    EXPECT_EQ(response.status, 400) << body;
    return response.body;
  };
  EXPECT_THAT(refused("{\"taskinfo\": {}}"), HasSubstr("/tasktype: is missing"));
  EXPECT_THAT(refused("{\"tasktype\": 7}"), HasSubstr("/tasktype: is not a text"));
  EXPECT_THAT(refused("{\"tasktype\": \"a\" \"taskinfo\": {}}"), HasSubstr("is not JSON"));
  EXPECT_THAT(refused("{\"tasktype\": \"a\" \"taskinfo\": {}}"), HasSubstr("line 1, column 27"));
  EXPECT_THAT(refused("{\"tasktype\": \"" + std::string(100'000, 'a') + "\"}"), HasSubstr("at most 1000"));
  EXPECT_THAT(refused("{\"tasktype\": \"uri://конте\"}"), HasSubstr("is no URI"));
  EXPECT_THAT(refused("[1]"), HasSubstr("is no question"));
  EXPECT_THAT(refused("tasktype=a&taskinfo.b=1&taskinfo.b.c=2", "application/x-www-form-urlencoded"),
              HasSubstr("clashes"));
  EXPECT_THAT(refused("tasktype=a&taskinfo.b.c=2&taskinfo.b=1", "application/x-www-form-urlencoded"),
              HasSubstr("clashes"));
  EXPECT_THAT(refused("tasktype=a&taskinfo..b=1", "application/x-www-form-urlencoded"), HasSubstr("empty part"));
  EXPECT_THAT(refused("--b\r\nContent-Disposition: form-data; name=\"taskinfo.c\"\r\nContent-Type: text/csv\r\n\r\n"
                      "\xFF\r\n--b--\r\n",
                      "multipart/form-data; boundary=b"),
              HasSubstr("taskinfo.c: is no text"));
  EXPECT_THAT(refused("tasktype=a&image=b", "application/x-www-form-urlencoded"), HasSubstr("image: is not known"));
  EXPECT_EQ(world.post("<a/>", "application/xml").status, 415);
  EXPECT_EQ(world.post(std::string(300'000, ' '), "application/json").status, 413);
}

TEST_F(Asked, AnswersAsTheClientLikesIt) {
  const std::string body = "{\"tasktype\": \"oci-container\"}";
  const auto as_yaml = world.post(body, "application/json", "application/yaml");
  EXPECT_EQ(as_yaml.header("Content-Type"), "application/yaml");
  EXPECT_THAT(as_yaml.body, HasSubstr("responseword: \"YES\"\n"));
  EXPECT_TRUE(data::parse_yaml(as_yaml.body).ok());
  const auto as_xml = world.post(body, "application/json", "text/xml");
  EXPECT_EQ(as_xml.header("Content-Type"), "text/xml");
  pugi::xml_document xml;
  ASSERT_TRUE(xml.load_string(as_xml.body.c_str()));
  EXPECT_STREQ(xml.child("planner-answer").child("reponseword").text().get(), "YES");
  EXPECT_STREQ(xml.child("planner-answer").child("interfaces").child("servicetype").text().get(), "docker-uws");
  EXPECT_EQ(world.post(body, "application/json", "image/png").status, 406);
}

TEST_F(Asked, NamesTheJobListInTheAskersSpelling) {
  const json word = ask(R"({"tasktype": "oci-container"})");
  EXPECT_EQ(word["servicetype"], "docker-uws");
  EXPECT_EQ(word["serviceinfo"]["endpoint"], "http://test/jobs");
  const json uri = ask(R"({"tasktype": "uri://oci-container"})");
  EXPECT_EQ(uri["servicetype"], "uri://docker-uws");
  const json canonical = ask(R"({"tasktype": "http://test/task-types/oci-container"})");
  EXPECT_EQ(canonical["servicetype"], "http://test/service-types/docker-uws");
  std::vector<std::string> names;
  for (const json& interface : uri["interfaces"]) names.push_back(interface["servicetype"]);
  EXPECT_THAT(names, testing::ElementsAre("uri://docker-uws", "http://test/service-types/docker-uws",
                                          "uri://simple-docker-uws", "http://test/service-types/simple-docker-uws"));
}

TEST_F(Asked, EveryReasonIsGivenWithWhereItStands) {
  const json answer = ask(R"({"tasktype": "oci-container", "taskinfo": {"image": "a", "ports": ["x/tcp"],
                              "resources": {"cores": "many"}}, "resources": {"minmemory": "big", "minduration": "P1Y"}})");
  EXPECT_EQ(answer["responseword"], "NO");
  std::vector<std::string> paths;
  for (const json& reason : answer["responseinfo"]["reasons"]) paths.push_back(reason["path"]);
  EXPECT_THAT(paths, testing::IsSupersetOf({"/resources/minmemory", "/resources/minduration"}));
  const json ports =
      ask(R"({"tasktype": "rosetta-container", "taskinfo": {"image_name": "a", "interface_port": 99999}})");
  EXPECT_EQ(ports["responseinfo"]["reasons"][0]["path"], "/taskinfo/interface_port");
  EXPECT_THAT(codes(ports), testing::Contains(400));
  const json image =
      ask(R"({"tasktype": "rosetta-container", "taskinfo": {"image_name": "A B", "interface_port": 1}})");
  EXPECT_EQ(image["responseinfo"]["reasons"][0]["path"], "/taskinfo/image_name");
}

TEST_F(Asked, AnImageThatIsNotThereIsNotRun) {
  const json missing = ask(R"({"tasktype": "oci-container", "taskinfo": {"image": "b"}})");
  EXPECT_THAT(codes(missing), testing::ElementsAre(403));
  world.images["docker.io/library/b:latest"] = {
      std::nullopt, util::Error::of(util::ErrorCode::unavailable, "the registry docker.io cannot be asked: no answer")};
  const json unknown = ask(R"({"tasktype": "oci-container", "taskinfo": {"image": "b"}})");
  EXPECT_THAT(codes(unknown), testing::ElementsAre(503));
  EXPECT_THAT(unknown["responseinfo"]["reasons"][0]["text"], HasSubstr("cannot be asked"));
}

TEST_F(Asked, OwnersLimitsCount) {
  world.quota = util::Error::of(util::ErrorCode::too_many, "you have 1000 jobs");
  EXPECT_THAT(codes(ask(R"({"tasktype": "oci-container"})")), testing::ElementsAre(429));
}

TEST_F(Asked, ResourcesAreEchoedWithTheirOtherEnds) {
  const json answer =
      ask(R"({"tasktype": "oci-container", "resources": {"mincores": 2, "minmemory": "8G", "minduration": "5m"}})");
  EXPECT_EQ(answer["responseword"], "YES");
  EXPECT_EQ(answer["resources"]["mincores"], 2);
  EXPECT_EQ(answer["resources"]["maxcores"], 64);
  EXPECT_EQ(answer["resources"]["minmemory"], "8G");
  EXPECT_EQ(answer["resources"]["maxmemory"], "256G");
  EXPECT_EQ(answer["resources"]["minduration"], "5m");
  EXPECT_EQ(answer["resources"]["maxduration"], "86400s");
  const json too_much = ask(R"({"tasktype": "oci-container", "resources": {"mincores": 80, "minmemory": "1000G",
      "minduration": "100d", "minstorage": "1T"}})");
  EXPECT_THAT(codes(too_much), testing::ElementsAre(403, 403, 403, 403));
  const json too_long =
      ask(R"({"tasktype": "oci-container", "taskinfo": {"image": "a"}, "resources": {"minduration": "P2D"}})");
  EXPECT_EQ(too_long["responseinfo"]["reasons"][0]["path"], "/resources/minduration");
  EXPECT_THAT(codes(too_long), testing::ElementsAre(403));
}

TEST_F(Asked, WhenItWouldStartIsTold) {
  world.start = std::chrono::seconds(90);
  const std::string body = R"({"tasktype": "oci-container", "taskinfo": {"image": "a"}, "resources": {"maxstartup": ")";
  EXPECT_EQ(ask(body + "5m\"}}")["resources"]["minstartup"], "91s");  // with the time to pull the image
  EXPECT_THAT(codes(ask(body + "60s\"}}")), testing::ElementsAre(503));
  world.start.reset();
  EXPECT_THAT(codes(ask(body + "5m\"}}")), testing::ElementsAre(503));
}

TEST_F(Asked, WhatIsNotUnderstoodIsNamedInNotes) {
  const json answer = ask(R"({"tasktype": "oci-container", "taskinfo": {"image": "a", "colour": "red"}})");
  EXPECT_EQ(answer["responseword"], "YES");
  EXPECT_THAT(answer["notes"][0], HasSubstr("taskinfo.colour"));
}

TEST_F(Asked, UnknownTypesAreCountedForTheOperator) {
  ask(R"({"tasktype": "uri://new"})");
  ask(R"({"tasktype": "uri://new", "taskinfo": {"a": 1}})");
  EXPECT_FALSE(json::parse(world.get("/task-types").body).contains("unknown"));
  const json shown = json::parse(world.get("/task-types", {{"Authorization", "Basic root"}}).body);
  ASSERT_EQ(shown["unknown"].size(), 1U);
  EXPECT_EQ(shown["unknown"][0]["tasktype"], "uri://new");
  EXPECT_EQ(shown["unknown"][0]["count"], 2);
}

TEST_F(Asked, EachTypeHasItsPage) {
  const json type = json::parse(world.get("/task-types/rosetta-container").body);
  EXPECT_EQ(type["uri"], "http://test/task-types/rosetta-container");
  EXPECT_EQ(type["taskinfo"]["properties"]["interface_port"]["maximum"], 65535);
  EXPECT_EQ(json::parse(world.get("/task-types/rosetta-container/taskinfo").body), type["taskinfo"]);
  const auto whole = json::parse(world.get("/task-types/oci-container/taskinfo").body);
  EXPECT_TRUE(whole["properties"].contains("image")) << "a container task, whole";
  const std::string id = whole["$id"];
  EXPECT_TRUE(id.ends_with("/schemas/container-task.schema.json"));
  EXPECT_EQ(json::parse(world.get(id.substr(id.find("/schemas"))).body), whole);
  EXPECT_EQ(json::parse(world.get("/service-types/docker-uws").body)["name"], "docker-uws");
  EXPECT_EQ(world.get("/task-types/nonsense").status, 404);
  const std::string page = world.get("/task-types/rosetta-container", {{"Accept", "text/html"}}).body;
  EXPECT_THAT(page, HasSubstr("<h1>Container for Rosetta</h1>"));
  EXPECT_THAT(world.get("/task-types", {{"Accept", "text/html"}}).body, HasSubstr("/task-types/rosetta-container\""));
}

}  // namespace
}  // namespace planner

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "task/container_task.h"

namespace task {
namespace {

using testing::ElementsAre;

/// The document's parameters, each as "NAME=value", or the message with which it is refused.
std::vector<std::string> expanded(std::string_view text, std::string_view media_type = "application/json") {
  const auto document = parse_document(text, media_type);
  if (!document.ok()) return {"unreadable: " + document.error().message};
  const auto pairs = parameters_of_document(*document);
  if (!pairs.ok()) return {"refused: " + pairs.error().message};
  std::vector<std::string> texts;
  for (const auto& pair : *pairs) texts.push_back(pair.name + "=" + pair.value);
  return texts;
}

TEST(Document, IsExpandedIntoParameters) {
  EXPECT_THAT(expanded(R"({"args": ["a b", ""], "image": "x", "env": {"A": "1"}, "entrypoint": ["/bin/sh"],
                           "resources": {"memory": "2G", "cores": 0.5}, "ports": ["8888/tcp"], "outputs": ["a"],
                           "inputs": ["b,http://h/"], "mounts": ["v:/d"], "workdir": "/d", "network": "none"})"),
              ElementsAre("IMAGE=x", "ENTRYPOINT=/bin/sh", "ARG=a b", "ARG=", "ENV=A=1", "WORKDIR=/d", "PORT=8888/tcp",
                          "MOUNT=v:/d", "INPUT=b,http://h/", "OUTPUT=a", "CORES=0.5", "MEMORY=2G", "NETWORK=none"));
}

TEST(Document, YamlKeepsWhatWasWritten) {
  EXPECT_THAT(
      expanded("image: x\nargs: [no, 1.10, 00123, \"q\"]\nenv: [A=b]\nresources:\n  cores: 2\n", "application/yaml"),
      ElementsAre("IMAGE=x", "ARG=no", "ARG=1.10", "ARG=00123", "ARG=q", "ENV=A=b", "CORES=2"));
}

TEST(Document, WithoutAMediaTypeIsReadByItsFirstCharacter) {
  EXPECT_THAT(expanded("{\"image\": \"x\"}", ""), ElementsAre("IMAGE=x"));
  EXPECT_THAT(expanded("image: x", ""), ElementsAre("IMAGE=x"));
}

TEST(Document, OfAnotherMediaTypeIsNotRead) {
  for (const std::string_view type : {"application/xml", "text/html", "image/png"}) {
    const auto document = parse_document("image: x", type);
    ASSERT_FALSE(document.ok()) << type;
    EXPECT_EQ(document.error().code, util::ErrorCode::unsupported_media) << type;
  }
}

TEST(Document, FaultsCarryPointers) {
  const auto document = parse_document(
      R"({"image": 1, "args": [1], "env": {"A": 2}, "imge": "x", "resources": {"ram": "1G"}})", "application/json");
  ASSERT_TRUE(document.ok());
  const auto pairs = parameters_of_document(*document);
  ASSERT_FALSE(pairs.ok());
  std::vector<std::string> inputs;
  for (const auto& fault : pairs.error().faults) inputs.push_back(fault.input);
  EXPECT_THAT(inputs, ElementsAre("/image", "/args/0", "/env/A", "/resources/ram", "/imge"));
  EXPECT_EQ(pairs.error().faults.back().accepted, "image");
}

TEST(Document, AResourceAtTheWrongPlaceIsToldWhereItBelongs) {  // U13
  EXPECT_THAT(expanded(R"({"image": "x", "cores": 2})").front(), testing::HasSubstr("resources.cores"));
  EXPECT_THAT(expanded(R"({"image": "x", "memory": "2G"})").front(), testing::HasSubstr("resources.memory"));
}

TEST(Document, MustBeAnObject) {
  EXPECT_THAT(expanded("[]").front(), testing::HasSubstr("not an object"));
  EXPECT_THAT(expanded("{").front(), testing::HasSubstr("unreadable"));
}

/// Tests that the published JSON Schema and the service agree about each of these documents.
class Schema : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(DUWS_SOURCE_DIR) + "/schemas/container-task.schema.json");
    const auto json = nlohmann::json::parse(file);
    const valijson::adapters::NlohmannJsonAdapter adapter(json);
    valijson::SchemaParser().populateSchema(adapter, schema_);
    for (const auto& [name, member] : json["properties"].items()) properties_.push_back(name);
  }

  bool schema_takes(const std::string& text) const {
    const auto json = nlohmann::json::parse(text);
    return valijson::Validator().validate(schema_, valijson::adapters::NlohmannJsonAdapter(json), nullptr);
  }

  static bool service_takes(const std::string& text) {
    const auto document = parse_document(text, "application/json");
    if (!document.ok()) return false;
    const auto pairs = parameters_of_document(*document);
    return pairs.ok() && from_parameters(*pairs, {"part"}).ok();
  }

  valijson::Schema schema_;
  std::vector<std::string> properties_;
};

TEST_F(Schema, AndServiceTakeTheSameDocuments) {
  const std::string taken[] = {
      R"({})",
      R"({"image": "hello-world"})",
      R"({"image": "docker://registry.example.org:5000/a/b:c", "entrypoint": ["x"], "args": ["", "a b"]})",
      R"({"env": {"A": "1"}})",
      R"({"env": ["A=1", "B="]})",
      R"({"workdir": "/data", "outputs": ["a", "p=plots/*.png"]})",
      R"({"workdir": "image", "outputs": ["/data/a"], "entrypoint": [], "args": ["ls"]})",
      R"({"env": {"spark.executor-memory": "1g", "1A": "x"}})",
      R"({"ports": ["8888/tcp", "lab=http://:8889/lab"]})",
      R"({"mounts": ["m51:/data:ro"]})",
      R"({"inputs": ["a,https://example.org/x", "b,param:part", "mode=0755,c,d,param:part"]})",
      R"({"resources": {"cores": 0.01, "memory": "8GB", "gpus": 0, "disk": "1.5T"}})",
      R"({"resources": {"cores": "2", "memory": "512MiB"}})",
      R"({"platform": "linux/amd64", "network": "none"})",
  };
  for (const std::string& text : taken) {
    EXPECT_TRUE(schema_takes(text)) << text;
    EXPECT_TRUE(service_takes(text)) << text;
  }
}

TEST_F(Schema, AndServiceRefuseTheSameDocuments) {
  const std::string refused[] = {
      R"([])",
      R"({"image": 1})",
      R"({"image": ""})",
      R"({"unknown": 1})",
      R"({"args": "a b"})",
      R"({"args": [1]})",
      R"({"env": {"A B": "x"}})",
      R"({"env": ["noequals"]})",
      R"({"env": {"A": 1}})",
      R"({"workdir": ""})",
      R"({"mounts": ["/etc:/etc"]})",
      R"({"inputs": ["x,file:///etc/passwd"]})",
      R"({"outputs": [""]})",
      R"({"resources": {"cores": 0}})",
      R"({"resources": {"memory": 8}})",
      R"({"resources": {"memory": "8"}})",
      R"({"resources": {"ram": "8G"}})",
      R"({"platform": "linux"})",
      R"({"network": ""})",
  };
  for (const std::string& text : refused) {
    EXPECT_FALSE(schema_takes(text)) << text;
    EXPECT_FALSE(service_takes(text)) << text;
  }
}

TEST_F(Schema, NamesEveryMemberThatTheServiceKnows) {
  EXPECT_THAT(properties_,
              testing::UnorderedElementsAre("image", "entrypoint", "args", "env", "workdir", "ports", "mounts",
                                            "inputs", "outputs", "resources", "platform", "network"));
}

}  // namespace
}  // namespace task

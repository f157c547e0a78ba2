// Sends each message of messages.yaml to a planner with each configuration in config/platforms, and to this service,
// and checks the answers.
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "data/node.h"
#include "world.h"

namespace planner {
namespace {

using nlohmann::json;

const std::filesystem::path source = DUWS_SOURCE_DIR;

std::string with_url(std::string text, const World& world) {
  constexpr std::string_view here = "{here}";
  if (const auto at = text.find(here); at != std::string::npos) text.replace(at, here.size(), world.url());
  return text;
}

std::string text_of(const data::Node& message, const char* key) {
  const data::Node* node = message.find(key);
  return node != nullptr ? node->text() : std::string();
}

class Messages : public ::testing::Test {
 protected:
  Messages() {
    for (const auto& entry : std::filesystem::directory_iterator(source / "config/platforms")) {
      worlds_[entry.path().stem().string()] = std::make_unique<World>(read_text(entry.path()));
    }
    worlds_["docker-uws"] = std::make_unique<World>("planner: {}");
    for (const auto& [name, world] : worlds_) {
      executor::ImageFacts desktop;
      desktop.os = "linux";
      desktop.architecture = "amd64";
      desktop.exposed_ports = {"8080/tcp"};
      world->images["docker.io/example/desktop:latest"] = {desktop, std::nullopt};
      desktop.exposed_ports.clear();
      for (const char* image : {"batch:latest", "metadesktop:latest"}) {
        world->images["docker.io/example/" + std::string(image)] = {desktop, std::nullopt};
      }
      world->images["docker.io/library/example:1.0"] = {desktop, std::nullopt};
    }
  }

  static json ask(World& world, const data::Node& message) {
    World::Headers headers;
    if (const std::string who = text_of(message, "as"); !who.empty())
      headers.emplace_back("Authorization", "Basic " + who);
    if (const std::string type = text_of(message, "type"); !type.empty()) headers.emplace_back("Content-Type", type);
    if (const std::string groups = text_of(message, "groups"); !groups.empty()) headers.emplace_back("Groups", groups);
    const std::string query = text_of(message, "get");
    const auto response = query.empty() ? world.post_as(with_url(text_of(message, "ask"), world), headers)
                                        : world.get("/accepts?" + query, headers);
    EXPECT_EQ(response.status, 200) << text_of(message, "about") << ": " << response.body;
    return json::parse(response.body);
  }

  std::map<std::string, std::unique_ptr<World>> worlds_;
};

TEST_F(Messages, AreAnsweredYesByThoseWhoCanAndNoByAllOthers) {
  const auto messages = data::parse_yaml(read_text(source / "tests/unit/planner/messages.yaml"));
  ASSERT_TRUE(messages.ok());
  ASSERT_EQ(worlds_.size(), 8U);
  for (const data::Node& message : messages->items()) {
    const data::Node* yes = message.find("yes");
    ASSERT_NE(yes, nullptr);
    for (const auto& [name, world] : worlds_) {
      const std::string about = text_of(message, "about") + ", asked of " + name;
      const json answer = ask(*world, message);
      const data::Node* service = yes->find(name);
      EXPECT_EQ(answer["responseword"], service != nullptr ? "YES" : "NO") << about << ": " << answer.dump();
      EXPECT_EQ(answer["reponseword"], answer["responseword"]) << about;
      if (service != nullptr) {
        EXPECT_EQ(answer["servicetype"], with_url(service->text(), *world)) << about;
        EXPECT_TRUE(answer["serviceinfo"].contains("endpoint")) << about;
        EXPECT_EQ(answer["interfaces"][0]["servicetype"], answer["servicetype"]) << about;
      } else {
        EXPECT_TRUE(answer["interfaces"].empty()) << about;
        EXPECT_FALSE(answer["responseinfo"]["reasons"].empty()) << about;
        EXPECT_EQ(answer["reponseinfo"], answer["responseinfo"]) << about;
        if (const data::Node* code = message.find("no") ? message.find("no")->find(name) : nullptr) {
          EXPECT_EQ(std::to_string(answer["responseinfo"]["reasons"][0]["httpcode"].get<int>()), code->text()) << about;
        }
      }
    }
  }
}

}  // namespace
}  // namespace planner

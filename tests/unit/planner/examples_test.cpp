// Tests that the planner answers the examples of the IVOA note as the note says. If the environment variable
// DUWS_WRITE_EXAMPLES is set, the example answers are written anew.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "world.h"

namespace planner {
namespace {

using nlohmann::ordered_json;

TEST(Examples, AreWhatIsAnswered) {
  World world("planner: {types_url: 'https://types.example.org'}", {"registry.example.org/astro/*"});
  executor::ImageFacts facts;
  facts.os = "linux";
  facts.architecture = "amd64";
  world.images["registry.example.org/astro/source-extractor:2.25"] = {facts, std::nullopt};
  const std::filesystem::path folder = std::filesystem::path(DUWS_SOURCE_DIR) / "docs/ivoa-note/examples";
  const std::string suffix = ".question.json";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(suffix)) continue;
    ++count;
    const auto response = world.post(read_text(entry.path()));
    ASSERT_EQ(response.status, 200) << name << ": " << response.body;
    const auto answer_file = folder / (name.substr(0, name.size() - suffix.size()) + ".answer.json");
    const std::string answer = ordered_json::parse(response.body).dump(2) + "\n";
    if (std::getenv("DUWS_WRITE_EXAMPLES") != nullptr) std::ofstream(answer_file) << answer;
    EXPECT_EQ(answer, read_text(answer_file)) << name;
  }
  EXPECT_EQ(count, 4);
}

}  // namespace
}  // namespace planner

#include "task/other_words.h"

#include <gmock/gmock.h>

#include "task/container_task.h"

namespace task {
namespace {

using testing::HasSubstr;

TEST(OtherWords, LeadToOurs) {
  for (const auto& [others, ours] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"CPU", "CORES"},
                                                                  {"cpus", "CORES"},
                                                                  {"Mem", "MEMORY"},
                                                                  {"CMD", "ARG"},
                                                                  {"command", "ARG"},
                                                                  {"timeout", "EXECUTIONDURATION"}}) {
    ASSERT_TRUE(our_word(others)) << others;
    EXPECT_EQ(our_word(others)->parameter, ours) << others;
  }
  EXPECT_FALSE(our_word("CORES"));
  EXPECT_FALSE(our_word(""));
}

TEST(OtherWords, StandInRefusalsOfDocuments) {
  for (const auto& [text, ours] : std::vector<std::pair<std::string, std::string>>{
           {R"({"command": ["ls"]})", "/command: is not known (accepted: args)"},
           {R"({"cpus": 2})", "/cpus: is not known (accepted: resources.cores)"},
           {R"({"resources": {"mem": "1G"}})", "/resources/mem: is not known (accepted: resources.memory)"}}) {
    const auto refused = parameters_of_document(parse_document(text, "application/json").value());
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_THAT(refused.error().message, HasSubstr(ours));
  }
}

}  // namespace
}  // namespace task

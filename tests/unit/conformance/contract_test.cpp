// Tests the parser of contract cases, and what their patterns match.
#include <gmock/gmock.h>

#include "conformance/contract_case.h"
#include "conformance/contract_pattern.h"
#include "conformance/service.h"

namespace conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

template <typename What>
const What& step(const ContractCase& contract_case, std::size_t index) {
  return std::get<What>(contract_case.steps.at(index).what);
}

TEST(ContractCase, HasRequestsAnswersPlacesAndWaits) {
  const auto cases = parse_contract(
      "# A comment.\n"
      "case U1 U20 M: a sentence: with a colon\n"
      "> POST {jobs}?A=b c\n"
      "> Content-Type: text/plain\n"
      ">\n"
      "> one\n"
      ">\n"
      "> three\n"
      "< 400 or 403\n"
      "< Location: {jobs}/{id}\n"
      "< !ETag\n"
      "\n"
      "? text = \n"
      "? /job/parameters/parameter[@id='A'] = x = y\n"
      "? text has a = b\n"
      "wait {jobs}/{id} for ERROR or ABORTED\n"
      "case U2 C engine: another\n"
      "> GET {jobs}\n"
      "< 200\n");
  ASSERT_TRUE(cases.ok()) << cases.error().message;
  ASSERT_EQ(cases->size(), 2U);
  const ContractCase& one = cases->at(0);
  EXPECT_EQ(one.numbers, "U1 U20");
  EXPECT_EQ(one.sentence, "a sentence: with a colon");
  EXPECT_TRUE(one.is_demanded);
  EXPECT_FALSE(one.needs_engine);
  EXPECT_EQ(one.steps.at(0).line, 3U);
  EXPECT_EQ(step<ContractRequest>(one, 0).target, "{jobs}?A=b c");
  EXPECT_THAT(step<ContractRequest>(one, 0).headers, ElementsAre(Pair("Content-Type", "text/plain")));
  EXPECT_THAT(step<ContractRequest>(one, 0).body, ElementsAre("one", "", "three"));
  EXPECT_THAT(step<ContractStatus>(one, 1).accepted, ElementsAre(400, 403));
  EXPECT_EQ(step<ContractHeader>(one, 2).pattern, "{jobs}/{id}");
  EXPECT_TRUE(step<ContractHeader>(one, 3).is_absent);
  EXPECT_EQ(step<ContractPlace>(one, 4).expected, "");
  EXPECT_EQ(step<ContractPlace>(one, 5).place, "/job/parameters/parameter[@id='A']");
  EXPECT_EQ(step<ContractPlace>(one, 5).expected, "x = y");
  EXPECT_THAT(step<ContractWait>(one, 7).phases, ElementsAre("ERROR", "ABORTED"));
  EXPECT_FALSE(cases->at(1).is_demanded);
  EXPECT_TRUE(cases->at(1).needs_engine);
}

TEST(ContractCase, AFaultTellsItsLine) {
  const std::string head = "case U1 M: a sentence\n";
  const std::pair<std::string, std::string> faults[] = {{"> GET {jobs}\n", "line 1"},
                                                        {"case U1: a sentence\n", "M or C"},
                                                        {"case M: a sentence\n", "number"},
                                                        {"case U1 X: a sentence\n", "'X'"},
                                                        {"case U1 M\n", "sentence"},
                                                        {head + "< 200\n", "line 2"},
                                                        {head + "> GET\n", "METHOD TARGET"},
                                                        {head + "> GET {jobs}\n? text = x\n", "line 3"},
                                                        {head + "> GET {jobs}\n> GET {jobs}\n", "line 3"},
                                                        {head + "> GET {jobs}\n< OK\n", "status"},
                                                        {head + "> GET {jobs}\n< 200\n< Location\n", "header"},
                                                        {head + "> GET {jobs}\n< 200\n? text\n", "PATTERN"},
                                                        {head + "wait {jobs}\n", "PHASE"},
                                                        {head + "done\n", "nothing that is known"}};
  for (const auto& [text, why] : faults) {
    SCOPED_TRACE(text);
    const auto cases = parse_contract(text);
    ASSERT_FALSE(cases.ok());
    EXPECT_THAT(cases.error().message, HasSubstr(why));
  }
}

TEST(ContractCase, ThoseOfTheProgramAreUnderstood) { EXPECT_GT(contract_cases().size(), 50U); }

TEST(ContractPattern, AVariableTakesASegmentAndKeepsIt) {
  Variables variables;
  variables.set("jobs", "http://a/jobs");
  EXPECT_TRUE(variables.match("{jobs}/{id}", "http://a/jobs/x1"));
  EXPECT_EQ(variables.fill("{jobs}/{id}/phase"), "http://a/jobs/x1/phase");
  EXPECT_FALSE(variables.match("{jobs}/{id}", "http://a/jobs/x2"));
  EXPECT_FALSE(variables.match("{jobs}/{other}", "http://a/jobs/x/phase"));
  EXPECT_FALSE(variables.match("{jobs}/{other}", "http://a/jobs/"));
  EXPECT_THROW(variables.fill("{other}"), CheckFailed) << "what did not match is not kept";
}

TEST(ContractPattern, AStarIsAnyText) {
  Variables variables;
  EXPECT_TRUE(variables.match("{*}Accept{*}", "Origin, Accept"));
  EXPECT_TRUE(variables.match("text/xml{*}", "text/xml"));
  EXPECT_FALSE(variables.match("{*}Accept", "Accept, Origin"));
  EXPECT_TRUE(variables.match("{*}-{id}", "a-b-c"));
  EXPECT_EQ(variables.fill("{id}"), "b-c");
}

TEST(ContractPattern, OtherBracesAreText) {
  Variables variables;
  EXPECT_TRUE(variables.match("{}", "{}"));
  EXPECT_TRUE(variables.match(R"({"a": 1})", R"({"a": 1})"));
  EXPECT_EQ(variables.fill("{"), "{");
}

}  // namespace
}  // namespace conformance

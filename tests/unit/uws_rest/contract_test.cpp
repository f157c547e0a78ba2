// Runs those cases of tests/contract that need no engine, on the job tree alone.
#include "conformance/contract_run.h"
#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

class Contract : public TreeTest {};
FOR_SQLITE(Contract);

TEST_P(Contract, EachCaseHolds) {
  net::Client client;
  conformance::Options options;
  options.url = "http://127.0.0.1:" + std::to_string(port());
  options.authorization = "Basic " + *user_;
  std::size_t tried = 0;
  for (const conformance::ContractCase& contract_case : conformance::contract_cases()) {
    if (contract_case.needs_engine) continue;
    const auto why = conformance::run_case(client, options, contract_case);
    EXPECT_FALSE(why) << contract_case.numbers << ": " << contract_case.sentence << "\n" << *why;
    ++tried;
  }
  EXPECT_GT(tried, 40U);
  EXPECT_THAT(get("/jobs").body, Not(testing::HasSubstr("jobref"))) << "jobs are left";
}

}  // namespace
}  // namespace uws::rest

// Runs a case of the contract against a service. One thread; the jobs that it makes are deleted.
#pragma once

#include <optional>
#include <string>

#include "conformance/contract_case.h"
#include "conformance/suite.h"
#include "net/client.h"

namespace conformance {

/// Why it does not hold, with the line of its file.
std::optional<std::string> run_case(net::Client& client, const Options& options, const ContractCase& contract_case);

}  // namespace conformance

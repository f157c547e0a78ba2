// Runs one contract case against a service. One thread. The jobs that the case creates are deleted afterwards.
#pragma once

#include <optional>
#include <string>

#include "conformance/contract_case.h"
#include "conformance/suite.h"
#include "net/client.h"

namespace conformance {

/// The reason why the case fails, with the line in its file; nullopt if it holds.
std::optional<std::string> run_case(net::Client& client, const Options& options, const ContractCase& contract_case);

}  // namespace conformance

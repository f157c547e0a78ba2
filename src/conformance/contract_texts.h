// The files of tests/contract, as they were when the program was built.
#pragma once

#include <string_view>
#include <vector>

namespace conformance {

struct ContractText {
  std::string_view name;
  std::string_view content;
};

std::vector<ContractText> contract_texts();

}  // namespace conformance

// The contents of the files in tests/contract, compiled into the program.
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

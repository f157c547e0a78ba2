// What UWS promises, as text: cases of requests and of what their answers must be (tests/contract/*.case).
//
// A case begins with the numbers of docs/uws-contract.md that it stands for, whether the standard demands it (M) or we
// chose it (C), `engine` where a container must run or a task be judged, and a sentence:
//
//   case U2 M: a job that is deleted is gone
//   > POST {jobs}
//   >
//   > IMAGE={image}
//   < 303
//   < Location: {jobs}/{id}
//   > DELETE {jobs}/{id}
//   < 303
//   > GET {jobs}/{id}
//   < 404
//
// `>` is a request: its first line, its headers, an empty line, its body. Without a Content-Type each line of the body
// is one pair of a form, which is encoded for it; of multipart the lines end with CR LF, of all else with LF, the last
// one without.
// `<` is the answer: its status (`400 or 403`), then headers; `< !Name` is one that must not be there.
// `?` looks into its body: `? PLACE = PATTERN` or `? PLACE has TEXT`. PLACE is `text` for all of it; of XML an XPath
// without prefixes, of JSON a pointer (RFC 6901).
// `wait URL for PHASE` (or several, `PHASE or PHASE`) waits for a job's phase.
//
// `{name}` is a variable. In an answer one that has no value yet takes what stands there, up to the end of a path
// segment; `{*}` is any text. Given are {url}, {jobs} and {image}. Lines that begin with # are comments.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "util/result.h"

namespace conformance {

struct ContractRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> body;  // its lines
};

struct ContractStatus {
  std::vector<long> accepted;
};

struct ContractHeader {
  std::string name;
  std::string pattern;
  bool is_absent = false;
};

struct ContractPlace {
  std::string place;
  std::string expected;
  bool is_whole = true;  // false: `has`
};

struct ContractWait {
  std::string target;
  std::vector<std::string> phases;
};

struct ContractStep {
  std::size_t line = 0;
  std::variant<ContractRequest, ContractStatus, ContractHeader, ContractPlace, ContractWait> what;
};

struct ContractCase {
  std::string numbers;  // "U2 U60"
  bool is_demanded = false;
  bool needs_engine = false;
  std::string sentence;
  std::vector<ContractStep> steps;
};

/// invalid_argument tells the line.
util::Result<std::vector<ContractCase>> parse_contract(std::string_view text);

/// Those of tests/contract, which are part of the program.
const std::vector<ContractCase>& contract_cases();

}  // namespace conformance

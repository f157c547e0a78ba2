// The format of the contract cases (tests/contract/*.case): text files that list requests and what their responses must
// be. They test what docs/uws-contract.md promises. This header parses them.
//
// The first line of a case has the numbers of the clauses in docs/uws-contract.md that it tests; M if the standard
// demands them, or C if they are this project's choice; the word `engine` if a container must run or a task must be
// judged; and a sentence:
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
// `>` begins a line of the request: its request line, its headers, an empty line, its body. In a POST without a
// Content-Type, each line of the body is one name=value pair of a form, which is URL-encoded before it is sent. The
// lines of a multipart body end with CR LF. The lines of any other body are separated by LF.
// `<` begins a line of the response: first its status (`400 or 403`), then headers. `< !Name`: there is no such header.
// `?` checks the body of the response: `? PLACE = PATTERN` or `? PLACE has TEXT`. PLACE is `text` for the whole body,
// an XPath without namespace prefixes for XML, or a JSON pointer (RFC 6901) for JSON.
// `wait URL for PHASE` waits until a job has this phase, or one of several (`PHASE or PHASE`).
//
// `{name}` is a variable. If a variable in a response has no value yet, it gets the text at its place, up to the end of
// a path segment. `{*}` matches any text. {url}, {jobs} and {image} always have values.
// `#` begins a line that is a comment.
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
  std::vector<std::string> body;  // lines
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
  bool is_whole = true;  // true for `=`, false for `has`
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

/// `invalid_argument` for a malformed case; its message names the line.
util::Result<std::vector<ContractCase>> parse_contract(std::string_view text);

/// The cases of tests/contract, which are compiled into the program.
const std::vector<ContractCase>& contract_cases();

}  // namespace conformance

#include "conformance/contract_case.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "conformance/contract_texts.h"
#include "util/text.h"

namespace conformance {
namespace {

/// The text before the first `mark` and the text after it, both trimmed. nullopt if `mark` does not occur.
std::optional<std::pair<std::string, std::string>> halves(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == text.npos) return std::nullopt;
  return std::pair(std::string(util::trim(text.substr(0, at))), std::string(util::trim(text.substr(at + mark.size()))));
}

std::vector<std::string> alternatives(std::string_view text) {
  std::vector<std::string> all;
  while (const auto split = halves(text, " or ")) {
    all.push_back(split->first);
    text = text.substr(text.find(" or ") + 4);
  }
  all.emplace_back(util::trim(text));
  return all;
}

class Parser {
 public:
  util::Result<std::vector<ContractCase>> parse(std::string_view text) {
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      ++line_;
      RETURN_IF_ERROR(take(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(cases_);
  }

 private:
  util::Error wrong(std::string reason, std::string accepted) const {
    return util::Error::of(util::ErrorCode::invalid_argument,
                           util::Fault{"line " + std::to_string(line_), std::move(reason), std::move(accepted)});
  }

  util::Status take(std::string_view line) {
    if (util::trim(line).empty() || line.starts_with('#')) return {};
    if (line.starts_with("case ")) return begin_case(line.substr(5));
    if (cases_.empty()) return wrong("stands before the first case", "case NUMBERS M: SENTENCE");
    if (line.starts_with("wait ")) return take_wait(line.substr(5));
    const std::string_view content = line.size() > 1 && line[1] == ' ' ? line.substr(2) : line.substr(1);
    switch (line[0]) {
      case '>':
        return take_request(content);
      case '<':
        return take_answer(util::trim(content));
      case '?':
        return take_place(content);
      default:
        return wrong("is nothing that is known", "case, >, <, ?, wait or #");
    }
  }

  util::Status begin_case(std::string_view head) {
    const auto parts = halves(head, ":");
    const std::string accepted = "case U1 U2 M|C [engine]: SENTENCE";
    if (!parts || parts->second.empty()) return wrong("has no sentence", accepted);
    ContractCase made;
    made.sentence = parts->second;
    bool has_level = false;
    for (const std::string_view word : util::split(parts->first, ' ')) {
      if (word == "M" || word == "C") {
        made.is_demanded = word == "M";
        has_level = true;
      } else if (word == "engine") {
        made.needs_engine = true;
      } else if (word.starts_with('U') && util::parse_unsigned(word.substr(1)).has_value()) {
        made.numbers.append(made.numbers.empty() ? "" : " ").append(word);
      } else {
        return wrong("has the word '" + util::for_display(word) + "'", accepted);
      }
    }
    if (!has_level || made.numbers.empty()) return wrong("lacks a number, or M or C", accepted);
    cases_.push_back(std::move(made));
    part_ = Part::none;
    return {};
  }

  template <typename What>
  What& add(What what) {
    auto& steps = cases_.back().steps;
    steps.push_back({line_, std::move(what)});
    return std::get<What>(steps.back().what);
  }

  util::Status take_request(std::string_view content) {
    if (part_ == Part::headers && content.empty()) {
      part_ = Part::body;
    } else if (part_ == Part::headers) {
      auto header = halves(content, ":");
      if (!header) return wrong("is no header of a request", "> Name: value, or < STATUS, its answer, first");
      request().headers.push_back(*std::move(header));
    } else if (part_ == Part::body) {
      request().body.emplace_back(content);
    } else {
      auto words = halves(content, " ");
      if (!words || words->second.empty()) return wrong("is no request", "> METHOD TARGET");
      add(ContractRequest{words->first, words->second, {}, {}});
      part_ = Part::headers;
    }
    return {};
  }

  util::Status take_answer(std::string_view content) {
    if (part_ == Part::none) return wrong("is an answer to nothing", "> METHOD TARGET before it");
    if (part_ != Part::answer) {
      ContractStatus status;
      for (const std::string& word : alternatives(content)) {
        const auto number = util::parse_unsigned(word);
        if (!number || *number < 100 || *number > 599) return wrong("is no status", "< 303, or < 400 or 403");
        status.accepted.push_back(static_cast<long>(*number));
      }
      add(std::move(status));
      part_ = Part::answer;
      return {};
    }
    if (content.starts_with('!')) {
      add(ContractHeader{std::string(content.substr(1)), {}, true});
      return {};
    }
    auto header = halves(content, ":");
    if (!header) return wrong("is no header", "< Name: PATTERN, or < !Name");
    add(ContractHeader{header->first, header->second, false});
    return {};
  }

  util::Status take_place(std::string_view content) {
    if (part_ != Part::answer) return wrong("looks into no answer", "< STATUS before it");
    if (auto whole = halves(content, " = ")) {
      add(ContractPlace{whole->first, whole->second, true});
    } else if (content.ends_with(" =")) {
      add(ContractPlace{std::string(util::trim(content.substr(0, content.size() - 1))), {}, true});
    } else if (auto part = halves(content, " has ")) {
      add(ContractPlace{part->first, part->second, false});
    } else {
      return wrong("says nothing of the body", "? PLACE = PATTERN, or ? PLACE has TEXT");
    }
    return {};
  }

  util::Status take_wait(std::string_view content) {
    const auto parts = halves(content, " for ");
    if (!parts || parts->second.empty()) return wrong("does not say for what", "wait URL for PHASE [or PHASE]...");
    add(ContractWait{parts->first, alternatives(parts->second)});
    part_ = Part::none;
    return {};
  }

  ContractRequest& request() { return std::get<ContractRequest>(cases_.back().steps.back().what); }

  enum class Part { none, headers, body, answer };
  std::vector<ContractCase> cases_;
  std::size_t line_ = 0;
  Part part_ = Part::none;  // the part of the exchange that the next line may continue
};

}  // namespace

util::Result<std::vector<ContractCase>> parse_contract(std::string_view text) { return Parser().parse(text); }

const std::vector<ContractCase>& contract_cases() {
  static const std::vector<ContractCase> all = [] {
    std::vector<ContractCase> found;
    for (const ContractText& text : contract_texts()) {
      auto cases = parse_contract(text.content);
      // A unit test parses all files, so a malformed file here is a bug in the program.
      if (!cases.ok()) throw std::logic_error(std::string(text.name) + ": " + cases.error().message);
      found.insert(found.end(), cases->begin(), cases->end());
    }
    return found;
  }();
  return all;
}

}  // namespace conformance

#include "config/section.h"

#include <algorithm>
#include <utility>

#include "config/checks.h"
#include "util/quantity.h"
#include "util/text.h"

namespace config {
namespace {

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::string described(const Between& range) {
  const std::string from = range.minimum == Between{}.minimum ? "" : " from " + std::to_string(range.minimum);
  const std::string to = range.maximum == Between{}.maximum ? "" : " up to " + std::to_string(range.maximum);
  return "a whole number" + from + to;
}

std::string described(double minimum, double maximum) {
  return "a number from " + data::Node::number(minimum).text() + " up to " + data::Node::number(maximum).text();
}

/// The value or its type, for messages.
std::string kind_of(const data::Node& node) {
  switch (node.kind()) {
    case data::Kind::array:
      return "a list";
    case data::Kind::object:
      return "a mapping";
    case data::Kind::null:
      return "empty";
    default:
      return "'" + util::for_display(node.text()) + "'";
  }
}

bool is_token_hash(std::string_view text) {
  constexpr std::string_view prefix = "sha256:";
  return text.starts_with(prefix) && text.size() == prefix.size() + 64 &&
         text.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

}  // namespace

Section Section::child(std::string_view key) const {
  const data::Node* found = node_ == nullptr ? nullptr : node_->find(key);
  const bool located = found != nullptr && found->line() != 0;
  return {found, data::child_pointer(path_, key), located ? found->line() : line_};
}

std::vector<Section> Section::items() const {
  std::vector<Section> sections;
  if (node_ == nullptr) return sections;
  for (const data::Node& item : node_->items()) {
    sections.emplace_back(&item, data::child_pointer(path_, sections.size()), item.line() != 0 ? item.line() : line_);
  }
  return sections;
}

std::vector<std::pair<std::string, Section>> Section::members() const {
  std::vector<std::pair<std::string, Section>> sections;
  if (node_ == nullptr) return sections;
  for (const auto& [key, value] : node_->members()) {
    sections.emplace_back(key,
                          Section(&value, data::child_pointer(path_, key), value.line() != 0 ? value.line() : line_));
  }
  return sections;
}

Reader::Reader(const Section& section, Faults& faults) : section_(section), faults_(faults) {
  if (!section.present() || section.node()->is_object()) return;
  faults_.push_back(section.fault("is " + kind_of(*section.node()), "a mapping of keys to values"));
}

/// The value of a key; null when the key is absent or has no value. The latter is a fault.
const data::Node* Reader::value(std::string_view key, const std::string& accepted) {
  const Section child = section(key);
  if (child.node() == nullptr) return nullptr;
  if (child.present()) return child.node();
  faults_.push_back(child.fault("is empty", accepted + "; without the key its default stands"));
  return nullptr;
}

void Reader::refuse(std::string_view key, const data::Node& node, std::string accepted) {
  fault(key, "is " + kind_of(node), std::move(accepted));
}

void Reader::take(std::string_view key, std::string& target) {
  const data::Node* node = value(key, "a text");
  if (node == nullptr) return;
  if (auto text = node->as_string()) {
    target = *std::move(text);
  } else {
    refuse(key, *node, "a text");
  }
}

void Reader::take(std::string_view key, bool& target) {
  const data::Node* node = value(key, "true or false");
  if (node == nullptr) return;
  if (const auto truth = node->as_bool()) {
    target = *truth;
  } else {
    refuse(key, *node, "true or false");
  }
}

void Reader::take(std::string_view key, std::int64_t& target, Between range) {
  const data::Node* node = value(key, described(range));
  if (node == nullptr) return;
  const auto number = node->as_int();
  if (number && *number >= range.minimum && *number <= range.maximum) {
    target = *number;
  } else {
    refuse(key, *node, described(range));
  }
}

void Reader::take(std::string_view key, double& target, double minimum, double maximum) {
  const data::Node* node = value(key, described(minimum, maximum));
  if (node == nullptr) return;
  const auto number = node->as_double();
  if (number && *number >= minimum && *number <= maximum) {
    target = *number;
  } else {
    refuse(key, *node, described(minimum, maximum));
  }
}

void Reader::take(std::string_view key, std::vector<std::string>& target) {
  const data::Node* node = value(key, "a list of texts");
  if (node == nullptr) return;
  if (!node->is_array()) return refuse(key, *node, "a list of texts, such as [one, two]");
  std::vector<std::string> texts;
  for (const Section& item : section_.child(key).items()) {
    if (auto text = item.node()->as_string()) {
      texts.push_back(*std::move(text));
    } else {
      faults_.push_back(item.fault("is " + kind_of(*item.node()), "a text"));
    }
  }
  target = std::move(texts);
}

template <typename Quantity>
void Reader::take_quantity(std::string_view key, Quantity& target, util::Result<Quantity> (*parse)(std::string_view),
                           const std::string& accepted) {
  const data::Node* node = value(key, accepted);
  if (node == nullptr) return;
  if (!node->is_scalar()) return refuse(key, *node, accepted);
  const util::Result<Quantity> quantity = parse(node->text());
  if (quantity) {
    target = *quantity;
  } else {
    add_faults(*this, key, quantity.error());
  }
}

void Reader::take_duration(std::string_view key, std::chrono::seconds& target) {
  take_quantity(key, target, util::parse_duration, "a duration, such as 90s, 15m, 12h or 7d");
}

void Reader::take_bytes(std::string_view key, std::int64_t& target) {
  take_quantity(key, target, util::parse_bytes, "a size with its unit, such as 512M or 8G");
}

void Reader::take_token_hashes(std::string_view key, std::vector<std::string>& target) {
  take(key, target);
  const auto wrong = std::find_if_not(target.begin(), target.end(), is_token_hash);
  if (wrong == target.end()) return;
  const std::string which = "entry " + std::to_string(wrong - target.begin() + 1);  // never shown: it may be a secret
  fault(key, which + " is no hash", "\"sha256:\" and 64 hex digits each: printf %s TOKEN | sha256sum");
}

void Reader::take_word(std::string_view key, std::string& target, const std::vector<std::string_view>& words) {
  const data::Node* node = value(key, "one of " + joined(words));
  if (node == nullptr) return;
  const auto word = node->as_string();
  if (word && std::find(words.begin(), words.end(), *word) != words.end()) {
    target = *word;
  } else {
    refuse(key, *node, "one of " + joined(words));
  }
}

void Reader::take_schema(std::string_view key, std::optional<data::Schema>& target) {
  const Section taken = section(key);
  if (!taken.present()) return;
  auto schema = data::Schema::compile(*taken.node());
  if (!schema.ok()) return add(taken, schema.error());
  target = *std::move(schema);
}

void Reader::add(const Section& section, const util::Error& error) {
  for (const util::Fault& fault : error.faults) {
    faults_.push_back({section.line(), section.path() + fault.input, fault.reason, fault.accepted});
  }
}

Section Reader::section(std::string_view key) {
  known_.emplace_back(key);
  return section_.child(key);
}

bool Reader::has(std::string_view key) const { return section_.child(key).present(); }

void Reader::fault(std::string_view key, std::string reason, std::string accepted) {
  faults_.push_back(section_.child(key).fault(std::move(reason), std::move(accepted)));
}

void Reader::done() {
  std::sort(known_.begin(), known_.end());
  known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const auto& [key, member] : section_.members()) {
    if (std::binary_search(known.begin(), known.end(), std::string_view(key))) continue;
    const auto near = util::nearest(key, known);
    const std::string hint = near ? "; did you mean '" + std::string(*near) + "'?" : "";
    faults_.push_back(member.fault("is not a key here" + hint, known.empty() ? "no keys" : joined(known)));
  }
}

}  // namespace config

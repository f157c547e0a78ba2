// The shape that a document must have: a part of JSON Schema, with faults that say what would be accepted.
//
// Understood are type, enum, const, properties, required, additionalProperties (a boolean), items, minItems, maxItems,
// uniqueItems, minLength, maxLength, minimum, maximum; title, description, default, examples, $schema and $id are let
// be. Any other word is refused when the schema is read, so that none is silently without effect. There are no
// references and no patterns, at most 100 faults are told, and unique items are at most 1000: checking costs no more
// than reading. A plain value (of YAML, or of a form) is of each
// type that its text can be, and one where a list is wanted is a list of one. Constant after compile(); any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/node.h"
#include "util/result.h"

namespace data {

class Schema {
 public:
  /// Every fault of the schema itself, with its pointer below `pointer`.
  static util::Result<Schema> compile(const Node& schema, const std::string& pointer = {});

  /// Every fault of the value, with its pointer below `pointer`.
  std::vector<util::Fault> check(const Node& value, const std::string& pointer = {}) const;
  /// The value with the defaults of members that are not there.
  Node with_defaults(Node value) const;
  /// The value with plain scalars (of YAML, or of a form) made what is wanted in their places: a text, a list of one.
  Node settled(const Node& value) const;
  /// Members that `properties` does not name: there, and understood by nobody.
  std::vector<std::string> unnamed_members(const Node& value) const;

  const Node& source() const { return *source_; }

 private:
  explicit Schema(std::shared_ptr<const Node> source) : source_(std::move(source)) {}

  std::shared_ptr<const Node> source_;
};

}  // namespace data

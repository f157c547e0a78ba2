// Checks documents against a schema in a subset of JSON Schema. The faults say what would be accepted.
//
// Supported keywords: type, enum, const, properties, required, additionalProperties (a boolean), items, minItems,
// maxItems, uniqueItems, minLength, maxLength, minimum, maximum. title, description, default, examples, $schema and $id
// are accepted, but not checked. compile() refuses any other keyword, so that none is silently ignored. To keep checks
// cheap there are no references and no patterns, at most 100 faults are reported, and uniqueItems allows at most 1000
// items. A plain value (from YAML or a form) has each type that its text allows; where the schema wants an array, it
// counts as an array of one item. Immutable after compile(); any thread may call.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/node.h"
#include "util/result.h"

namespace data {

class Schema {
 public:
  /// `invalid_argument` with every fault of the schema itself. `pointer`: prefix of the JSON pointers in the faults.
  static util::Result<Schema> compile(const Node& schema, const std::string& pointer = {});

  /// The faults of the value. `pointer`: prefix of the JSON pointers in the faults.
  std::vector<util::Fault> check(const Node& value, const std::string& pointer = {}) const;
  /// The value, with the schema's defaults for members that are missing.
  Node with_defaults(Node value) const;
  /// The value, with plain scalars (from YAML or a form) converted where the schema wants a string or an array.
  Node coerced(const Node& value) const;
  /// The members of the value that `properties` does not name.
  std::vector<std::string> unnamed_members(const Node& value) const;

  const Node& source() const { return *source_; }

 private:
  explicit Schema(std::shared_ptr<const Node> source) : source_(std::move(source)) {}

  std::shared_ptr<const Node> source_;
};

}  // namespace data

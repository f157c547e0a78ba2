// Tests data::Schema, and compares its judgement with that of another implementation of JSON Schema.
#include "data/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace data {
namespace {

using testing::ElementsAre;

std::vector<std::string> faults_of(const std::string& schema, const std::string& value, bool as_yaml = false) {
  const auto compiled = Schema::compile(*parse_json(schema));
  if (!compiled.ok()) return {"schema: " + compiled.error().message};
  const auto document = as_yaml ? parse_yaml(value) : parse_json(value);
  std::vector<std::string> texts;
  for (const util::Fault& fault : compiled->check(*document)) texts.push_back(util::to_string(fault));
  return texts;
}

TEST(Schema, FaultsSayWhatWouldBeAccepted) {
  const std::string schema = R"({"type": "object", "required": ["name", "kind"], "additionalProperties": false,
      "properties": {"name": {"type": "string", "minLength": 2, "maxLength": 4},
                     "kind": {"enum": ["a", 1]},
                     "list": {"type": "array", "items": {"type": "integer", "maximum": 3}, "maxItems": 2, "uniqueItems": true}}})";
  EXPECT_THAT(faults_of(schema, "[]"), ElementsAre("is not an object (accepted: an object)"));
  EXPECT_THAT(faults_of(schema, R"({"name": "x", "kind": 2, "colour": 1})"),
              ElementsAre("/name: has 1 characters (accepted: at least 2)",
                          "/kind: 2 is not in the list (accepted: one of \"a\", 1)",
                          "/colour: is not known (accepted: name, kind, list)"));
  EXPECT_THAT(faults_of(schema, R"({"name": "ééé"})"), ElementsAre("/kind: is missing (accepted: one of \"a\", 1)"));
  EXPECT_THAT(faults_of(schema, R"({"name": "xx", "kind": "a", "list": [1, 1, 9]})"),
              ElementsAre("/list: has 3 values (accepted: at most 2)",
                          "/list/1: is in the list already (accepted: each value once)",
                          "/list/2: is too large (accepted: a number up to 3)"));
}

TEST(Schema, PlainValuesAreOfEachTypeThatTheirTextCanBe) {
  EXPECT_THAT(faults_of(R"({"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}})", "{a: 7, b: 7}", true),
              ElementsAre());
  EXPECT_THAT(faults_of(R"({"type": "array", "items": {"enum": ["md"]}})", "md", true), ElementsAre());
  EXPECT_THAT(faults_of(R"({"type": "integer"})", "\"7\"", true), testing::SizeIs(1));
}

TEST(Schema, WhatItWouldNotObeyIsRefused) {
  for (const char* schema : {R"({"pattern": "a*"})", R"({"$ref": "#/a"})", R"({"type": "float"})", R"({"enum": []})",
                             R"({"properties": {"a": 7}})", R"({"items": []})", R"({"minimum": "x"})",
                             R"({"maxItems": -1})", R"({"required": "a"})", "7"}) {
    EXPECT_FALSE(Schema::compile(*parse_json(schema)).ok()) << schema;
  }
}

TEST(Schema, AgreesWithAnotherReaderOfJsonSchema) {
  const std::vector<std::string> schemas{
      R"({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 1, "maximum": 3}}})",
      R"({"type": ["string", "null"], "minLength": 2, "maxLength": 3})",
      R"({"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": 2, "uniqueItems": true})",
      R"({"enum": [1, "a", null, [1], {"b": 2}]})",
      R"({"properties": {"a": {"const": 5}}, "additionalProperties": false})",
      R"({"type": "boolean"})",
  };
  const std::vector<std::string> values{
      "{}",
      R"({"a": 1})",
      R"({"a": 3.0})",
      R"({"a": 4})",
      R"({"a": 1.5})",
      R"({"a": "1"})",
      R"({"a": 5, "b": 1})",
      "null",
      "true",
      "false",
      "0",
      "1",
      "1.0",
      "\"a\"",
      "\"ab\"",
      "\"éé\"",
      "\"éééé\"",
      "[]",
      "[1]",
      "[1, 1.0]",
      "[1, 2]",
      "[1, 2, 3]",
      "[\"a\"]",
      R"({"b": 2})",
      R"({"a": 5})",
      "[[1]]",
  };
  for (const std::string& schema : schemas) {
    valijson::Schema other;
    const nlohmann::json parsed = nlohmann::json::parse(schema);
    valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(parsed), other);
    for (const std::string& value : values) {
      const nlohmann::json json = nlohmann::json::parse(value);
      const bool theirs = valijson::Validator().validate(other, valijson::adapters::NlohmannJsonAdapter(json), nullptr);
      EXPECT_EQ(faults_of(schema, value).empty(), theirs) << schema << " " << value;
    }
  }
}

TEST(Schema, FillsDefaults) {
  const auto schema = Schema::compile(*parse_yaml("{properties: {a: {default: x}, b: {default: 2}, c: {}}}"));
  EXPECT_EQ(to_json(schema->with_defaults(*parse_json(R"({"a": "y"})"))), R"({"a":"y","b":2})");
  EXPECT_THAT(schema->unnamed_members(*parse_json(R"({"a": 1, "z": 2})")), ElementsAre("z"));
}

}  // namespace
}  // namespace data

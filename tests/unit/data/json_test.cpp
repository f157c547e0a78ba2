#include <string>

#include <gtest/gtest.h>

#include "data/node.h"
#include "repeated.h"

namespace data {
namespace {

using namespace std::string_literals;

util::Error refused_json(std::string_view text, const Limits& limits = {}) {
  auto node = parse_json(text, limits);
  EXPECT_FALSE(node) << "not refused: " << text.substr(0, 100);
  return node ? util::Error{} : node.error();
}

TEST(Json, IsReadInItsOrder) {
  const std::string text = R"({"b":[1,-2,0.5,1e3],"a":{"x":"y"},"t":true,"n":null,"e":[],"o":{}})";
  const auto node = parse_json(text);
  ASSERT_TRUE(node) << node.error().message;
  EXPECT_EQ(to_json(*node), text);
  EXPECT_EQ(node->members()[0].first, "b");
  EXPECT_EQ(node->find("b")->items()[1].as_int(), -2);
  EXPECT_EQ(node->line(), 0U);
}

TEST(Json, AnyValueIsADocument) {
  EXPECT_EQ(parse_json(" \n 7 ")->as_int(), 7);
  EXPECT_EQ(parse_json("\"x\"")->as_string(), "x");
  EXPECT_TRUE(parse_json("null")->is_null());
}

TEST(Json, NumbersKeepTheirText) {
  const auto node = parse_json("[12345678901234567890123, 18446744073709551615, 1.10, 1.0, -0, -7]");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->items()[0].text(), "12345678901234567890123");
  EXPECT_EQ(node->items()[0].as_int(), std::nullopt);
  EXPECT_EQ(node->items()[1].text(), "18446744073709551615");
  EXPECT_EQ(node->items()[1].as_int(), std::nullopt);
  EXPECT_EQ(node->items()[2].text(), "1.10");
  EXPECT_EQ(node->items()[3].as_int(), std::nullopt);
  EXPECT_EQ(to_json(*node), "[12345678901234567890123,18446744073709551615,1.10,1.0,-0,-7]");
}

TEST(Json, StringsAreNeverNumbers) {
  const auto node = parse_json(R"(["7", "true"])");
  EXPECT_EQ(node->items()[0].as_int(), std::nullopt);
  EXPECT_EQ(node->items()[1].as_bool(), std::nullopt);
}

TEST(Json, ASyntaxErrorSaysWhere) {
  const util::Error error = refused_json("{\n  \"a\": 1,\n  \"b\" 2\n}");
  EXPECT_EQ(error.code, util::ErrorCode::invalid_argument);
  ASSERT_EQ(error.faults.size(), 1U);
  EXPECT_EQ(error.faults[0].input.substr(0, 17), "line 3, column 7,");
  EXPECT_NE(error.faults[0].reason.find("is not JSON"), std::string::npos);
  EXPECT_EQ(error.faults[0].reason.find("json.exception"), std::string::npos);
}

TEST(Json, WhatIsNotJsonIsRefused) {
  for (const std::string& text :
       {""s,      " "s,     "{"s,     "["s,        "[1,]"s,     "{\"a\":1,}"s, "{a:1}"s,       "'a'"s,
        "[1 2]"s, "1 2"s,   "{} {}"s, "nul"s,      "NaN"s,      "Infinity"s,   "01"s,          "+1"s,
        ".5"s,    "1."s,    "0x1"s,   "// x\n1"s,  "\"a\nb\""s, "\"\\x41\""s,  "\"\\ud800\""s, "\"\\udc00\""s,
        "\"a"s,   "1e999"s, "[1]\0"s, "\xFE\xFF"s, "\xEF\xBB"s}) {
    EXPECT_EQ(refused_json(text).code, util::ErrorCode::invalid_argument) << text;
  }
}

TEST(Json, DuplicateKeysOfALargeObjectAreRefusedToo) {
  std::string text = "{";
  for (int i = 0; i < 40; ++i) text += "\"k" + std::to_string(i) + "\":1,";
  EXPECT_TRUE(parse_json(text + "\"last\":1}").ok());
  for (const auto* twice : {"k0", "k15", "k16", "k39"}) {
    EXPECT_EQ(refused_json(text + "\"" + twice + "\":2}").faults[0].reason, "is given twice") << twice;
  }
}

TEST(Json, DuplicateKeysAreRefusedWithTheirPointer) {
  const util::Error error = refused_json(R"({"env":[{"A":1,"B":2,"A":3}]})");
  EXPECT_EQ(error.message, "/env/0/A: is given twice (accepted: each key once)");
  EXPECT_EQ(refused_json(R"({"A":1,"\u0041":3})").faults[0].reason, "is given twice");
  EXPECT_TRUE(parse_json(R"({"a":{"a":1},"b":{"a":1}})").ok());
}

TEST(Json, NulIsRefusedInValuesAndKeys) {
  EXPECT_EQ(refused_json(R"({"a":"x\u0000y"})").message, "/a: holds a NUL character (accepted: text without NUL)");
  EXPECT_EQ(refused_json(R"({"a\u0000b":1})").faults[0].reason, "holds a NUL character");
  EXPECT_EQ(refused_json("\"a\0b\""s).message, "line 1, column 3: holds a NUL character (accepted: text without NUL)");
  EXPECT_EQ(refused_json("[1]\n\0 and more"s).faults[0].input, "line 2, column 1");
}

TEST(Json, BadUtf8IsRefused) {
  for (const std::string& bytes : {"\xFF"s, "\xC0\xAF"s, "\xED\xA0\x80"s, "\xF4\x90\x80\x80"s, "\xE2\x82"s}) {
    refused_json("[\"" + bytes + "\"]");
    refused_json("{\"" + bytes + "\":1}");
  }
}

TEST(Json, DepthIsBounded) {
  EXPECT_TRUE(parse_json(repeated("[", 64) + repeated("]", 64)).ok());
  const util::Error error = refused_json(repeated("[", 65) + repeated("]", 65));
  EXPECT_EQ(error.code, util::ErrorCode::too_large);
  EXPECT_EQ(error.faults[0].accepted, "at most 64 levels");
  EXPECT_EQ(refused_json(repeated("[", 500'000)).code, util::ErrorCode::too_large);
  EXPECT_EQ(refused_json(repeated("{\"a\":", 100'000)).code, util::ErrorCode::too_large);
  EXPECT_FALSE(parse_json("[[1]]", {.depth = 2}).ok());
  EXPECT_TRUE(parse_json("[[]]", {.depth = 2}).ok());
}

TEST(Json, CountIsBounded) {
  EXPECT_TRUE(parse_json("[1,2,3]", {.nodes = 4}).ok());
  EXPECT_EQ(refused_json("[1,2,3]", {.nodes = 3}).code, util::ErrorCode::too_large);
  EXPECT_EQ(refused_json("[" + repeated("0,", 200'000) + "0]").code, util::ErrorCode::too_large);
}

TEST(Json, SizeIsBounded) {
  EXPECT_TRUE(parse_json("\"1234\"", {.bytes = 6}).ok());
  EXPECT_EQ(refused_json("\"12345\"", {.bytes = 6}).message, "has 7 bytes (accepted: at most 6 bytes)");
}

TEST(Json, ManyKeysAreReadInNoTime) {
  std::string text = "{";
  for (int i = 0; i < 60'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  text += "\"k0\":1}";
  EXPECT_EQ(refused_json(text).faults[0].input, "/k0");
}

TEST(Json, MessagesAreShortWhateverCameIn) {
  EXPECT_LT(refused_json("[" + std::string(500'000, 'x')).message.size(), 1000U);
  EXPECT_LT(refused_json("{\"" + std::string(300'000, 'k') + "\":\"\\u0000\"}").message.size(), 1000U);
}

}  // namespace
}  // namespace data

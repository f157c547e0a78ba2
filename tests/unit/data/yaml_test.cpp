#include <string>

#include <gtest/gtest.h>

#include "data/node.h"
#include "repeated.h"

namespace data {
namespace {

using namespace std::string_literals;

util::Error refused_yaml(std::string_view text, const Limits& limits = {}) {
  auto node = parse_yaml(text, limits);
  EXPECT_FALSE(node) << "not refused: " << text.substr(0, 100);
  return node ? util::Error{} : node.error();
}

std::string reason(std::string_view text) {
  const util::Error error = refused_yaml(text);
  return error.faults.empty() ? "" : error.faults[0].reason;
}

std::string as_json(std::string_view text) {
  const auto node = parse_yaml(text);
  return node ? to_json(*node) : node.error().message;
}

TEST(Yaml, IsReadInItsOrder) {
  EXPECT_EQ(as_json("b: [1, x]\na:\n  - y: 1\n    z: 'q'\n  - |\n    two\n    lines\n"),
            R"({"b":[1,"x"],"a":[{"y":1,"z":"q"},"two\nlines\n"]})");
}

TEST(Yaml, JsonIsYaml) { EXPECT_EQ(as_json(R"({"a": [1, "2", null]})"), R"({"a":[1,"2",null]})"); }

TEST(Yaml, NothingIsNull) {
  EXPECT_TRUE(parse_yaml("")->is_null());
  EXPECT_TRUE(parse_yaml("# only a remark\n")->is_null());
  EXPECT_TRUE(parse_yaml("a:\nb: ~\n")->find("a")->is_null());
  EXPECT_TRUE(parse_yaml("a:\nb: ~\n")->find("b")->is_null());
}

TEST(Yaml, ScalarsAreNotGuessed) {
  const auto node = parse_yaml("version: 1.10\ncountry: no\nzip: 00123\nquoted: '42'\n80: port\n");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->find("version")->as_string(), "1.10");
  EXPECT_EQ(node->find("country")->as_string(), "no");
  EXPECT_EQ(node->find("country")->as_bool(), std::nullopt);
  EXPECT_EQ(node->find("zip")->as_int(), std::nullopt);
  EXPECT_EQ(node->find("zip")->as_string(), "00123");
  EXPECT_EQ(node->find("quoted")->kind(), Kind::string);
  EXPECT_EQ(node->find("quoted")->as_int(), std::nullopt);
  EXPECT_NE(node->find("80"), nullptr);
}

TEST(Yaml, QuotedNullIsAText) {
  const auto node = parse_yaml("[null, 'null', \"\", '~']");
  EXPECT_TRUE(node->items()[0].is_null());
  EXPECT_EQ(node->items()[1].as_string(), "null");
  EXPECT_EQ(node->items()[2].as_string(), "");
  EXPECT_EQ(node->items()[3].as_string(), "~");
}

TEST(Yaml, EveryValueKnowsItsLine) {
  const auto node = parse_yaml("# first\nhttp:\n  port: 80\n  hosts:\n    - a\n    - b\nlast: {x: 1,\n  y: 2}\n");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->line(), 2U);
  const Node& http = *node->find("http");
  EXPECT_EQ(http.line(), 2U);  // the line of its key
  EXPECT_EQ(http.find("port")->line(), 3U);
  EXPECT_EQ(http.find("port")->column(), 3U);
  EXPECT_EQ(http.find("hosts")->items()[1].line(), 6U);
  EXPECT_EQ(node->find("last")->find("x")->line(), 7U);
  EXPECT_EQ(node->find("last")->find("y")->line(), 8U);
}

TEST(Yaml, ASyntaxErrorSaysWhere) {
  Place place;
  const auto node = parse_yaml("a: 1\nb: [1,\nc: 2\n", {}, &place);
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().code, util::ErrorCode::invalid_argument);
  EXPECT_GE(place.line, 2U);
  EXPECT_EQ(node.error().faults[0].input.substr(0, 5), "line ");
  EXPECT_NE(node.error().message.find("is not YAML"), std::string::npos);
}

TEST(Yaml, WhatIsNotYamlIsRefused) {
  for (const char* text : {"a: b: c", "[1, 2", "{a: 1", "'a", "\"a", "a: 1\n b: 2", "- 1\na: 2", "@a", "`a",
                           "%YAML 2.0\n---\na", "*a", "a: \"\\q\"", "a: \"\\uD800\"", "\ta: 1", "]", "a: |x\n b"}) {
    EXPECT_EQ(refused_yaml(text).code, util::ErrorCode::invalid_argument) << text;
  }
}

TEST(Yaml, WhatWasCutOffIsRefused) {
  for (const char* text : {"a: 1\nb: 'x\n", "a: 1\nb: 'x", "a: 1\nb: \"x\n\n", "a: 1\nb: [1,\n", "a: 1\nb: {x: [\n"}) {
    EXPECT_EQ(reason(text), "is not YAML: ends too early") << text;
  }
  EXPECT_EQ(as_json("a: |\n  x\n\n"), R"({"a":"x\n"})");
  EXPECT_EQ(as_json("a: |+\n  x\n\n"), R"({"a":"x\n\n"})");
  EXPECT_EQ(as_json("a: 1\n..."), R"({"a":1})");
  EXPECT_EQ(as_json("a: 1\n...\n# end"), R"({"a":1})");
}

TEST(Yaml, DuplicateKeysAreRefusedWithTheirPlace) {
  Place place;
  const auto node = parse_yaml("env:\n  - A: 1\n    B: 2\n    A: 3\n", {}, &place);
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().message, "line 4, column 5, /env/0/A: is given twice (accepted: each key once)");
  EXPECT_EQ(place.line, 4U);
  EXPECT_EQ(reason("{a: 1, 'a': 2}"), "is given twice");
}

TEST(Yaml, SeveralDocumentsAreRefused) {
  EXPECT_EQ(reason("a: 1\n---\nb: 2\n"), "is a second document");
  EXPECT_EQ(as_json("---\na: 1\n...\n"), R"({"a":1})");
}

TEST(Yaml, MergeKeysAreRefusedWithAWord) {
  EXPECT_EQ(reason("a: &x {k: 1}\nb:\n  <<: *x\n"), "is a merge key, which is not understood here");
  EXPECT_EQ(as_json("'<<': 1"), R"({"<<":1})");
}

TEST(Yaml, TagsAreRefused) {
  EXPECT_EQ(reason("a: !!str 5"), "has the tag 'tag:yaml.org,2002:str'");
  EXPECT_EQ(reason("a: !secret x"), "has the tag '!secret'");
  EXPECT_EQ(reason("a: !!set {x}"), "has the tag 'tag:yaml.org,2002:set'");
  EXPECT_EQ(reason("!!int 5: x"), "has the tag 'tag:yaml.org,2002:int'");
}

TEST(Yaml, KeysAreTexts) {
  EXPECT_EQ(reason("? [a, b]\n: 1"), "is a list or mapping as key");
  EXPECT_EQ(reason("? {a: b}\n: 1"), "is a list or mapping as key");
  EXPECT_EQ(reason("~: 1"), "is a key without a text");
  EXPECT_EQ(reason("a: &x k\n*x : 1"), "is an alias as key");
  EXPECT_EQ(reason("&x k: 1"), "is an anchor on a key");
}

TEST(Yaml, AliasesAreCopies) {
  EXPECT_EQ(as_json("a: &x {k: [1]}\nb: *x\nc: &y z\nd: *y\n"), R"({"a":{"k":[1]},"b":{"k":[1]},"c":"z","d":"z"})");
}

TEST(Yaml, AnAnchorGivenAgainIsTheLaterOne) { EXPECT_EQ(as_json("[&a 1, *a, &a 2, *a]"), "[1,1,2,2]"); }

TEST(Yaml, AnAliasToItsOwnTreeIsRefused) {
  EXPECT_EQ(reason("a: &x [*x]"), "is an alias to what it stands in");
  EXPECT_EQ(reason("&x a: 1\nb: *x"), "is an anchor on a key");
  EXPECT_EQ(reason("a: &x {b: {c: *x}}"), "is an alias to what it stands in");
}

TEST(Yaml, ABillionLaughsAreCounted) {
  std::string text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + repeated(", " + before, 9) + "]\n";
  }
  EXPECT_EQ(refused_yaml(text).code, util::ErrorCode::too_large);
}

TEST(Yaml, ALongTextRepeatedIsCounted) {
  EXPECT_EQ(refused_yaml("a: &x " + std::string(100'000, 'x') + "\nb: [*x" + repeated(", *x", 1000) + "]\n").code,
            util::ErrorCode::too_large);
}

TEST(Yaml, AnchorsInAnchorsAreCounted) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "&a" + std::to_string(i) + " [";
  text += repeated("0,", 20'000) + "0" + repeated("]", 60);
  EXPECT_EQ(refused_yaml(text).code, util::ErrorCode::too_large);
}

TEST(Yaml, AliasesDoNotPassTheDepth) {
  EXPECT_TRUE(parse_yaml("[&x [[1]], *x]", {.depth = 4}).ok());
  EXPECT_EQ(refused_yaml("[&x [[1]], [*x]]", {.depth = 4}).code, util::ErrorCode::too_large);
}

TEST(Yaml, DepthIsBounded) {
  EXPECT_TRUE(parse_yaml(repeated("[", 64) + repeated("]", 64)).ok());
  EXPECT_EQ(refused_yaml(repeated("[", 65) + repeated("]", 65)).code, util::ErrorCode::too_large);
  EXPECT_FALSE(parse_yaml(repeated("[", 300'000)).ok());
  EXPECT_FALSE(parse_yaml(repeated("{a: ", 100'000)).ok());
  EXPECT_FALSE(parse_yaml(repeated("- ", 100'000)).ok());
  EXPECT_FALSE(parse_yaml(repeated("? ", 100'000)).ok());
  std::string nested;
  for (std::size_t i = 0; i < 700; ++i) nested += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(refused_yaml(nested).code, util::ErrorCode::too_large);
}

TEST(Yaml, CountAndSizeAreBounded) {
  EXPECT_TRUE(parse_yaml("[1, 2, 3]", {.nodes = 4}).ok());
  EXPECT_EQ(refused_yaml("[1, 2, 3]", {.nodes = 3}).code, util::ErrorCode::too_large);
  EXPECT_EQ(refused_yaml("abcd", {.bytes = 3}).message, "has 4 bytes (accepted: at most 3 bytes)");
}

TEST(Yaml, BadBytesAreRefusedWithTheirLine) {
  for (const std::string& bytes : {"\xFF"s, "\xC0\xAF"s, "\xED\xA0\x80"s, "\0"s, "\x04"s, "\x1B"s}) {
    Place place;
    const auto node = parse_yaml("a: 1\nb: x" + bytes + "\nc: 3\n", {}, &place);
    ASSERT_FALSE(node);
    EXPECT_EQ(place.line, 2U);
  }
  refused_yaml(
      "\xFF\xFE"
      "a\0"s);
  refused_yaml("\xFE\xFF\0a"s);
}

TEST(Yaml, NulByEscapeIsRefused) {
  EXPECT_EQ(reason(R"(a: "x\0y")"), "holds a NUL character");
  EXPECT_EQ(reason(R"(a: "x\x00y")"), "holds a NUL character");
  EXPECT_EQ(reason(R"("x\u0000y": 1)"), "holds a NUL character");
}

TEST(Yaml, AByteOrderMarkIsSkipped) {
  EXPECT_EQ(as_json("\xEF\xBB\xBF"
                    "a: 1"),
            R"({"a":1})");
}

TEST(Yaml, MessagesAreShortWhateverCameIn) {
  EXPECT_LT(refused_yaml("a: !" + std::string(300'000, 't') + " x").message.size(), 1000U);
  EXPECT_LT(refused_yaml("? " + std::string(300'000, 'k') + "\n: \"\\0\"").message.size(), 1000U);
}

TEST(YamlOut, IsReadAsItWasWritten) {
  const auto node = parse_json(
      R"({"no": "yes", "text": "1.10", "n": 1.5, "list": ["a", {"b": null}], "empty": {}, "none": [], "odd key": true, "line": "a\nb: c"})");
  const std::string yaml = to_yaml(*node);
  const auto again = parse_yaml(yaml);
  ASSERT_TRUE(again.ok()) << yaml;
  EXPECT_EQ(to_json(*again), to_json(*node)) << yaml;
}

// Other YAML readers insist on these rules: YAML 1.2, section 7.4.2, and YAML 1.1, section 5.1.
TEST(YamlOut, LongKeysAndControlCharactersAreWrittenAsOthersReadThem) {
  const std::string key(2000, 'k');
  Node node = Node::object();
  node.set(key, Node::string("a\x7F\xC3\xB8"));
  const std::string yaml = to_yaml(node);
  EXPECT_EQ(yaml.substr(0, 3), "? k") << yaml;
  EXPECT_EQ(yaml.find('\x7F'), std::string::npos) << yaml;
  const auto again = parse_yaml(yaml);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(to_json(*again), to_json(node));
}

}  // namespace
}  // namespace data

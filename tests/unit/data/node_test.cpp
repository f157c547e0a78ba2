#include "data/node.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace data {
namespace {

Node plain(const std::string& text) { return *parse_yaml("[" + text + "]")->items().begin(); }

TEST(Node, MadeByProgram) {
  Node root = Node::object();
  root.set("text", Node::string("a\"b"));
  root.set("count", Node::number(std::int64_t{-3}));
  root.set("share", Node::number(0.5));
  root.set("flag", Node::boolean(true));
  root.set("none", Node::null());
  root.set("list", Node::array()).push(Node::string("x"));
  EXPECT_EQ(to_json(root), R"({"text":"a\"b","count":-3,"share":0.5,"flag":true,"none":null,"list":["x"]})");
}

TEST(Node, SetReplacesAndKeepsThePlace) {
  Node root = Node::object();
  root.set("a", Node::string("1"));
  root.set("b", Node::string("2"));
  root.set("a", Node::string("3"));
  EXPECT_EQ(to_json(root), R"({"a":"3","b":"2"})");
  ASSERT_NE(root.find("b"), nullptr);
  EXPECT_EQ(root.find("b")->as_string(), "2");
  EXPECT_EQ(root.find("c"), nullptr);
}

TEST(Node, NumbersThatAreNotFiniteAreNull) {
  EXPECT_TRUE(Node::number(std::nan("")).is_null());
  EXPECT_TRUE(Node::number(std::numeric_limits<double>::infinity()).is_null());
}

TEST(Node, EachKindIsReadAsItself) {
  EXPECT_EQ(Node::boolean(false).as_bool(), false);
  EXPECT_EQ(Node::boolean(false).as_string(), std::nullopt);
  EXPECT_EQ(Node::number(std::int64_t{7}).as_int(), 7);
  EXPECT_EQ(Node::number(std::int64_t{7}).as_double(), 7.0);
  EXPECT_EQ(Node::number(std::int64_t{7}).as_string(), std::nullopt);
  EXPECT_EQ(Node::number(0.5).as_int(), std::nullopt);
  EXPECT_EQ(Node::string("7").as_int(), std::nullopt);
  EXPECT_EQ(Node::string("true").as_bool(), std::nullopt);
  EXPECT_EQ(Node::null().as_string(), std::nullopt);
  EXPECT_TRUE(Node::string("").is_scalar());
  EXPECT_FALSE(Node::null().is_scalar());
}

TEST(Node, APlainScalarIsWhatItsTextCanBe) {
  EXPECT_EQ(plain("true").as_bool(), true);
  EXPECT_EQ(plain("true").as_string(), "true");
  EXPECT_EQ(plain("42").as_int(), 42);
  EXPECT_EQ(plain("42").as_double(), 42.0);
  EXPECT_EQ(plain("42").as_string(), "42");
  EXPECT_EQ(plain("1.10").as_string(), "1.10");
  EXPECT_EQ(plain("1.10").as_double(), 1.1);
  EXPECT_EQ(plain("1.10").text(), "1.10");
}

TEST(Node, IntegersAreDecimalAndOfSixtyFourBits) {
  EXPECT_EQ(plain("-9223372036854775808").as_int(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(plain("9223372036854775807").as_int(), std::numeric_limits<std::int64_t>::max());
  for (const char* text :
       {"9223372036854775808", "00123", "1_000", "0x1F", "0o17", "+1", "1.0", "1e3", "-", "--1", "1 2"}) {
    EXPECT_EQ(plain(text).as_int(), std::nullopt) << text;
  }
}

TEST(Node, DoublesAreWrittenAsInJson) {
  EXPECT_EQ(plain("-1.5e-3").as_double(), -0.0015);
  EXPECT_EQ(plain("9223372036854775808").as_double(), 9223372036854775808.0);
  for (const char* text :
       {".5", "1.", "01.5", "+1.5", ".inf", ".nan", "inf", "nan", "0x1p3", "1e", "1e+", "1e999", "1_0.5"}) {
    EXPECT_EQ(plain(text).as_double(), std::nullopt) << text;
  }
}

TEST(Node, BooleansAreTrueAndFalseOnly) {
  for (const char* text : {"yes", "no", "on", "off", "True", "TRUE", "y", "1"}) {
    EXPECT_EQ(plain(text).as_bool(), std::nullopt) << text;
    EXPECT_EQ(plain(text).as_string(), text);
  }
}

TEST(Pointer, EscapesAsRfc6901Says) {
  EXPECT_EQ(child_pointer("", "engines"), "/engines");
  EXPECT_EQ(child_pointer("/engines", std::size_t{0}), "/engines/0");
  EXPECT_EQ(child_pointer("/env", "a/b~c"), "/env/a~1b~0c");
  EXPECT_EQ(child_pointer("", ""), "/");
}

TEST(ToJson, PlainScalarsAreStringsUnlessTheyAreJson) {
  const auto node = parse_yaml("[1, 1.10, true, null, no, 00123, 1e999, .5, 'true', '1', 12345678901234567890123]");
  ASSERT_TRUE(node);
  EXPECT_EQ(to_json(*node), R"([1,1.10,true,null,"no","00123","1e999",".5","true","1",12345678901234567890123])");
}

TEST(ToJson, StringsAreEscapedAndAlwaysUtf8) {
  EXPECT_EQ(to_json(Node::string("a\\\"\n\r\t\x01\x7F\u00E9/")), "\"a\\\\\\\"\\n\\r\\t\\u0001\\u007f\u00E9/\"");
  EXPECT_EQ(to_json(Node::string("a\xFF")), "\"a\uFFFD\"");
}

}  // namespace
}  // namespace data

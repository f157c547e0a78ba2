#include "util/text.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace util {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

TEST(Text, CaseIsAsciiOnly) {
  EXPECT_EQ(to_lower("ÄBC-1z"), "Äbc-1z");
  EXPECT_EQ(to_upper("äbc-1Z"), "äBC-1Z");
  EXPECT_TRUE(iequals("Content-TYPE", "content-type"));
  EXPECT_FALSE(iequals("abc", "abcd"));
  EXPECT_FALSE(iequals("[", "{"));
}

TEST(Text, TrimTakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, SplitKeepsEmptyPieces) {
  EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",", ','), ElementsAre("", ""));
}

TEST(Text, UnsignedNumbersAreDigitsOnly) {
  EXPECT_EQ(parse_unsigned("0"), 0U);
  EXPECT_EQ(parse_unsigned("18446744073709551615"), 18446744073709551615U);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616", "one"}) {
    EXPECT_EQ(parse_unsigned(text), std::nullopt) << text;
  }
}

TEST(Utf8, ValidTextIsTaken) {
  for (const char* text : {"", "abc", "\u00E9", "\u20AC", "\U0001F600", "\uFFFD", "\U0010FFFF", "\uD7FF", "\uE000"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  EXPECT_TRUE(is_utf8("\0"s));
}

TEST(Utf8, BadBytesAreFound) {
  const std::vector<std::string> bad{
      "\x80",  // a continuation byte without its start
      "\xC0\xAF",
      "\xC1\xBF",  // overlong '/'
      "\xE0\x80\xAF",
      "\xF0\x80\x80\xAF",  // longer overlong '/'
      "\xED\xA0\x80",      // a surrogate
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF5\x80\x80\x80",
      "\xFF",
      "\xFE",
      "\xC3",
      "\xE2\x82",
      "\xF0\x9F\x98",  // incomplete
      "\xC3(",
      "\xE2\x28\xA1",
  };
  for (const std::string& text : bad) EXPECT_FALSE(is_utf8("a" + text)) << to_hex(text);
}

TEST(XmlText, ControlCharactersCannotBeCarried) {
  EXPECT_TRUE(is_xml_text("a\tb\nc\rd \u00E9"));
  EXPECT_FALSE(is_xml_text("a\x01"));
  EXPECT_FALSE(is_xml_text("a\0"s));
  EXPECT_FALSE(is_xml_text("\x1B[31m"));
  EXPECT_FALSE(is_xml_text("\uFFFE"));
  EXPECT_FALSE(is_xml_text("\xFF"));
}

TEST(XmlText, WhatCannotBeCarriedIsReplaced) {
  EXPECT_EQ(to_xml_text("a\x01"
                        "b\xFF"
                        "c\u00E9"),
            "a\uFFFDb\uFFFDc\u00E9");
  EXPECT_EQ(to_xml_text("\xE2\x82"), "\uFFFD\uFFFD");
  EXPECT_TRUE(is_xml_text(to_xml_text("\0\x01\xF4\x90\x80\x80\xED\xA0\x80"s)));
}

TEST(Utf8, BadBytesAreReplacedAndNothingElse) { EXPECT_EQ(to_utf8("a\x01\xFF\u00E9"), "a\x01\uFFFD\u00E9"); }

TEST(Shown, IsShortAndWholeCharacters) {
  EXPECT_EQ(for_display("abc"), "abc");
  EXPECT_EQ(for_display("abcdef", 6), "abcdef");
  EXPECT_EQ(for_display("abcdefg", 6), "abcdef...");
  EXPECT_EQ(for_display("aaaaa\u20AC", 6), "aaaaa...");
  EXPECT_EQ(for_display(std::string(1'000'000, 'x')).size(), 83U);
}

TEST(Shown, ObeysNoTerminal) {
  EXPECT_EQ(for_display("a\x1B[2Jb\nc\td\x7F"), "a\uFFFD[2Jb c d\uFFFD");
  EXPECT_EQ(for_display("\u009B2J"), "\uFFFD2J");  // the one-character form of ESC [
  EXPECT_EQ(for_display("\xFF"), "\uFFFD");
}

TEST(Percent, IsDecoded) {
  EXPECT_EQ(percent_decode("a%20b%2Fc%c3%A9"), "a b/c\u00E9");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("%00"), "\0"s);
}

TEST(Percent, BrokenEscapesAreRefused) {
  for (const char* text : {"%", "%4", "a%", "%zz", "%4g", "%%41", "% 41"})
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
}

TEST(Percent, IsEncodedAndComesBack) {
  EXPECT_EQ(percent_encode("a b/~"), "a%20b%2F~");
  EXPECT_EQ(percent_encode("a b/~", "/"), "a%20b/~");
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(percent_decode(percent_encode(bytes)), bytes);
}

TEST(Hex, IsLowerCase) { EXPECT_EQ(to_hex("\x00\xAF\x10"s), "00af10"); }

// The test vectors of RFC 4648, section 10.
TEST(Base64, AgreesWithTheStandard) {
  const std::vector<std::pair<std::string, std::string>> pairs{{"", ""},
                                                               {"f", "Zg=="},
                                                               {"fo", "Zm8="},
                                                               {"foo", "Zm9v"},
                                                               {"foob", "Zm9vYg=="},
                                                               {"fooba", "Zm9vYmE="},
                                                               {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : pairs) {
    EXPECT_EQ(to_base64(plain), encoded);
    EXPECT_EQ(from_base64(encoded), plain);
    EXPECT_EQ(from_base64(encoded.substr(0, encoded.find('='))), plain);
  }
}

TEST(Base64, EveryByteComesBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
}

TEST(Base64, AnythingElseIsRefused) {
  for (const char* text : {"Z", "Zg=", "Zg===", "Zm8==", "=",
                           "==", "====", "Zm9v=", "Zm9v====", "Zg==Zg==", "Z g=", "Zm9v\n", "Zm-_", "Zh==", "Zm9="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(Base64, ForUrlsItHasItsOwnLettersAndNoPadding) {
  EXPECT_EQ(from_base64url(""), "");
  EXPECT_EQ(from_base64url("Zg"), "f");
  EXPECT_EQ(from_base64url("-_8"), "\xFB\xFF");
  for (const char* text : {"Zg==", "+/8", "-_8=", "Z", "Zh", "Z g", "Zg\n", "Zg.", "\xC3\xA1"}) {
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  }
}

TEST(ConstantTime, ComparesWholeTexts) {
  EXPECT_TRUE(equals_in_constant_time("", ""));
  EXPECT_TRUE(equals_in_constant_time("secret", "secret"));
  EXPECT_FALSE(equals_in_constant_time("secret", "secreT"));
  EXPECT_FALSE(equals_in_constant_time("secret", "secre"));
  EXPECT_FALSE(equals_in_constant_time("", "s"));
}

TEST(Nearest, FindsASlipOfTheHand) {
  const std::vector<std::string_view> names{"IMAGE", "ENV", "MEMORY", "CORES"};
  EXPECT_EQ(nearest("IMAGES", names), "IMAGE");
  EXPECT_EQ(nearest("imgae", names), "IMAGE");
  EXPECT_EQ(nearest("memroy", names), "MEMORY");
  EXPECT_EQ(nearest("core", names), "CORES");
}

TEST(Nearest, FindsNothingForAStranger) {
  const std::vector<std::string_view> names{"IMAGE", "ENV"};
  EXPECT_EQ(nearest("QUERY", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
  EXPECT_EQ(nearest("x", names), std::nullopt);
  EXPECT_EQ(nearest("IMAGE", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), names), std::nullopt);
}

}  // namespace
}  // namespace util

#include "identity/names.h"

#include <set>

#include <gmock/gmock.h>

#include "util/text.h"

namespace identity {
namespace {

TEST(Names, U65_SourcesNeverMeet) {
  EXPECT_EQ(outside_name("iam", "ada"), "iam:ada");
  EXPECT_FALSE(is_local_name("iam:ada"));
  EXPECT_FALSE(is_source_name("iam:x"));  // so the first colon of a name always ends its source
  EXPECT_NE(outside_name("a", "b:c"), outside_name("a-b", "c"));
}

TEST(Names, U65_DifferentNamesAreWrittenDifferently) {
  // Names that a person, a database or a log could take for the same.
  const std::set<std::string> names{"ada",
                                    "Ada",
                                    "ADA",
                                    " ada",
                                    "ada ",
                                    "a da",
                                    "a  da",
                                    "ada\t",
                                    "ada\n",
                                    "ada\r\n",
                                    "ad\xC3\xA1",
                                    "ad"
                                    "a\xCC\x81",
                                    "%61da",
                                    "%2561da",
                                    "ada\xE2\x80\x8B",
                                    "\xE2\x80\xAE"
                                    "ada",
                                    "\xD0\xB0"
                                    "da",
                                    "ada\x7F",
                                    "ada\xC2\x85",
                                    "ada\xFF",
                                    "ada\xC0\x80",
                                    "iam:ada",
                                    "ada:",
                                    ":ada",
                                    "\"ada\"",
                                    "<ada>",
                                    "ada\\",
                                    "ada\x01"};
  std::set<std::string> written;
  for (const std::string& name : names) {
    const auto text = outside_name("iam", name);
    ASSERT_TRUE(text) << name;
    EXPECT_TRUE(util::is_xml_text(*text)) << name;
    EXPECT_TRUE(is_name(*text)) << *text;
    for (const char c : *text) EXPECT_TRUE(c >= 0x20 && c < 0x7F) << *text;
    EXPECT_EQ(util::trim(*text), *text);
    written.insert(*text);
  }
  EXPECT_EQ(written.size(), names.size());
}

TEST(Names, EmptyTooLongAndNulAreNone) {
  EXPECT_FALSE(outside_name("iam", ""));
  EXPECT_FALSE(outside_name("iam", std::string_view("ad\0a", 4)));
  EXPECT_TRUE(outside_name("iam", std::string(longest_outside_name, 'x')));
  EXPECT_TRUE(is_name(*outside_name("iam", std::string(longest_outside_name, '\xFF'))));
  EXPECT_FALSE(outside_name("iam", std::string(longest_outside_name + 1, 'x')));
}

TEST(Names, LocalOnesAreText) {
  for (const char* fine : {"ada", "Ada Lovelace", "ad\xC3\xA1", "ada@example.org", "a%b"}) {
    EXPECT_TRUE(is_local_name(fine)) << fine;
  }
  for (const char* bad : {"", " ada", "ada ", "a:b", "a\tb", "a\x7F",
                          "a\xC2\x85"
                          "b",
                          "a\xFF", "a\n"}) {
    EXPECT_FALSE(is_local_name(bad)) << bad;
  }
  EXPECT_FALSE(is_local_name(std::string(129, 'x')));
}

TEST(Names, SourcesAreOneWord) {
  for (const char* fine : {"iam", "a", "x509", "my-issuer"}) EXPECT_TRUE(is_source_name(fine)) << fine;
  for (const char* bad : {"", "Iam", "1am", "-a", "i am", "i:am", "i_am"}) EXPECT_FALSE(is_source_name(bad)) << bad;
}

}  // namespace
}  // namespace identity

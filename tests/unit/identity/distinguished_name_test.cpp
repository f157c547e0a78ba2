#include "identity/distinguished_name.h"

#include <gmock/gmock.h>

namespace identity {
namespace {

std::string normal(std::string_view text) {
  const auto name = normalise_distinguished_name(text);
  return name.ok() ? *name : "refused: " + name.error().faults.front().reason;
}

TEST(DistinguishedName, IsOneNameHoweverItIsWritten) {
  const std::string expected = "CN=Lovelace\\, Ada,OU=Analysis,O=Example,C=GB";
  for (const char* form : {
           R"(CN=Lovelace\, Ada,OU=Analysis,O=Example,C=GB)",
           R"(cn=Lovelace\2C Ada, ou=Analysis , O = Example;C=GB)",
           R"(CN="Lovelace, Ada",OU="Analysis",O=Example,C=GB)",
           R"(2.5.4.3=Lovelace\2c\20Ada,OID.2.5.4.11=Analysis,o=Example,c=GB)",
       }) {
    EXPECT_EQ(normal(form), expected) << form;
  }
}

TEST(DistinguishedName, PartsOfManyPairsHaveNoOrder) {
  EXPECT_EQ(normal("UID=4711+CN=Ada,O=Example"), "CN=Ada+UID=4711,O=Example");
  EXPECT_EQ(normal("CN=Ada + UID=4711,O=Example"), "CN=Ada+UID=4711,O=Example");
  EXPECT_NE(normal("CN=Ada,UID=4711,O=Example"), normal("CN=Ada+UID=4711,O=Example"));
  EXPECT_NE(normal("O=Example,CN=Ada"), normal("CN=Ada,O=Example"));
}

TEST(DistinguishedName, ValuesAreNotTouched) {
  EXPECT_NE(normal("CN=ada"), normal("CN=Ada"));
  EXPECT_NE(normal("CN=a  b"), normal("CN=a b"));
  EXPECT_EQ(normal(R"(CN=\ a\ )"), R"(CN=\ a\ )");
  EXPECT_EQ(normal("CN= a "), "CN=a");
  EXPECT_EQ(normal(R"(CN=Ad\C3\A1)"), "CN=Ad\xC3\xA1");
  EXPECT_EQ(normal(R"(CN=\#x,O=#0402AB)"), R"(CN=\#x,O=#0402ab)");
}

TEST(DistinguishedName, OneValueCannotPlayMany) {
  // The owner of a certificate chooses its common name, but not the other parts.
  EXPECT_EQ(normal(R"(CN=x\,O=Admins,O=Example)"), R"(CN=x\,O=Admins,O=Example)");
  EXPECT_NE(normal(R"(CN=x\,O=Admins,O=Example)"), normal("CN=x,O=Admins,O=Example"));
  EXPECT_NE(normal(R"(CN=x\+UID=1)"), normal("CN=x+UID=1"));
}

TEST(DistinguishedName, IsReadAgainAsItself) {
  for (const char* text : {R"(CN=\ a\"b\\c\,d\+e\;f\<g\> ,O=#0401)", "CN=a=b#c", R"(CN=\#,O=\20)"}) {
    const std::string once = normal(text);
    EXPECT_EQ(normal(once), once) << text;
  }
}

TEST(DistinguishedName, EverythingElseIsRefused) {
  for (const char* text : {"",          "Ada",         "/C=GB/O=Example/CN=Ada",
                           "CN=",       "CN=,O=x",     "=x",
                           "CN=a,",     ",CN=a",       "CN=a,,O=b",
                           "CN=a+",     R"(CN=a\)",    R"(CN=a\x)",
                           R"(CN=a\4)", R"(CN=a\00b)", R"(CN=\FF)",
                           R"(CN="a)",  R"(CN="a"b)",  "CN=a\"b",
                           "CN=a<b",    "CN=#",        "CN=#4",
                           "CN=#zz",    "CN=#0401x",   "1.2.x=a",
                           "C N=a",     "a.b=c"}) {
    EXPECT_THAT(normal(text), testing::StartsWith("refused")) << text;
  }
  EXPECT_THAT(normal("CN=" + std::string(600, 'x')), testing::StartsWith("refused"));
  std::string many = "CN=a";
  for (int i = 0; i < 64; ++i) many += ",O=b";
  EXPECT_THAT(normal(many), testing::StartsWith("refused"));
}

}  // namespace
}  // namespace identity

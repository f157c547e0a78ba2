#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/checks.h"
#include "config/section.h"

namespace config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A text read as configuration, and the faults found in it.
struct Given {
  explicit Given(std::string_view text) : file{"c", *data::parse_yaml(text)}, reader(file.section(), faults) {}
  File file;
  Faults faults;
  Reader reader;

  std::vector<std::string> lines() const {
    std::vector<std::string> texts;
    for (const Fault& fault : faults) texts.push_back(to_string(fault, "c"));
    return texts;
  }
};

TEST(Reader, TakesEveryType) {
  Given given("s: text\nb: true\ni: 7\nd: 0.5\nl: [a, 1.10]\nt: 15m\nm: 512M\nw: two\n");
  std::string s, w;
  bool b = false;
  std::int64_t i = 0, m = 0;
  double d = 0;
  std::vector<std::string> l{"old"};
  std::chrono::seconds t{};
  given.reader.take("s", s);
  given.reader.take("b", b);
  given.reader.take("i", i);
  given.reader.take("d", d, 0, 1);
  given.reader.take("l", l);
  given.reader.take_duration("t", t);
  given.reader.take_bytes("m", m);
  given.reader.take_word("w", w, {"one", "two"});
  given.reader.done();
  EXPECT_THAT(given.lines(), IsEmpty());
  EXPECT_EQ(s, "text");
  EXPECT_TRUE(b);
  EXPECT_EQ(i, 7);
  EXPECT_EQ(d, 0.5);
  EXPECT_THAT(l, ElementsAre("a", "1.10"));
  EXPECT_EQ(t, std::chrono::minutes(15));
  EXPECT_EQ(m, 512LL << 20);
  EXPECT_EQ(w, "two");
}

TEST(Reader, WhatIsAbsentKeepsItsDefault) {
  Given given("{}");
  std::string s = "default";
  std::int64_t i = 5;
  given.reader.take("s", s);
  given.reader.take("i", i);
  given.reader.done();
  EXPECT_EQ(s, "default");
  EXPECT_EQ(i, 5);
  EXPECT_THAT(given.lines(), IsEmpty());
}

TEST(Reader, WrongTypesAreFaultsAndKeepTheDefault) {
  Given given("s: [a]\nb: yes\ni: 1.5\nd: '0.5'\nl: a\nt: 1 hour\nm: 512\nw: three\n");
  std::string s = "s", w = "one";
  bool b = false;
  std::int64_t i = 1, m = 2;
  double d = 0.25;
  std::vector<std::string> l{"old"};
  std::chrono::seconds t{3};
  given.reader.take("s", s);
  given.reader.take("b", b);
  given.reader.take("i", i);
  given.reader.take("d", d, 0, 1);
  given.reader.take("l", l);
  given.reader.take_duration("t", t);
  given.reader.take_bytes("m", m);
  given.reader.take_word("w", w, {"one", "two"});
  EXPECT_THAT(
      given.lines(),
      ElementsAre(
          "c:1: /s: is a list (accepted: a text)", "c:2: /b: is 'yes' (accepted: true or false)",
          "c:3: /i: is '1.5' (accepted: a whole number)", "c:4: /d: is '0.5' (accepted: a number from 0 up to 1)",
          "c:5: /l: is 'a' (accepted: a list of texts, such as [one, two])",
          "c:6: /t: '1 hour' is not a duration (accepted: whole seconds, or a whole number with s, m, h or d, up to "
          "36500d, such as 90 or 12h, or ISO 8601's PT90S)",
          "c:7: /m: '512' has no unit (accepted: a size with its unit, such as 512M or 8G (powers of 1024) or 500MB "
          "(powers of 1000))",
          "c:8: /w: is 'three' (accepted: one of one, two)"));
  EXPECT_EQ(s, "s");
  EXPECT_FALSE(b);
  EXPECT_EQ(i, 1);
  EXPECT_EQ(m, 2);
  EXPECT_EQ(d, 0.25);
  EXPECT_THAT(l, ElementsAre("old"));
  EXPECT_EQ(t, std::chrono::seconds(3));
  EXPECT_EQ(w, "one");
}

TEST(Reader, NumbersHaveARange) {
  Given given("low: 0\nhigh: 65536\nbig: 99999999999999999999\nok: 443\n");
  std::uint16_t port = 80;
  for (const char* key : {"low", "high", "big"}) given.reader.take_number(key, port, {.minimum = 1, .maximum = 65535});
  EXPECT_EQ(port, 80);
  given.reader.take_number("ok", port, {.minimum = 1, .maximum = 65535});
  EXPECT_EQ(port, 443);
  EXPECT_THAT(given.lines(),
              ElementsAre("c:1: /low: is '0' (accepted: a whole number from 1 up to 65535)",
                          "c:2: /high: is '65536' (accepted: a whole number from 1 up to 65535)",
                          "c:3: /big: is '99999999999999999999' (accepted: a whole number from 1 up to 65535)"));
}

TEST(Reader, AKeyWithoutAValueIsAFault) {
  Given given("port:\n");
  std::int64_t port = 80;
  given.reader.take("port", port);
  EXPECT_THAT(given.lines(),
              ElementsAre("c:1: /port: is empty (accepted: a whole number; without the key its default stands)"));
}

TEST(Reader, AListTellsWhichItemIsWrong) {
  Given given("list:\n  - a\n  - [b]\n  - c: d\n");
  std::vector<std::string> list;
  given.reader.take("list", list);
  EXPECT_THAT(given.lines(), ElementsAre("c:3: /list/1: is a list (accepted: a text)",
                                         "c:4: /list/2: is a mapping (accepted: a text)"));
}

TEST(Reader, UnknownKeysAreFaultsThatNameTheNearest) {
  Given given("prot: 80\nhost: x\ncolour:\n  deep: 1\n");
  std::int64_t port = 80;
  std::string host;
  given.reader.take("port", port);
  given.reader.take("host", host);
  given.reader.done();
  EXPECT_THAT(given.lines(), ElementsAre("c:1: /prot: is not a key here; did you mean 'port'? (accepted: host, port)",
                                         "c:3: /colour: is not a key here (accepted: host, port)"));
}

TEST(Reader, NestedKeysKnowTheirLineAndPath) {
  Given given("# remark\nengines:\n  - name: a\n    socket: 1\n  - name: b\n\n    socket: [x]\n    cores: many\n");
  const Section engines = given.reader.section("engines");
  ASSERT_EQ(engines.items().size(), 2U);
  Reader second(engines.items()[1], given.faults);
  std::string name, socket;
  double cores = 0;
  second.take("name", name);
  second.take("socket", socket);
  second.take("cores", cores, 0.01, 1e6);
  second.done();
  given.reader.done();
  EXPECT_EQ(name, "b");
  EXPECT_THAT(given.lines(),
              ElementsAre("c:7: /engines/1/socket: is a list (accepted: a text)",
                          "c:8: /engines/1/cores: is 'many' (accepted: a number from 0.01 up to 1000000)"));
}

TEST(Reader, ASectionThatIsNoMappingIsAFault) {
  Given given("http: 80\n");
  Faults faults;
  Reader http(given.reader.section("http"), faults);
  std::int64_t port = 1;
  http.take("port", port);
  http.done();
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(to_string(faults[0], "c"), "c:1: /http: is '80' (accepted: a mapping of keys to values)");
  EXPECT_EQ(port, 1);
}

TEST(Reader, AnAbsentSectionIsAllDefaults) {
  Given given("http:\n");
  Faults faults;
  for (const char* key : {"http", "none"}) {
    Reader reader(given.reader.section(key), faults);
    std::int64_t port = 1;
    reader.take("port", port);
    reader.done();
  }
  given.reader.done();
  EXPECT_TRUE(faults.empty());
  EXPECT_TRUE(given.faults.empty());
}

TEST(Reader, AFaultOfAnAbsentKeyHasTheLineOfItsSection) {
  Given given("a: 1\nhttp:\n  port: 1\n");
  Faults faults;
  Reader http(given.reader.section("http"), faults);
  EXPECT_TRUE(http.has("port"));
  EXPECT_FALSE(http.has("host"));
  http.fault("host", "is missing", "a name");
  EXPECT_EQ(to_string(faults.at(0), "c"), "c:2: /http/host: is missing (accepted: a name)");
}

TEST(Reader, TheFaultsOfAnErrorAreToldWithWhatTheyAcceptOnce) {
  Given given("a: x\n");
  add_faults(given.reader, "a",
             util::Error::of(util::ErrorCode::invalid_argument, {"origin 'x'", "is none", "a host"}));
  add_faults(given.reader, "a", util::Error::of(util::ErrorCode::internal, "is strange"));
  EXPECT_THAT(given.lines(), ElementsAre("c:1: /a: origin 'x': is none (accepted: a host)", "c:1: /a: is strange"));
}

TEST(Names, AreGivenOnce) {
  Given given("l:\n  - {name: a}\n  - {name: b}\n  - {name: a}\n  - {}\n  - {}\n");
  Names names("name", given.faults);
  for (const Section& item : given.reader.section("l").items()) {
    std::string name;
    Reader(item, given.faults).take("name", name);
    names.add(item, name);
  }
  EXPECT_THAT(given.lines(), ElementsAre("c:4: /l/2/name: 'a' is given twice (accepted: each once)"));
}

TEST(Section, MembersKeepTheirOrder) {
  Given given("users:\n  zoe: 1\n  adam: 2\n");
  std::vector<std::string> seen;
  for (const auto& [key, section] : given.reader.section("users").members()) {
    seen.push_back(key + " " + section.path() + " " + std::to_string(section.line()));
  }
  EXPECT_THAT(seen, ElementsAre("zoe /users/zoe 2", "adam /users/adam 3"));
}

TEST(Fault, OfTheWholeFileHasNoLine) {
  EXPECT_EQ(to_string({0, "", "is bad", ""}, "c.yaml"), "c.yaml: is bad");
  EXPECT_EQ(to_string({12, "/http/port", "is not a number", "a whole number"}, "c.yaml"),
            "c.yaml:12: /http/port: is not a number (accepted: a whole number)");
}

}  // namespace
}  // namespace config

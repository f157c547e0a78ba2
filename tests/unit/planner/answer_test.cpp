#include "planner/answer.h"

#include <gtest/gtest.h>

namespace planner {
namespace {

util::Result<Answer> read(const std::string& yaml) { return answer_of(*data::parse_yaml(yaml)); }

TEST(Answer, IsReadInEitherSpelling) {
  const auto published = read("{reponseword: NO, reponseinfo: {reasons: [{httpcode: 403, text: not for you}]}}");
  ASSERT_TRUE(published.ok());
  EXPECT_FALSE(published->is_yes);
  ASSERT_EQ(published->reasons.size(), 1U);
  EXPECT_EQ(published->reasons[0].httpcode, 403);
  EXPECT_EQ(published->reasons[0].text, "not for you");
  const auto meant = read("{responseword: YES, servicetype: 'uri://a', serviceinfo: {endpoint: 'http://x/'}}");
  ASSERT_TRUE(meant.ok());
  ASSERT_EQ(meant->interfaces.size(), 1U);
  EXPECT_EQ(meant->interfaces[0].servicetype, "uri://a");
}

TEST(Answer, WhatIsNoneIsRefused) {
  for (const char* text : {"[]", "{}", "{responseword: maybe}", "{responseword: YES}",
                           "{responseword: YES, interfaces: []}", "{responseword: YES, interfaces: 7}"}) {
    EXPECT_FALSE(read(text).ok()) << text;
  }
}

TEST(Answer, AYesWithoutAServiceIsNone) {
  const auto read = [](const char* text) { return answer_of(*data::parse_json(text)); };
  EXPECT_FALSE(read(R"({"responseword": "YES", "interfaces": ["a", 5, {}, {"servicetype": {"x": 1}}]})").ok());
  const auto one = read(R"({"responseword": "YES", "interfaces": ["a", {"servicetype": "uri://binder"}]})");
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->interfaces.size(), 1U);
}

TEST(Answer, IsWrittenAsItIsRead) {
  Answer answer;
  answer.is_yes = true;
  answer.tasktype = "uri://t";
  Interface interface { "uri://s", data::Node::object(), "here" };
  interface.serviceinfo.set("endpoint", data::Node::string("http://x/"));
  answer.interfaces = {interface};
  answer.notes = {"a note"};
  const auto again = answer_of(to_node(answer));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(data::to_json(to_node(*again)), data::to_json(to_node(answer)));
}

}  // namespace
}  // namespace planner

// The list (U20 to U22).
#include <nlohmann/json.hpp>

#include <pugixml.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class List : public TreeTest {
 protected:
  static util::Instant at(int millisecond) {
    return util::parse_instant("2020-01-01").value() + std::chrono::milliseconds(millisecond);
  }
  std::vector<std::string> listed(const std::string& query = "") {
    const auto response = get("/jobs" + query);
    EXPECT_EQ(response.status, 200) << response.body;
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(response.body.c_str()));
    std::vector<std::string> ids;
    for (const auto& job : document.document_element().children()) ids.emplace_back(job.attribute("id").value());
    return ids;
  }
};
FOR_BOTH_DATABASES(List);

TEST_P(List, U20_AllJobsButArchivedOnesNewestFirstTiesById) {  // U21
  found("b", Phase::pending, at(1));
  found("a", Phase::completed, at(1));
  found("c", Phase::error, at(2));
  found("d", Phase::archived, at(3));
  EXPECT_THAT(listed(), ElementsAre("c", "a", "b"));
  EXPECT_THAT(listed("?PHASE=ARCHIVED"), ElementsAre("d"));
}

TEST_P(List, U20_PhasesAreAnyOfThemAndLastIsAppliedLast) {
  found("a", Phase::pending, at(1));
  found("b", Phase::error, at(2));
  found("c", Phase::pending, at(3));
  found("d", Phase::completed, at(4));
  EXPECT_THAT(listed("?PHASE=PENDING&phase=error"), ElementsAre("c", "b", "a"));
  EXPECT_THAT(listed("?PHASE=PENDING&PHASE=ERROR&LAST=2"), ElementsAre("c", "b"));
  EXPECT_THAT(listed("?LAST=1&PHASE=ERROR"), ElementsAre("b"));
  EXPECT_THAT(listed("?LAST=99999999999999999999999"), ElementsAre("d", "c", "b", "a"));
  EXPECT_THAT(listed("?PHASE=HELD"), IsEmpty());
}

TEST_P(List, U20_RepeatsMustAllHold) {
  found("a", Phase::pending, at(1));
  found("b", Phase::pending, at(2));
  found("c", Phase::pending, at(3));
  EXPECT_THAT(listed("?LAST=3&LAST=1"), ElementsAre("c"));
  EXPECT_THAT(listed("?AFTER=2020&AFTER=2020-01-01T00:00:00.002"), ElementsAre("c"));
}

TEST_P(List, U21_AfterIsStrictToTheMillisecondAndUnderstandsLessPreciseForms) {
  found("a", Phase::pending, at(120));
  EXPECT_THAT(listed("?AFTER=2020-01-01T00:00:00.120Z"), IsEmpty());
  EXPECT_THAT(listed("?AFTER=2020-01-01T00:00:00.119Z"), ElementsAre("a"));
  for (const char* after : {"2020-01-01T00:00:00", "2020-01-01T00:00", "2020-01-01", "2020-01", "2020", "2019"}) {
    SCOPED_TRACE(after);
    EXPECT_THAT(listed(std::string("?AFTER=") + after), ElementsAre("a"));
  }
}

TEST_P(List, U21_WhatIsNotUnderstoodIs400) {
  for (const char* query :
       {"PHASE=FLYING", "PHASE=", "LAST=0", "LAST=-1", "LAST=x", "LAST=", "LAST=1.5", "AFTER=yesterday",
        "AFTER=2020-13-01", "AFTER=", "AFTER=2020-01-01T00:00:00%2B01:00", "PHASE=ERROR&PHASE=NO"}) {
    SCOPED_TRACE(query);
    const auto response = get(std::string("/jobs?") + query);
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, testing::HasSubstr(std::string(query).substr(0, 4)));
  }
}

TEST_P(List, U22_AJobrefHasItsPartsInOrder) {
  const JobId id = make("RUNID=r%3C%26");
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(get("/jobs").body.c_str()));
  const auto root = document.document_element();
  EXPECT_STREQ(root.attribute("version").value(), "1.1");
  EXPECT_STREQ(root.attribute("xmlns:uws").value(), "http://www.ivoa.net/xml/UWS/v1.0");
  const auto job = root.first_child();
  EXPECT_STREQ(job.name(), "uws:jobref");
  EXPECT_EQ(job.attribute("id").value(), id);
  EXPECT_EQ(job.attribute("xlink:href").value(), url(id));
  EXPECT_STREQ(job.attribute("xlink:type").value(), "simple");
  std::vector<std::string> names;
  for (const auto& child : job.children()) names.emplace_back(child.name());
  EXPECT_THAT(names, ElementsAre("uws:phase", "uws:runId", "uws:ownerId", "uws:creationTime"));
  EXPECT_STREQ(job.child("uws:runId").text().get(), "r<&");
  EXPECT_STREQ(job.child("uws:ownerId").text().get(), "alice");
}

TEST_P(List, U22_AnonymousOwnersAreNil) {
  options().anonymous_jobs_are_listed = true;
  restart_service();
  user_.reset();
  make();
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(get("/jobs").body.c_str()));
  const auto owner = document.document_element().first_child().child("uws:ownerId");
  EXPECT_STREQ(owner.attribute("xsi:nil").value(), "true");
  EXPECT_FALSE(document.document_element().first_child().child("uws:runId"));
}

TEST_P(List, U66_TheListAsJson) {
  const JobId id = make("RUNID=r");
  const auto response = get_json("/jobs");
  EXPECT_EQ(response.header("Content-Type"), "application/json");
  const auto list = nlohmann::json::parse(response.body);
  EXPECT_EQ(list["version"], "1.1");
  EXPECT_TRUE(list.contains("next"));
  ASSERT_EQ(list["jobs"].size(), 1U);
  const auto& job = list["jobs"][0];
  EXPECT_EQ(job["jobId"], id);
  EXPECT_EQ(job["href"], url(id));
  EXPECT_EQ(job["phase"], "PENDING");
  EXPECT_EQ(job["runId"], "r");
  EXPECT_EQ(job["ownerId"], "alice");
  EXPECT_TRUE(util::parse_instant(job["creationTime"].get<std::string>()).ok());
}

}  // namespace
}  // namespace uws::rest

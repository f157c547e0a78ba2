// Tests the job list over HTTP (U20 to U23).
#include <set>

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
  for (const char* after :
       {"2020-01-01T00:00:00", "2020-01-01T00:00", "2020-01-01", "2020-01", "2020", "2019", "2020-01-01%2000:00:00.000",
        "20200101", "2020-01-01T00:00:00.000+00:00", "2020-01-01T01:00:00%2B01:00", "2020:001", "%202020-01-01%20"}) {
    SCOPED_TRACE(after);
    EXPECT_THAT(listed(std::string("?AFTER=") + after), ElementsAre("a"));
  }
}

TEST_P(List, U21_WhatIsNotUnderstoodIs400) {
  for (const char* query :
       {"PHASE=FLYING", "PHASE=", "LAST=0", "LAST=-1", "LAST=x", "LAST=", "LAST=1.5", "AFTER=yesterday",
        "AFTER=2020-13-01", "AFTER=", "AFTER=2020-01-01T00:00:00%2B24:00", "PHASE=ERROR&PHASE=NO"}) {
    SCOPED_TRACE(query);
    const auto response = get(std::string("/jobs?") + query);
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, testing::HasSubstr(std::string(query).substr(0, 4)));
  }
}

TEST_P(List, U24_ASlipOfTheHandIs400AndOtherNamesAreIgnoredAndTold) {
  const JobId id = make();
  for (const auto& [query, near] : std::map<std::string, std::string>{{"PHSE=ERROR", "PHASE"},
                                                                      {"phases=ERROR", "PHASE"},
                                                                      {"run_id=x", "RUNID"},
                                                                      {"LSAT=1", "LAST"},
                                                                      {"AFTR=2020", "AFTER"},
                                                                      {"CURSR=x", "CURSOR"}}) {
    for (const auto& response : {get("/jobs?" + query), get("/jobs?" + query, {{"Accept", "text/event-stream"}})}) {
      EXPECT_EQ(response.status, 400) << query;
      EXPECT_THAT(response.body, testing::HasSubstr("did you mean " + near)) << query;
    }
  }
  const auto response = get("/jobs?page=2&tapclient=x&limit=10&_=1&lang=%22%C3%A4%22&PHASE=PENDING");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, testing::HasSubstr(id));
  EXPECT_EQ(response.header("Warning"),
            "299 - \"ignored: page, tapclient, limit, _, lang; known here: PHASE, RUNID, AFTER, LAST, CURSOR, "
            "RESPONSEFORMAT\"");
  EXPECT_EQ(get("/jobs?LAST=1&phase=PENDING").header("Warning"), "");
  EXPECT_EQ(get(path(id) + "?WIAT=10").status, 400);
  EXPECT_EQ(get(path(id) + "?x=10").status, 200);
  EXPECT_EQ(get(path(id) + "/results/stdout?folow=true").status, 400);
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

TEST_P(List, U23_PagesAreLinked) {
  for (int i = 0; i < 5; ++i) found("job" + std::to_string(i), Phase::pending, at(i / 2));  // some with the same time
  std::vector<std::string> seen;
  std::string target = "/jobs?PHASE=PENDING&LAST=2&AFTER=2019";
  for (int page = 0; page < 3; ++page) {
    SCOPED_TRACE(target);
    const auto xml = get(target);
    const auto json = nlohmann::json::parse(get_json(target).body);
    for (const auto& job : json.at("jobs")) seen.push_back(job.at("jobId"));
    if (page == 2) {
      EXPECT_EQ(xml.header("Link"), "");
      EXPECT_TRUE(json.at("next").is_null());
    } else {
      const std::string next = json.at("next");
      EXPECT_EQ(xml.header("Link"), "<" + next + ">; rel=\"next\"");
      ASSERT_TRUE(next.starts_with(base));
      target = next.substr(std::string(base).size());
    }
  }
  EXPECT_THAT(seen, ElementsAre("job4", "job2", "job3", "job0", "job1"));
}

TEST_P(List, U23_ACursorThatIsNoneIs400) {
  for (const char* cursor : {"", "x", "5", "-", "5-", "-a", "5-a/b", "99999999999999999999-a"}) {
    SCOPED_TRACE(cursor);
    const auto response = get(std::string("/jobs?CURSOR=") + cursor);
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, testing::HasSubstr("CURSOR"));
  }
}

TEST_P(List, U23_JobsOfARunId) {
  const JobId mine = make("RUNID=a+sweep");
  make("RUNID=another");
  make();
  EXPECT_THAT(listed("?RUNID=a+sweep"), ElementsAre(mine));
  EXPECT_THAT(listed("?RUNID=a+sweep&PHASE=QUEUED"), IsEmpty());
}

TEST_P(List, U23_RunIdsAreCountedOnceAndBounded) {
  std::string query = "?LAST=1";
  for (int i = 0; i < 200; ++i) query += "&RUNID=r" + std::to_string(i % 20) + "&PHASE=PENDING";
  EXPECT_EQ(get("/jobs" + query).status, 200);
  const auto refused = get("/jobs" + query + "&RUNID=another");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, testing::AllOf(testing::HasSubstr("RUNID"), testing::HasSubstr("21 different"),
                                           testing::HasSubstr("up to 20")));
}

TEST_P(List, U23_ALongListIsWholeAndValid) {
  constexpr int count = 2500;
  for (int i = 0; i < count; ++i) found("job" + std::to_string(i), Phase::completed, at(i / 7));
  std::set<std::string> ids;
  for (const std::string& id : listed()) EXPECT_TRUE(ids.insert(id).second) << id;
  EXPECT_EQ(ids.size(), std::size_t{count});
  const auto json = nlohmann::json::parse(get_json("/jobs").body);
  EXPECT_EQ(json.at("jobs").size(), std::size_t{count});
  EXPECT_TRUE(json.at("next").is_null());
  EXPECT_EQ(listed("?LAST=2000").size(), 2000U);
  EXPECT_EQ(listed("?LAST=20000").size(), std::size_t{count});
}

}  // namespace
}  // namespace uws::rest

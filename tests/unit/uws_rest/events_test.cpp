// Tests the server-sent events of a job and of a list (U33).
#include <nlohmann/json.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

struct Event {
  std::string name;
  std::string id;
  nlohmann::json data;
};

/// Behaves like the EventSource of a browser, as far as these tests need it.
class EventSource {
 public:
  EventSource(std::uint16_t port, const std::string& target, const std::string& user, const std::string& last_id = {})
      : client_(port) {
    client_.send("GET " + target + " HTTP/1.0\r\nHost: test\r\nAccept: text/event-stream\r\nAuthorization: Basic " +
                 user + "\r\n" + (last_id.empty() ? "" : "Last-Event-ID: " + last_id + "\r\n") + "\r\n");
    head_ = client_.read_until("\r\n\r\n");
  }

  const std::string& head() const { return head_; }

  /// The next event. An event without a name means that the stream has ended.
  Event next() {
    Event event;
    for (;;) {
      const std::string block = client_.read_until("\n\n");
      if (block.empty()) return event;
      for (std::string_view line : util::split(block, '\n')) {
        if (line.starts_with("event: ")) event.name = line.substr(7);
        if (line.starts_with("id: ")) event.id = line.substr(4);
        if (line.starts_with("data: ")) event.data = nlohmann::json::parse(line.substr(6));
      }
      if (!event.name.empty()) return event;
    }
  }

 private:
  fakes::TestClient client_;
  std::string head_;
};

class Events : public TreeTest {
 protected:
  EventSource open(const std::string& target, const std::string& user = "alice", const std::string& last_id = {}) {
    return {port(), target, user, last_id};
  }
};
FOR_BOTH_DATABASES(Events);

TEST_P(Events, U33_AJobIsShownAtOnceAndAfterEachChangeUntilItsEnd) {
  const JobId id = make("X=1");
  EventSource source = open(path(id));
  EXPECT_THAT(source.head(), testing::HasSubstr("200"));
  EXPECT_THAT(source.head(), testing::HasSubstr("Content-Type: text/event-stream\r\n"));
  Event event = source.next();
  EXPECT_EQ(event.name, "job");
  EXPECT_EQ(event.data, nlohmann::json::parse(get_json(path(id)).body));
  post(path(id), "X=2");
  EXPECT_EQ(source.next().data.at("parameters").at(0).at("value"), "2");
  post(path(id) + "/phase", "PHASE=RUN");
  EXPECT_EQ(source.next().data.at("phase"), "QUEUED");
  const Job job = start(id);
  EXPECT_EQ(source.next().data.at("phase"), "EXECUTING");
  ended(id, job.fence, {.end_time = util::now()});
  event = source.next();
  EXPECT_EQ(event.data.at("phase"), "COMPLETED");
  EXPECT_EQ(source.next().name, "") << "it goes on after the end";
  released(id, job.fence);

  EXPECT_THAT(open(path(id), "alice", event.id).head(), testing::HasSubstr("204"));
  EXPECT_EQ(open(path(id), "alice", "another").next().data.at("phase"), "COMPLETED");
}

TEST_P(Events, U33_AJobThatIsDestroyedIsGone) {
  const JobId id = make();
  EventSource source = open(path(id));
  source.next();
  ask("DELETE", path(id));
  const Event event = source.next();
  EXPECT_EQ(event.name, "gone");
  EXPECT_EQ(event.data, (nlohmann::json{{"jobId", id}}));
  EXPECT_EQ(source.next().name, "");
}

TEST_P(Events, U33_U68_AJobThatIsNotSharedAnyMoreIsGone) {
  const JobId id = make();
  post(path(id), "SHARE=staff", {{"Groups", "staff"}});
  EventSource of_job = open(path(id), "bob\r\nGroups: staff"), of_list = open("/jobs", "bob\r\nGroups: staff");
  EXPECT_EQ(of_job.next().name, "job");
  EXPECT_EQ(of_list.next().data.at("jobs").size(), 1U);
  post(path(id), "SHARE=");
  EXPECT_EQ(of_job.next().name, "gone");
  EXPECT_EQ(of_job.next().name, "");
  const Event event = of_list.next();
  EXPECT_EQ(event.name, "gone");
  EXPECT_EQ(event.data, (nlohmann::json{{"jobId", id}}));
}

TEST_P(Events, U33_WhatOnlyLivesIsShownToo) {
  const JobId id = make();
  post(path(id) + "/phase", "PHASE=RUN");
  EventSource source = open(path(id));
  source.next();
  LiveState live;
  live.info.set("reason", data::Node::string("waiting for cores"));
  live_.show(id, live);
  EXPECT_EQ(source.next().data.at("jobInfo").at("reason"), "waiting for cores");
}

TEST_P(Events, U33_OthersJobsAreForbiddenAndWhatIsNotThereIsNotFound) {
  const JobId id = make();
  EXPECT_THAT(open(path(id), "bob").head(), testing::HasSubstr("403"));
  EXPECT_THAT(open("/jobs/nosuchjob").head(), testing::HasSubstr("404"));
  EXPECT_THAT(open("/jobs?LAST=0").head(), testing::HasSubstr("400"));
}

TEST_P(Events, U33_AListIsShownAtOnceAndThenItsChanges) {
  const JobId first = make();
  EventSource source = open("/jobs");
  Event event = source.next();
  EXPECT_EQ(event.name, "jobs");
  EXPECT_EQ(event.data, nlohmann::json::parse(get_json("/jobs").body));
  const JobId second = make();
  event = source.next();
  EXPECT_EQ(event.name, "job");
  EXPECT_EQ(event.data.at("jobId"), second);
  EXPECT_EQ(event.data.at("phase"), "PENDING");
  post(path(first) + "/phase", "PHASE=ABORT");
  event = source.next();
  EXPECT_EQ(event.data.at("jobId"), first);
  EXPECT_EQ(event.data.at("phase"), "ABORTED");
  ask("DELETE", path(first));
  event = source.next();
  EXPECT_EQ(event.name, "gone");
  EXPECT_EQ(event.data.at("jobId"), first);
}

TEST_P(Events, U33_OfAListTheChangesAreAskedForToo) {
  EventSource source = open("/jobs?RUNID=mine&AFTER=2020-01-01");
  source.next();
  make("RUNID=other");
  make();
  const JobId mine = make("RUNID=mine");
  EXPECT_EQ(source.next().data.at("jobId"), mine);
}

TEST_P(Events, U33_OfAJobThatHasAnotherRunIdTheListTellsOnce) {
  const JobId id = make("RUNID=mine");
  EventSource source = open("/jobs?RUNID=mine");
  source.next();
  post(path(id), "RUNID=other");
  const Event event = source.next();
  EXPECT_EQ(event.data.at("jobId"), id);
  EXPECT_EQ(event.data.at("runId"), "other");
  post(path(id), "X=1");
  const JobId mine = make("RUNID=mine");
  EXPECT_EQ(source.next().data.at("jobId"), mine);
}

TEST_P(Events, U23_U33_AListTellsThatThereIsMore) {
  for (int i = 0; i < 3; ++i) make();
  const Event event = open("/jobs?LAST=2").next();
  EXPECT_EQ(event.data, nlohmann::json::parse(get_json("/jobs?LAST=2").body));
  EXPECT_EQ(event.data.at("jobs").size(), 2U);
  EXPECT_TRUE(event.data.at("next").is_string());
  EXPECT_TRUE(open("/jobs?LAST=3").next().data.at("next").is_null());
}

TEST_P(Events, U33_AListTellsNothingOfOthersJobs) {
  EventSource source = open("/jobs");
  source.next();
  user_ = "bob";
  make();
  user_ = "alice";
  const JobId mine = make();
  EXPECT_EQ(source.next().data.at("jobId"), mine);
}

TEST_P(Events, U33_AServiceThatStopsEndsItsStreams) {
  const JobId id = make();
  EventSource of_job = open(path(id));
  EventSource of_list = open("/jobs");
  of_job.next();
  of_list.next();
  service().stop();
  EXPECT_EQ(of_job.next().name, "");
  EXPECT_EQ(of_list.next().name, "");
}

TEST_P(Events, U33_OtherTypesAreNoEvents) {
  const JobId id = make();
  EXPECT_THAT(get(path(id), {{"Accept", "*/*"}}).header("Content-Type"), testing::HasSubstr("xml"));
  EXPECT_THAT(get(path(id), {{"Accept", "application/json, text/event-stream;q=0.5"}}).header("Content-Type"),
              testing::HasSubstr("json"));
  EXPECT_THAT(ask("HEAD", path(id), {{"Accept", "text/event-stream"}}).header("Content-Type"),
              testing::HasSubstr("event-stream"));
}

}  // namespace
}  // namespace uws::rest

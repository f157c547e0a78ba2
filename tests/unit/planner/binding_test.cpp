// Tests that the planner's answers are binding. It generates thousands of questions, asks the planner each of them, and
// posts the same document to the job list.
//
// After YES the job must be created. After NO the job must be refused with the status of the first reason, except if
// this is 503, which is about the current moment only.
#include <future>
#include <random>

#include <gtest/gtest.h>

#include "executor/acceptor.h"
#include "fakes/temp_folder.h"
#include "fakes/uws_fakes.h"
#include "http/problem.h"
#include "planner/job_list_service.h"
#include "planner/planner.h"
#include "store/blob_store.h"
#include "store/database.h"
#include "uws/core/job_service.h"

namespace planner {
namespace {

using data::Node;
using task::ImageReference;

/// Generates questions of every kind: valid, malformed, too large, of unknown types.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string question() {
    Node question = Node::object();
    question.set("tasktype", Node::string(one_of({"uri://oci-container", "docker-container", "simple-docker-container",
                                                  "rosetta-container", "uri://sciserver-container", "uri://nothing",
                                                  "http://test/task-types/oci-container"})));
    question.set("taskinfo", taskinfo(question.find("tasktype")->text() == "rosetta-container"));
    if (rarely()) question.set("resources", resources());
    return data::to_json(question);
  }

 private:
  std::string one_of(const std::vector<std::string>& values) { return values[random_() % values.size()]; }
  bool rarely() { return random_() % 5 == 0; }
  void maybe(Node& node, const std::string& key, const std::vector<std::string>& values) {
    if (rarely()) node.set(key, Node::string(one_of(values)));
  }
  void maybe_list(Node& node, const std::string& key, const std::vector<std::string>& values) {
    if (!rarely()) return;
    Node list = Node::array();
    for (std::size_t i = random_() % 3; i > 0; --i) list.push(Node::string(one_of(values)));
    node.set(key, std::move(list));
  }

  Node taskinfo(bool for_rosetta) {
    Node info = Node::object();
    if (for_rosetta) {
      info.set("image_name", Node::string(one_of({"busybox", "busybox", "hello-world", "A B"})));
      if (!rarely()) info.set("interface_port", Node::number(static_cast<std::int64_t>(random_() % 70000)));
      maybe(info, "image_arch", {"amd64", "arm64"});
      maybe(info, "interface_protocol", {"http", "ftp"});
      return info;
    }
    if (!rarely()) {
      info.set("image", Node::string(one_of({"busybox", "busybox", "busybox:1", "docker://busybox", "gone", "secret",
                                             "away", "arm", "hello-world", "A B", ""})));
    }
    maybe_list(info, "args", {"a", "", "ü", "\x01"});
    maybe_list(info, "ports", {"80/tcp", "http://:8888/lab", "0/tcp", "x"});
    maybe_list(info, "mounts", {"data:/data", "data:/data:rw", "other:/o", "data:/../etc"});
    maybe_list(info, "outputs", {"out", "*.fits", "../x"});
    maybe_list(info, "inputs", {"a,https://example.org/a", "b,http://127.0.0.1/x", "../c,https://example.org/a"});
    maybe(info, "network", {"none", "outbound", "vo"});
    maybe(info, "platform", {"linux/amd64", "linux/arm64", "x"});
    maybe(info, "colour", {"red"});
    if (rarely()) info.set("resources", task_resources());
    return info;
  }

  Node task_resources() {
    Node resources = Node::object();
    maybe(resources, "cores", {"1", "0.5", "65", "x"});
    maybe(resources, "memory", {"1G", "1M", "9999G", "8"});
    maybe(resources, "gpus", {"0", "1"});
    return resources;
  }

  Node resources() {
    Node resources = Node::object();
    maybe(resources, "mincores", {"1", "65", "x"});
    maybe(resources, "minmemory", {"1G", "9999G", "8"});
    maybe(resources, "minduration", {"5m", "PT5M", "P30D", "x"});
    maybe(resources, "minstorage", {"1G", "x"});
    maybe(resources, "maxstartup", {"60s", "x"});
    return resources;
  }

  std::mt19937 random_;
};

task::PolicyOptions policy() {
  task::PolicyOptions options;
  options.images = {"busybox", "gone", "secret", "away", "arm"};
  options.volumes = {{"data", "/srv/data", false}};
  return options;
}

/// What is known of an image. The names of some images say which error looking for them has.
executor::ImageKnowledge knowledge_of(const ImageReference& image) {
  const std::string name = image.repository;
  const auto error = [&](util::ErrorCode code) {
    return executor::ImageKnowledge{std::nullopt, util::Error::of(code, name + " is not to be had")};
  };
  if (name == "library/gone") return error(util::ErrorCode::not_found);
  if (name == "library/secret") return error(util::ErrorCode::forbidden);
  if (name == "library/away") return error(util::ErrorCode::unavailable);
  executor::ImageFacts facts;
  facts.os = "linux";
  facts.architecture = name == "library/arm" ? "arm64" : "amd64";
  return {facts, std::nullopt};
}

class Binding : public ::testing::Test {
 protected:
  Binding() {
    admission.use_image_knowledge([](const ImageReference& image) { return std::optional(knowledge_of(image)); });
    runs.check_by([this](const uws::Owner&, const std::vector<uws::Parameter>& parameters,
                         const util::Callback<void>& done) { done(admission.runnable({}, parameters)); });
    job_options.max_execution_duration = std::chrono::hours(24);
    store::DatabaseOptions options;
    options.url = "sqlite3://" + folder.path() + "/jobs.db";
    database = *store::Database::open(options, uws::migrations());
    blobs = *store::open_blob_folder(folder.path() + "/blobs");
    jobs = std::make_unique<uws::JobService>(*database, *blobs, job_options, acceptor, runs);
    own = std::make_unique<JobListService>(
        admission, job_options,
        [this](const uws::Owner& owner, util::Callback<void> done) { jobs->check_quota(owner, std::move(done)); },
        [](const uws::Owner&, const ledger::Resources&, const auto& done) { done(std::chrono::seconds(0)); });
    planner = std::make_unique<Planner>(
        planner_options, *own,
        [](const ImageReference& image, const executor::ImageBook::Found& found) { found(knowledge_of(image)); });
    planner_options.catalogue = admission.catalogue();
  }
  ~Binding() override { jobs->stop(); }

  Answer ask(const std::string& question) {
    std::promise<Answer> answer;
    const auto request = task::planner_request_of(*data::parse_json(question));
    planner->ask(*request, {}, "http://test", [&](Answer given) { answer.set_value(std::move(given)); });
    return answer.get_future().get();
  }
  /// Creates a job of the question, and returns the status with which the POST would be answered.
  int post(const std::string& question, std::string& body) {
    uws::Creation creation;
    creation.given.document = uws::Document{"application/json", question};
    creation.given.base_url = "http://test";
    creation.run = true;
    std::promise<util::Result<uws::Job>> created;
    jobs->create(std::move(creation), [&](util::Result<uws::Job> job) { created.set_value(std::move(job)); });
    const auto job = created.get_future().get();
    if (job.ok()) return 303;
    body = job.error().message;
    return http::status_of(job.error().code);
  }

  fakes::TempFolder folder;
  executor::Admission admission{task::Policy(policy()),
                                std::make_shared<const net::AddressPolicy>(*net::AddressPolicy::create({}))};
  executor::Acceptor acceptor{admission};
  fakes::FakeRunControl runs;
  uws::JobOptions job_options;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::BlobStore> blobs;
  std::unique_ptr<uws::JobService> jobs;
  Options planner_options;
  std::unique_ptr<JobListService> own;
  std::unique_ptr<Planner> planner;
};

TEST_F(Binding, WhatTheAnswerSaysThePostDoes) {
  Generator generator(20261121);
  int yes = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string question = generator.question();
    const Answer answer = ask(question);
    std::string body;
    const int status = post(question, body);
    if (answer.is_yes) {
      ++yes;
      ASSERT_EQ(status, 303) << question << "\n" << body;
      continue;
    }
    ASSERT_FALSE(answer.reasons.empty()) << question;
    const Reason& first = answer.reasons.front();
    if (first.httpcode == 503) continue;
    ASSERT_EQ(status, first.httpcode) << question << "\nanswer: " << first.text << "\npost: " << body;
  }
  EXPECT_GT(yes, 500);
  EXPECT_LT(yes, 4500);
}

TEST_F(Binding, OwnersLimitsAreTold) {
  const std::string question = R"({"tasktype": "oci-container", "taskinfo": {"image": "busybox"}})";
  job_options.max_unended_jobs_per_owner = 2;
  jobs->stop();
  jobs = std::make_unique<uws::JobService>(*database, *blobs, job_options, acceptor, runs);
  std::string body;
  EXPECT_EQ(post(question, body), 303);
  EXPECT_TRUE(ask(question).is_yes);
  EXPECT_EQ(post(question, body), 303);
  const Answer full = ask(question);
  ASSERT_FALSE(full.is_yes);
  EXPECT_EQ(full.reasons[0].httpcode, 429);
  EXPECT_EQ(post(question, body), 429);
}

TEST_F(Binding, MinimaAndNotesAreTheJobs) {
  const std::string question = R"({"tasktype": "oci-container", "taskinfo": {"image": "busybox", "colour": "red"},
                                   "resources": {"minduration": "PT5M", "mincores": 2}})";
  uws::Creation creation;
  creation.given.document = uws::Document{"application/json", question};
  std::promise<util::Result<uws::Job>> created;
  jobs->create(std::move(creation), [&](util::Result<uws::Job> job) { created.set_value(std::move(job)); });
  const auto made = created.get_future().get();
  ASSERT_TRUE(made.ok());
  std::promise<util::Result<uws::Job>> got;
  jobs->get(made->id, {}, [&](util::Result<uws::Job> job) { got.set_value(std::move(job)); });
  const auto job = got.get_future().get();
  ASSERT_TRUE(job.ok());
  EXPECT_EQ(job->execution_duration, std::chrono::minutes(5));
  EXPECT_EQ(data::to_json(job->info), R"({"notes":["taskinfo.colour is not understood, and was ignored"]})");
}

}  // namespace
}  // namespace planner

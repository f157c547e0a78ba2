#include "util/metrics.h"

#include <thread>

#include <gmock/gmock.h>

namespace util {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

TEST(Metrics, CountersAreFoundByNameAndLabels) {
  Metrics metrics;
  Counter& ann = metrics.counter("asked_total", "Who asked.", {{"user", "ann"}});
  metrics.counter("asked_total", "Who asked.", {{"user", "bob"}}).add(3);
  ann.add();
  EXPECT_EQ(&ann, &metrics.counter("asked_total", "Who asked.", {{"user", "ann"}}));
  EXPECT_EQ(metrics.text(),
            "# HELP asked_total Who asked.\n# TYPE asked_total counter\n"
            "asked_total{user=\"ann\"} 1\nasked_total{user=\"bob\"} 3\n");
}

TEST(Metrics, HistogramsCountWhatIsAtMostTheirBounds) {
  Metrics metrics;
  Histogram& took = metrics.histogram("took_seconds", "How long.", {{"what", "it"}});
  took.observe(milliseconds(1));
  took.observe(milliseconds(2));
  took.observe(seconds(100'000));
  EXPECT_EQ(took.count(), 3U);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# TYPE took_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{what=\"it\",le=\"0.0005\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{what=\"it\",le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{what=\"it\",le=\"0.0025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{what=\"it\",le=\"86400\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{what=\"it\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_sum{what=\"it\"} 100000.003\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_count{what=\"it\"} 3\n"));
}

TEST(Metrics, WhatIsObservedIsAskedUntilItGoes) {
  Metrics metrics;
  double value = 1.5;
  auto first = metrics.observe_gauge("waiting", "Who waits.", [&] { return value; });
  const auto second = metrics.observe("waiting", "Who waits.", Metrics::Kind::gauge, [] {
    return std::vector<Metrics::Sample>{{{{"where", "there"}}, 2}};
  });
  EXPECT_THAT(metrics.text(), HasSubstr("# TYPE waiting gauge\nwaiting 1.5\nwaiting{where=\"there\"} 2\n"));
  value = 7;
  EXPECT_THAT(metrics.text(), HasSubstr("waiting 7\n"));
  first.reset();
  EXPECT_THAT(metrics.text(), Not(HasSubstr("waiting 7")));
}

TEST(Metrics, GaugesGoUpAndDown) {
  Metrics metrics;
  Gauge& gauge = metrics.gauge("held", "How many are held.");
  gauge.add(3);
  gauge.add(-4);
  EXPECT_EQ(metrics.text(), "# HELP held How many are held.\n# TYPE held gauge\nheld -1\n");
  gauge.set(1);
  EXPECT_THAT(metrics.text(), HasSubstr("held 1\n"));
}

TEST(Metrics, LabelsAreEscaped) {
  Metrics metrics;
  metrics.counter("a_total", "b", {{"c", "d\"e\\f\ng"}}).add();
  EXPECT_THAT(metrics.text(), HasSubstr(R"(a_total{c="d\"e\\f\ng"} 1)"));
}

TEST(Metrics, AreCountedByManyThreads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) {
        metrics.counter("n_total", "n").add();
        metrics.histogram("t_seconds", "t").observe(milliseconds(1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metrics.counter("n_total", "n").value(), 40'000U);
  EXPECT_EQ(metrics.histogram("t_seconds", "t").count(), 40'000U);
}

TEST(Metrics, OfTheProcessAreThere) {
  const std::string text = metrics().text();
  for (const char* name : {"process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds ",
                           "process_start_time_seconds "}) {
    const auto at = text.find(std::string("\n") + name);
    ASSERT_NE(at, std::string::npos) << name;
    EXPECT_GT(std::stod(text.substr(at + 1 + std::string(name).size())), 0) << name;
  }
}

}  // namespace
}  // namespace util

#include "http/options.h"

#include <gmock/gmock.h>

namespace http {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Read {
  ServerOptions server;
  MetricsOptions metrics;
  std::vector<std::string> faults;
};

Read read(const std::string& yaml) {
  const auto node = data::parse_yaml(yaml);
  EXPECT_TRUE(node.ok()) << yaml;
  config::Faults faults;
  config::Reader root(config::Section(&*node, "", 1), faults);
  Read result;
  result.server = read_server_options(root, faults);
  result.metrics = read_metrics_options(root, faults);
  root.done();
  for (const auto& fault : faults) result.faults.push_back(fault.path + " " + fault.reason);
  return result;
}

TEST(HttpOptions, HaveDefaults) {
  const Read result = read("{}");
  EXPECT_THAT(result.faults, IsEmpty());
  EXPECT_EQ(result.server.head_timeout, seconds(10));
  EXPECT_EQ(result.server.limits.per_owner.creations_per_minute, 600U);
  EXPECT_THAT(result.server.limits.exempt, ElementsAre("127.0.0.0/8", "::1"));
  EXPECT_THAT(result.metrics.allow, ElementsAre("127.0.0.0/8", "::1"));
}

TEST(HttpOptions, AreRead) {
  const std::string hash = "sha256:" + std::string(64, 'a');
  const Read result = read(
      "http: {head_timeout: 1s, body_timeout: 2m, idle_timeout: 3s, send_timeout: 4s, drain_timeout: 5s,\n"
      "  min_body_rate: 2K, max_buffered: 1G, uploads_per_worker: 7, max_upload: 1G, max_document: 2M}\n"
      "limits: {exempt: [], per_address: {connections: 1, requests: 2, uploads: 3, creations_per_minute: 4},\n"
      "  per_owner: {requests: 0, uploads: 5, creations_per_minute: 6}}\n"
      "metrics: {allow: [10.0.0.0/8], token_hashes: [\"" +
      hash + "\"]}\n");
  EXPECT_THAT(result.faults, IsEmpty());
  EXPECT_EQ(result.server.head_timeout, seconds(1));
  EXPECT_EQ(result.server.body_timeout, seconds(120));
  EXPECT_EQ(result.server.idle_timeout, seconds(3));
  EXPECT_EQ(result.server.send_timeout, seconds(4));
  EXPECT_EQ(result.server.drain_timeout, seconds(5));
  EXPECT_EQ(result.server.min_body_rate, 2048U);
  EXPECT_EQ(result.server.max_buffered_bytes, 1U << 30U);
  EXPECT_EQ(result.server.uploads_per_worker, 7U);
  EXPECT_THAT(result.server.limits.exempt, IsEmpty());
  EXPECT_EQ(result.server.limits.per_address.connections, 1U);
  EXPECT_EQ(result.server.limits.per_address.creations_per_minute, 4U);
  EXPECT_EQ(result.server.limits.per_owner.requests, 0U);
  EXPECT_EQ(result.server.limits.per_owner.uploads, 5U);
  EXPECT_THAT(result.metrics.token_hashes, ElementsAre(hash));
}

TEST(HttpOptions, EveryFaultIsNamed) {
  for (const auto& [yaml, path] : std::vector<std::pair<std::string, std::string>>{
           {"http: {head_timeout: 0s}", "/http/head_timeout"},
           {"http: {idle_timeout: 2h}", "/http/idle_timeout"},
           {"http: {uploads_per_worker: 0}", "/http/uploads_per_worker"},
           {"http: {min_body_rate: 5}", "/http/min_body_rate"},
           {"http: {trusted_proxies: [nginx]}", "/http/trusted_proxies"},
           {"limits: {exempt: [localhost]}", "/limits/exempt"},
           {"limits: {per_address: {requests: -1}}", "/limits/per_address/requests"},
           {"limits: {per_owner: {connections: 1}}", "/limits/per_owner/connections"},
           {"limits: {per_user: {}}", "/limits/per_user"},
           {"metrics: {allow: [10.0.0.1/8]}", "/metrics/allow"},
           {"metrics: {token_hashes: [secret]}", "/metrics/token_hashes"}}) {
    const Read result = read(yaml);
    ASSERT_EQ(result.faults.size(), 1U) << yaml;
    EXPECT_EQ(result.faults[0].substr(0, result.faults[0].find(' ')), path);
  }
}

}  // namespace
}  // namespace http

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/engine.h"

namespace docker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Read {
  Options options;
  std::vector<std::string> faults;
};

const std::vector<std::string> keys_of_the_executor{"kind",  "name",          "cores",    "memory",
                                                    "slots", "min_free_disk", "port_url", "probe_host"};

Read read(const std::string& yaml) {
  const auto node = data::parse_yaml(yaml);
  EXPECT_TRUE(node.ok()) << yaml;
  config::Faults faults;
  Read result;
  result.options = read_options(config::Section(&*node, "/engines/0", 1), keys_of_the_executor, faults);
  for (const auto& fault : faults) result.faults.push_back(fault.path + " " + fault.reason);
  return result;
}

TEST(Options, OfAnEngineBeforeItIsMade) {
  const auto read_one = [](const std::string& yaml) {
    const auto node = data::parse_yaml(yaml);
    config::Faults faults;
    auto engine = read_engine(config::Section(&*node, "/engines/0", 1), keys_of_the_executor, faults);
    EXPECT_THAT(faults, IsEmpty());
    return engine;
  };
  const auto engine = read_one("{name: local, socket: 'unix:///run/a.sock', pull: always}");
  EXPECT_EQ(engine->socket(), "/run/a.sock");
  EXPECT_TRUE(engine->pulls_images());
  EXPECT_THAT(engine->registry_logins(), IsEmpty());
  EXPECT_FALSE(read_one("{name: local, pull: never}")->pulls_images());
}

TEST(Options, HaveDefaults) {
  const auto result = read("name: local");
  EXPECT_THAT(result.faults, IsEmpty());
  EXPECT_EQ(result.options.name, "local");
  EXPECT_EQ(result.options.socket, "/var/run/docker.sock");
  EXPECT_EQ(result.options.publish_address, "127.0.0.1");
  EXPECT_EQ(result.options.run_as, (UserIds{10000, 10000}));
  EXPECT_EQ(result.options.pull, PullPolicy::missing);
  EXPECT_TRUE(result.options.sets_firewall);
  EXPECT_FALSE(read("{name: local, firewall: false}").options.sets_firewall);
}

TEST(Options, AreReadWithTheExecutorsKeysBesideThem) {
  const auto password = ::testing::TempDir() + "password";
  std::ofstream(password) << "secret\n";
  const auto result = read(
      "name: local\ncores: 4\nmemory: 8G\nslots: 3\nport_url: x\nsocket: unix:///run/d.sock\n"
      "publish_address: 192.0.2.7\nrun_as: \"1234:5\"\npull: never\nregistries:\n"
      "  - {host: r.example:5000, username: astro, password_file: " +
      password + "}\n");
  EXPECT_THAT(result.faults, IsEmpty());
  EXPECT_EQ(result.options.socket, "/run/d.sock");
  EXPECT_EQ(result.options.publish_address, "192.0.2.7");
  EXPECT_EQ(result.options.run_as, (UserIds{1234, 5}));
  EXPECT_EQ(result.options.pull, PullPolicy::never);
  ASSERT_EQ(result.options.registries.size(), 1U);
  EXPECT_EQ(result.options.registries[0].host, "r.example:5000");
  EXPECT_EQ(result.options.registries[0].password, "secret");
}

TEST(Options, EveryFaultIsNamed) {
  EXPECT_THAT(read("socket: tcp://10.0.0.1:2375").faults,
              ElementsAre("/engines/0/socket is not the URL of a unix socket"));
  EXPECT_THAT(read("socket: unix://relative").faults, ElementsAre("/engines/0/socket is not the URL of a unix socket"));
  EXPECT_THAT(read("socket: unix:///" + std::string(200, 'a')).faults, ElementsAre("/engines/0/socket is too long"));
  EXPECT_THAT(read("publish_address: localhost").faults,
              ElementsAre("/engines/0/publish_address is not a numeric address"));
  for (const auto* user : {"0:0", "10:0", "astro", "1:2:3", "5", "-1:5"}) {
    EXPECT_THAT(read("run_as: \"" + std::string(user) + "\"").faults,
                ElementsAre("/engines/0/run_as is not the numbers of a user and a group other than root's"))
        << user;
  }
  EXPECT_EQ(read("pull: sometimes").faults.size(), 1U);
  EXPECT_EQ(read("sokcet: unix:///x").faults.size(), 1U);
  EXPECT_THAT(read("registries: yes").faults, ElementsAre("/engines/0/registries is not a list"));
  EXPECT_THAT(read("registries: [{host: a, username: b, password_file: /no/such/file}]").faults,
              ElementsAre("/engines/0/registries/0/password_file cannot be read"));
  EXPECT_EQ(read("registries: [{}]").faults.size(), 3U);
}

}  // namespace
}  // namespace docker

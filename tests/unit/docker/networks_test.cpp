#include "docker/runs/networks.h"

#include <fstream>
#include <future>
#include <memory>
#include <sstream>

#include "docker/firewall.h"
#include "harness.h"

namespace docker::testing {
namespace {

using executor::EndCause;
using executor::RunState;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Network : public Harness {
 protected:
  Network() {
    let_runs_start();
    scripted.on("GET /containers/duws-inst-job-1/json",
                json(200, container(R"("Status":"running","StartedAt":"2026-11-20T23:14:15Z")")));
  }
  executor::RunSpec with_port() {
    auto made = spec();
    made.ports = {{"web", 8080, "tcp"}};
    return made;
  }
  std::vector<std::string> network_calls() {
    std::vector<std::string> calls;
    for (const auto& call : scripted.calls()) {
      if (call.find("/networks/") != std::string::npos) calls.push_back(call);
    }
    return calls;
  }
  std::string created() { return scripted.last("POST /containers/create").body; }
};

constexpr auto ours = R"({"Labels":{"org.docker-uws.installation":"inst"},
  "Options":{"com.docker.network.bridge.name":"duwsi-1"}})";

TEST_F(Network, NoneIsNoneAndMakesNoCall) {
  ASSERT_TRUE(submit(spec()).ok());
  EXPECT_THAT(network_calls(), ElementsAre());
  EXPECT_THAT(created(), HasSubstr(R"("NetworkMode":"none")"));
}

TEST_F(Network, PortsOnLoopbackGetABridgeWithoutAWayOut) {
  scripted.on("POST /networks/create", json(201, "{}"));
  scripted.on("GET /networks/duws-inst-inbound-probe",
              json(200, R"({"IPAM":{"Config":[{"Subnet":"172.21.0.0/16","Gateway":"172.21.0.1"}]}})"));
  scripted.on("DELETE /networks/duws-inst-inbound-probe", json(204, ""));
  ASSERT_EQ(submit(with_port())->state, RunState::running);
  EXPECT_THAT(network_calls(), ElementsAre("GET /networks/duws-inst-inbound", "POST /networks/create",
                                           "GET /networks/duws-inst-inbound-probe",
                                           "DELETE /networks/duws-inst-inbound-probe", "POST /networks/create"));
  EXPECT_THAT(scripted.last("POST /networks/create").body,
              AllOf(HasSubstr(R"("com.docker.network.bridge.enable_icc":"false")"),
                    HasSubstr(R"("com.docker.network.bridge.enable_ip_masquerade":"false")"),
                    HasSubstr(R"("com.docker.network.bridge.name":"duwsi-)"), HasSubstr(R"("Subnet":"172.21.0.0/16")"),
                    HasSubstr(R"("DefaultGatewayIPv4":"172.21.255.254")"),
                    HasSubstr(R"("org.docker-uws.installation":"inst")")));
  EXPECT_THAT(created(), AllOf(HasSubstr(R"("NetworkMode":"duws-inst-inbound")"), HasSubstr(R"("Dns":["127.0.0.1"])"),
                               HasSubstr(R"("HostIp":"127.0.0.1")")));
}

TEST_F(Network, OneThatIsThereIsTaken) {
  scripted.on("GET /networks/duws-inst-inbound", json(200, ours));
  ASSERT_TRUE(submit(with_port()).ok());
  EXPECT_THAT(network_calls(), ElementsAre("GET /networks/duws-inst-inbound"));
}

TEST_F(Network, OneThatThePacketFilterDoesNotKnowIsMadeAnewUnlessItIsInUse) {
  options.publish_address = "192.0.2.1";
  const std::string name = "/networks/duws-inst-inbound-routed";
  scripted.on("GET " + name, json(200, R"({"Labels":{"org.docker-uws.installation":"inst"},"Options":{}})"));
  scripted.on("DELETE " + name, json(403, R"({"message":"network has active endpoints"})"));
  ASSERT_EQ(submit(with_port())->state, RunState::running);
  EXPECT_THAT(network_calls(), ElementsAre("GET " + name, "DELETE " + name));
  scripted.on("DELETE " + name, json(204, ""));
  scripted.on("POST /networks/create", json(201, "{}"));
  scripted.on("GET /containers/duws-inst-b-1/json",
              json(200, container(R"("Status":"running","StartedAt":"2026-11-20T23:14:15Z")", "b")));
  auto other = with_port();
  other.id.job = "b";
  ASSERT_EQ(submit(other)->state, RunState::running);
  EXPECT_THAT(scripted.last("POST /networks/create").body, HasSubstr(R"(bridge.name":"duwsi-)"));
}

TEST_F(Network, OneOfThatNameThatIsNotOursIsRefused) {
  scripted.on("GET /networks/duws-inst-inbound", json(200, R"({"Labels":{}})"));
  const auto status = submit(with_port());
  ASSERT_TRUE(status.ok() && status->ended);
  EXPECT_EQ(status->ended->cause, EndCause::start_refused);
  EXPECT_THAT(status->ended->detail, HasSubstr("not ours"));
}

TEST_F(Network, PortsElsewhereNeedARouteBack) {
  options.publish_address = "192.0.2.1";
  scripted.on("POST /networks/create", json(201, "{}"));
  ASSERT_TRUE(submit(with_port()).ok());
  EXPECT_THAT(network_calls(), ElementsAre("GET /networks/duws-inst-inbound-routed", "POST /networks/create"));
  EXPECT_THAT(scripted.last("POST /networks/create").body,
              AllOf(HasSubstr(R"(masquerade":"false")"), Not(HasSubstr("DefaultGateway"))));
  EXPECT_THAT(created(), Not(HasSubstr("Dns")));
}

TEST_F(Network, OutboundIsABridgeWhereRunsDoNotSeeOneAnother) {
  scripted.on("POST /networks/create",
              json(409, R"({"message":"network with name duws-inst-outbound already exists"})"));
  auto made = spec();
  made.network.kind = executor::Network::Kind::outbound;
  ASSERT_EQ(submit(made)->state, RunState::running) << "somebody else made it meanwhile";
  EXPECT_THAT(scripted.last("POST /networks/create").body,
              AllOf(HasSubstr(R"(enable_icc":"false")"), HasSubstr(R"(masquerade":"true")"),
                    HasSubstr(R"(bridge.name":"duwso-)")));
  EXPECT_THAT(created(), HasSubstr(R"("NetworkMode":"duws-inst-outbound")"));
}

TEST_F(Network, ANamedOneIsAsConfigured) {
  auto made = with_port();
  made.network = {executor::Network::Kind::named, "observatory"};
  ASSERT_TRUE(submit(made).ok());
  EXPECT_THAT(network_calls(), ElementsAre());
  EXPECT_THAT(created(), HasSubstr(R"("NetworkMode":"observatory")"));
}

TEST_F(Network, RunsThatNeedItAtTheSameTimeMakeItOnce) {
  scripted.on("GET /networks/duws-inst-inbound", json(200, ours));
  std::vector<std::promise<std::string>> names(2);
  {
    const auto api = std::make_shared<Api>(options.socket, client(), loop());
    Networks networks(*api, options);
    on_loop([&] {
      for (auto& name : names) {
        networks.ensure(with_port(), [&](const util::Result<std::string>& made) { name.set_value(made.value()); });
      }
    });
    for (auto& name : names) EXPECT_EQ(name.get_future().get(), "duws-inst-inbound");
    on_loop([] {});  // now the function that called the callbacks has returned
  }
  EXPECT_THAT(network_calls(), ElementsAre("GET /networks/duws-inst-inbound"));
}

TEST(Firewall, KnowsBridgesByNamesThatInterfacesMayHave) {
  const auto name = bridge_name(inbound_bridges, "duws-inst-inbound");
  EXPECT_TRUE(name.starts_with("duwsi-"));
  EXPECT_EQ(name.size(), 15U);
  EXPECT_EQ(name, bridge_name(inbound_bridges, "duws-inst-inbound"));
  EXPECT_NE(name, bridge_name(inbound_bridges, "duws-other-inbound"));
  for (const auto prefix : {inbound_bridges, outbound_bridges}) {
    EXPECT_THAT(std::string(firewall_script()), HasSubstr(std::string(prefix) + "+"));
  }
}

TEST(Firewall, IsTheSameForOperators) {
  std::ifstream file(DUWS_SOURCE_DIR "/config/firewall.sh");
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), firewall_script());
}

TEST(Firewall, IsNotSetForAnEngineThatIsNotThere) {
  EXPECT_THAT(set_firewall("/no/such/socket").value_or(""), HasSubstr("does not see the engine's network"));
}

TEST(Subnet, ItsLastAddress) {
  EXPECT_EQ(last_address("172.18.0.0/16"), "172.18.255.254");
  EXPECT_EQ(last_address("10.213.128.0/24"), "10.213.128.254");
  EXPECT_EQ(last_address("192.168.1.64/29"), "192.168.1.70");
  for (const auto* text :
       {"", "172.18.0.0", "172.18.0.0/30", "172.18.0.0/33", "172.18.0/16", "fd00::/64", "1.2.3.400/8"}) {
    EXPECT_EQ(last_address(text), "") << text;
  }
}

}  // namespace
}  // namespace docker::testing

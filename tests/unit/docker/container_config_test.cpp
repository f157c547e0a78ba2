#include "docker/runs/container_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string config(const executor::RunSpec& spec, const ContainerPlan& plan = {}) {
  return data::to_json(container_config(spec, plan, Options{}));
}

executor::RunSpec spec() {
  executor::RunSpec made;
  made.id = {"inst", "job", 2};
  return made;
}

TEST(ContainerConfig, IsHardenedByDefault) {
  const auto text = config(spec());
  for (const auto* part :
       {R"("CapDrop":["ALL"])", R"("SecurityOpt":["no-new-privileges"])", R"("Privileged":false)", R"("Init":true)",
        R"("Memory":1073741824,"MemorySwap":1073741824)", R"("CpuPeriod":100000,"CpuQuota":100000)",
        R"("PidsLimit":512)", R"({"Name":"nofile","Soft":4096,"Hard":4096})", R"("Name":"nproc")",
        R"("OomScoreAdj":500)", R"("NetworkMode":"none")", R"("RestartPolicy":{"Name":"no"})", R"("AutoRemove":false)",
        R"("OpenStdin":false)", R"("Tty":false)", R"("Type":"local")", R"("PublishAllPorts":false)",
        R"("IpcMode":"private")"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  for (const auto* part :
       {"Binds", "CapAdd", "Devices", "MaskedPaths", "ReadonlyPaths", "PidMode", "UsernsMode", "unconfined"}) {
    EXPECT_THAT(text, Not(HasSubstr(part)));
  }
}

TEST(ContainerConfig, SurroundingsAreTheSameEverywhere) {
  ContainerPlan plan;
  plan.user_name = "astro";
  auto made = spec();
  made.limits.memory_bytes = 2LL << 30;
  for (const auto* part :
       {R"("ShmSize":2147483648)", R"("Hostname":"job")", R"("ExtraHosts":["job:127.0.0.1"])",
        R"("Sysctls":{"net.ipv4.ip_unprivileged_port_start":"0"})", R"("USER=astro","LOGNAME=astro")",
        R"("Target":"/work","ReadOnly":false,"VolumeOptions":{"NoCopy":false})"}) {
    EXPECT_THAT(config(made, plan), HasSubstr(part));
  }
  made.env = {{"LOGNAME", "me"}};
  plan.image_has_user = true;
  plan.network = "duws-inst-inbound";
  EXPECT_THAT(config(made, plan), Not(HasSubstr("USER")));
  EXPECT_THAT(config(made, plan), Not(HasSubstr("astro")));
  EXPECT_THAT(config(made, plan), Not(HasSubstr("ExtraHosts"))) << "the engine does that";
  made.network = {executor::Network::Kind::named, "host"};
  plan.network = "host";
  for (const auto* part : {"Hostname", "Sysctls"}) EXPECT_THAT(config(made, plan), Not(HasSubstr(part))) << part;
}

TEST(ContainerConfig, AConfiguredVolumeIsNotFilledFromTheImage) {
  auto made = spec();
  made.mounts = {{"archive", false, "/archive", true}, {"/srv/data", true, "/data", true}};
  EXPECT_THAT(config(made), HasSubstr(R"("Target":"/archive","ReadOnly":true,"VolumeOptions":{"NoCopy":true})"));
  ContainerPlan plan;
  plan.kind = Kind::podman;
  const auto text = config(made, plan);
  EXPECT_THAT(text, HasSubstr(R"("Binds":["archive:/archive:ro,nocopy"])"));
  EXPECT_THAT(text, Not(HasSubstr(R"("Target":"/archive")")));
  EXPECT_THAT(text, HasSubstr(R"("Target":"/data")"));
}

TEST(ContainerConfig, LimitsAreTheRuns) {
  auto made = spec();
  made.limits = {250, 64 << 20, 10, 100, 1000};
  const auto text = config(made);
  EXPECT_THAT(text, HasSubstr(R"("Memory":67108864,"MemorySwap":67108864)"));
  EXPECT_THAT(text, HasSubstr(R"("CpuQuota":25000)"));
  EXPECT_THAT(text, HasSubstr(R"("PidsLimit":10)"));
  EXPECT_THAT(text, HasSubstr(R"("Soft":100,"Hard":100)"));
  EXPECT_THAT(text, HasSubstr(R"("max-size":"1076576")"));
  made.limits.millicores = 1;
  EXPECT_THAT(config(made), HasSubstr(R"("CpuQuota":1000)")) << "the least that engines take";
}

TEST(ContainerConfig, CommandsAreExactAndAbsentOnesTheImages) {
  EXPECT_THAT(config(spec()), Not(HasSubstr("Entrypoint")));
  EXPECT_THAT(config(spec()), Not(HasSubstr("Cmd")));
  auto made = spec();
  made.entrypoint = {"sh", "-c"};
  made.args = {"echo \"a b\"", "", "ü"};
  EXPECT_THAT(config(made), HasSubstr(R"("Entrypoint":["sh","-c"],"Cmd":["echo \"a b\"","","ü"])"));
  made.entrypoint.emplace();
  EXPECT_THAT(config(made), HasSubstr(R"("Entrypoint":[""],"Cmd":["echo)")) << "none, and not the image's";
}

TEST(ContainerConfig, TheWorkingFolderIsTheRunsOrTheImages) {
  auto made = spec();
  EXPECT_THAT(config(made), HasSubstr(R"("WorkingDir":"/work/job")"));
  made.workdir.clear();
  EXPECT_THAT(config(made), Not(HasSubstr("WorkingDir")));
}

TEST(ContainerConfig, HomeIsTheRunsFolderUnlessGiven) {
  auto made = spec();
  made.env = {{"A", "b=c"}};
  EXPECT_THAT(config(made), HasSubstr(R"("Env":["HOME=/work/job","A=b=c"])"));
  made.env = {{"HOME", "/tmp"}};
  EXPECT_THAT(config(made), HasSubstr(R"("Env":["HOME=/tmp"])"));
}

TEST(ContainerConfig, MountsAreNarrow) {
  auto made = spec();
  made.mounts = {{"archive", false, "/archive", true}, {"/srv/data", true, "/data", false}};
  const auto text = config(made);
  EXPECT_THAT(text, HasSubstr(R"({"Type":"volume","Source":"duws-inst-job-2","Target":"/work","ReadOnly":false)"));
  EXPECT_THAT(text, HasSubstr(R"({"Type":"volume","Source":"archive","Target":"/archive","ReadOnly":true)"));
  EXPECT_THAT(text, HasSubstr(R"({"Type":"bind","Source":"/srv/data","Target":"/data","ReadOnly":false,)"
                              R"("BindOptions":{"Propagation":"private","NonRecursive":true}})"));
}

TEST(ContainerConfig, PortsArePublishedOnTheAddressOnly) {
  auto made = spec();
  made.ports = {{"web", 8080, "tcp"}, {"dns", 53, "udp"}};
  Options options;
  options.publish_address = "192.0.2.7";
  const auto text = data::to_json(container_config(made, {}, options));
  EXPECT_THAT(text, HasSubstr(R"("ExposedPorts":{"8080/tcp":{},"53/udp":{}})"));
  EXPECT_THAT(text, HasSubstr(R"("8080/tcp":[{"HostIp":"192.0.2.7","HostPort":""}])"));
  EXPECT_THAT(text, HasSubstr(R"("org.docker-uws.port.8080/tcp":"web")"));
}

TEST(ContainerConfig, LabelsAndUser) {
  ContainerPlan plan;
  plan.image_id = "sha256:1d";
  plan.image_digest = "sha256:d1";
  plan.user = UserIds{10000, 10001};
  const auto text = config(spec(), plan);
  EXPECT_THAT(text, HasSubstr(R"("Image":"sha256:1d")"));
  EXPECT_THAT(text, HasSubstr(R"("User":"10000:10001")"));
  EXPECT_THAT(text, HasSubstr(R"("Labels":{"org.docker-uws.installation":"inst","org.docker-uws.job":"job",)"
                              R"("org.docker-uws.attempt":"2","org.docker-uws.image-digest":"sha256:d1"})"));
}

}  // namespace
}  // namespace docker

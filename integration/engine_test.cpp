// Tests what only a real engine can show: that hardening, networks and mounts of containers work as intended.
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <ifaddrs.h>
#include <unistd.h>

#include "engine_fixture.h"

namespace docker::testing {
namespace {

using executor::EndCause;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RealEngine : public EngineFixture {
 protected:
  RealEngine() { options.sets_firewall = true; }
  /// Starts a run with a network of its own, so that this machine has an address to which other runs may connect.
  void start_neighbour() {
    auto neighbour = script("exec /bin/busybox sleep 300");
    neighbour.network.kind = executor::Network::Kind::outbound;
    ASSERT_EQ(submit(neighbour).state, executor::RunState::running);
  }
};

TEST_F(RealEngine, ARunHasNoPowers) {
  const auto text =
      output(script("b=/bin/busybox; $b cat /proc/self/status; ulimit -n; $b cat /proc/self/oom_score_adj;"
                    "$b id; $b env; $b cat /proc/self/mounts; $b ls /sys/class/net"));
  EXPECT_THAT(text, AllOf(HasSubstr("CapEff:\t0000000000000000"), HasSubstr("CapBnd:\t0000000000000000"),
                          HasSubstr("NoNewPrivs:\t1"), HasSubstr("Seccomp:\t2")));
  EXPECT_THAT(text, ::testing::ContainsRegex("\n4096\n500\nuid=10000[^ ]* gid=10000"));
  EXPECT_THAT(text, HasSubstr("HOME=/work/job\n"));
  EXPECT_THAT(text, AllOf(HasSubstr("lo\n"), Not(HasSubstr("eth0"))));
}

TEST_F(RealEngine, ProcessesAreLimited) {
  auto made = script("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do /bin/busybox sleep 5 & done; wait");
  made.limits.pids = 8;
  EXPECT_THAT(output(made), HasSubstr("can't fork"));
}

TEST_F(RealEngine, MoreCoresThanTheMachineHasAreOversold) {
  auto made = script("echo fine");
  made.limits.millicores = 100'000;
  EXPECT_EQ(output(made), "fine\n");
}

/// Listens on all addresses of this machine. It accepts connections and closes them at once.
class Listener {
 public:
  explicit Listener(std::uint16_t port = 0) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    socklen_t length = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, raw, length) == 0 && ::listen(socket_, 8) == 0 && ::getsockname(socket_, raw, &length) == 0) {
      port_ = ntohs(address.sin_port);
    }
    thread_ = std::thread([this] {
      for (int peer = 0; (peer = ::accept(socket_, nullptr, nullptr)) >= 0;) ::close(peer);
    });
  }
  ~Listener() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  std::string port() const { return std::to_string(port_); }

 private:
  int socket_ = -1;
  int port_ = 0;
  std::thread thread_;
};

/// The addresses of this machine to which a container may try to connect: all but loopback.
std::vector<std::string> addresses() {
  std::vector<std::string> found;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return found;
  for (const auto* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    char text[INET_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr, text, sizeof text);
    if (std::string_view(text).substr(0, 4) != "127.") found.emplace_back(text);
  }
  ::freeifaddrs(list);
  return found;
}

/// A shell script that prints "connected ADDRESS" for each address to which it can connect.
std::string try_all(const std::vector<std::string>& targets, const std::string& port) {
  std::string text;
  for (const auto& target : targets) {
    text +=
        "/bin/busybox nc -w 2 " + target + " " + port + " </dev/null 2>/dev/null && echo connected " + target + "; ";
  }
  return text + "echo tried; ";
}

/// The same for the bridge address of the run's own network.
std::string try_bridge(const std::string& port) {
  return "own=$(/bin/busybox hostname -i | /bin/busybox cut -d' ' -f1); " + try_all({"${own%.*}.1"}, port);
}

TEST_F(RealEngine, ARunWithPortsIsReachedAndReachesNobody) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may set this machine's packet filter";
  const Listener listener;
  start_neighbour();
  const auto before = addresses();
  ASSERT_FALSE(before.empty());
  auto made = script(try_all(before, listener.port()) + try_bridge(listener.port()) + "echo my address is $own; " +
                     "/bin/busybox nslookup example.org 2>&1; echo served >/tmp/index.html;" +
                     "exec /bin/busybox httpd -f -p 8080 -h /tmp");
  made.ports = {{"web", 8080, "tcp"}};
  const auto status = submit(made);
  ASSERT_EQ(status.endpoints.size(), 1U);
  EXPECT_EQ(executor::conformance::fetch(status.endpoints.front()), "served\n");
  EXPECT_EQ(status.endpoints.front().host == "127.0.0.1", !is_podman());
  ASSERT_TRUE(cancel(made.id).ok());
  const auto text = words_of(made.id);
  EXPECT_THAT(text, HasSubstr("tried"));
  EXPECT_THAT(text, ::testing::ContainsRegex("my address is [0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_THAT(text, Not(HasSubstr("connected")));
  EXPECT_THAT(text, Not(HasSubstr("Address 1")));
}

TEST_F(RealEngine, ARunWithOutboundReachesOthersAndOfThisMachineItsNameServer) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may set this machine's packet filter";
  const Listener listener;
  const Listener name_server(53);
  start_neighbour();
  const auto known = addresses();
  ASSERT_FALSE(known.empty());
  auto made = script(try_all(known, name_server.port()) + "echo others; " + try_all(known, listener.port()) +
                     try_bridge(listener.port()));
  made.network.kind = executor::Network::Kind::outbound;
  const auto text = output(made);
  const auto others = text.find("others");
  EXPECT_THAT(text.substr(0, others), HasSubstr("connected " + known.front())) << "there is a way out";
  EXPECT_THAT(text.substr(others), AllOf(HasSubstr("tried"), Not(HasSubstr("connected"))));
}

TEST_F(RealEngine, ItSaysWhetherRunsAreKeptFromThisMachine) {
  const auto notes = [this] {
    const auto described = ask<executor::Description>(
        [](executor::Engine& engine, util::Callback<executor::Description> done) { engine.describe(done); });
    return described.ok() ? described->notes : std::vector<std::string>{};
  };
  EXPECT_THAT(notes(), ::testing::Contains(HasSubstr(::geteuid() == 0 ? "runs are kept from" : "are not kept from")));
}

TEST_F(RealEngine, RunsDoNotReachOneAnother) {
  auto server = script("echo served >/tmp/index.html; exec /bin/busybox httpd -f -p 8080 -h /tmp");
  server.ports = {{"web", 8080, "tcp"}};
  const auto status = submit(server);
  ASSERT_EQ(status.endpoints.size(), 1U);
  EXPECT_EQ(executor::conformance::fetch(status.endpoints.front()), "served\n");
  const auto inspected = bench().raw.call("GET", "/containers/" + server.id.name() + "/json").json();
  const auto* networks = inspected.find("NetworkSettings")->find("Networks");
  const auto address = networks->members().front().second.find("IPAddress")->text();
  auto one = script(try_all({address}, "8080"));
  one.ports = {{"web", 8080, "tcp"}};
  auto another = script(try_all({address}, "8080"));
  another.network.kind = executor::Network::Kind::outbound;
  for (const auto& other : {one, another}) {
    const auto text = output(other);
    EXPECT_THAT(text, HasSubstr("tried"));
    EXPECT_THAT(text, Not(HasSubstr("connected")));
  }
}

TEST_F(RealEngine, AUserThatTheImageNamesIsKept) {
  auto& raw = bench().raw;
  const auto made = raw.call("POST", "/containers/create", R"({"Image":"conformance:test"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto container = made.json().find("Id")->text();
  raw.call("POST", "/commit?container=" + container + "&repo=conformance&tag=astro&changes=USER%20astro", "{}");
  raw.call("POST", "/commit?container=" + container + "&repo=conformance&tag=toor&changes=USER%20toor", "{}");
  raw.call("DELETE", "/containers/" + container);
  auto run = script("/bin/busybox id; /bin/busybox stat -c %u:%g .; echo x >mine && echo written");
  run.image.tag = "astro";
  EXPECT_THAT(output(run), AllOf(HasSubstr("uid=4321(astro) gid=4322"), HasSubstr("4321:4322"), HasSubstr("written")));
  auto root = script("/bin/busybox id");
  root.image.tag = "toor";
  const auto refused = submit(root);
  ASSERT_TRUE(refused.ended);
  EXPECT_THAT(refused.ended->detail, HasSubstr("'toor' is root"));
  raw.call("DELETE", "/images/conformance:astro");
  raw.call("DELETE", "/images/conformance:toor");
}

TEST_F(RealEngine, MountsAreAsConfigured) {
  char folder[] = "/tmp/duws-mount-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  ::chmod(folder, 0777);
  auto made = script("exec 2>&1; (echo x >/data/file); (echo x >/writable/file); /bin/busybox ls /data");
  made.mounts = {{folder, true, "/data", true}, {folder, true, "/writable", false}};
  EXPECT_EQ(output(made), "sh: can't create /data/file: Read-only file system\nfile\n");
  ::unlink((std::string(folder) + "/file").c_str());
  ::rmdir(folder);

  auto missing = script("echo never");
  missing.mounts = {{std::string(folder) + "-that-is-not-there", true, "/data", true}};
  const auto status = submit(missing);
  ASSERT_TRUE(status.ended);
  EXPECT_EQ(status.ended->cause, EndCause::start_refused);
  EXPECT_THAT(status.ended->detail, HasSubstr("does not exist"));
}

TEST_F(RealEngine, AConfiguredVolumeIsNotFilledFromTheImage) {
  const auto volume = "operators-" + util::random_id();
  ASSERT_EQ(bench().raw.call("POST", "/volumes/create", R"({"Name":")" + volume + "\"}").status, 201);
  auto made = script("/bin/busybox ls /opt; (echo x >/opt/new) 2>/dev/null || echo refused");
  made.mounts = {{volume, false, "/opt", true}};
  EXPECT_EQ(output(made), "refused\n");
  auto writing = script("echo x >/opt/new; /bin/busybox ls /opt");
  writing.mounts = {{volume, false, "/opt", false}};
  output(writing);
  release_all();
  bench().raw.call("DELETE", "/volumes/" + volume);
}

TEST_F(RealEngine, TheWorkFolderIsAVolumeOfItsOwn) {
  auto made = script("echo kept >a; /bin/busybox grep ' /work ' /proc/self/mounts");
  EXPECT_THAT(output(made), HasSubstr(" /work "));
  const auto volume = bench().raw.call("GET", "/volumes/" + made.id.name()).json();
  ASSERT_NE(volume.find("Labels"), nullptr);
  EXPECT_EQ(volume.find("Labels")->find("org.docker-uws.job")->text(), made.id.job);
}

}  // namespace
}  // namespace docker::testing

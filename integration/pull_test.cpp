// Tests pulling images from real registries on loopback. integration/with-registry says which images they have.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <unistd.h>

#include "engine_fixture.h"
#include "util/hash.h"
#include "util/text.h"

namespace docker::testing {
namespace {

using executor::EndCause;
using executor::RunState;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Pull : public EngineFixture {
 protected:
  Pull() { options.pull = PullPolicy::missing; }
  ~Pull() override {
    for (const auto& image : pulled_) {
      release_all();
      bench().raw.call("DELETE", "/images/" + image.name() + ":" + image.tag);
    }
  }
  void SetUp() override {
    ASSERT_NE(std::getenv("DUWS_TEST_REGISTRY"), nullptr) << "to be run by integration/with-registry";
  }

  static std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  }
  task::ImageReference image_of(const std::string& registry, const std::string& name) {
    pulled_.push_back({registry, name, "test", ""});
    return pulled_.back();
  }
  task::ImageReference open_image(const std::string& name) { return image_of(variable("DUWS_TEST_REGISTRY"), name); }
  task::ImageReference locked_image() { return image_of(variable("DUWS_TEST_REGISTRY_LOCKED"), "busybox"); }
  void log_in(const std::string& password) {
    options.registries = {{variable("DUWS_TEST_REGISTRY_LOCKED"), variable("DUWS_TEST_REGISTRY_USER"), password}};
  }

  executor::RunEnd refused(const executor::RunSpec& made) {
    const auto status = submit(made);
    EXPECT_TRUE(status.ended);
    return status.ended.value_or(executor::RunEnd{});
  }

 private:
  std::vector<task::ImageReference> pulled_;
};

TEST_F(Pull, BringsAnImageOnceForTwoRunsWithProgressAndDigest) {
  const auto image = open_image("large");
  const auto one = spec(image);
  auto first = start_submit(one);
  auto second = start_submit(spec(image));
  std::vector<int> shown;
  while (first.wait_for(std::chrono::milliseconds{2}) != std::future_status::ready) {
    const auto status = inspect(one.id);
    if (status.state == RunState::preparing && status.progress.percent) shown.push_back(*status.progress.percent);
  }
  EXPECT_TRUE(std::is_sorted(shown.begin(), shown.end()));
  EXPECT_EQ(shown.empty(), is_podman()) << "Podman tells of no bytes";
  const auto status = first.get();
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(status->state, RunState::running);
  EXPECT_THAT(status->image_digest, StartsWith("sha256:"));
  const auto other = second.get();
  ASSERT_TRUE(other.ok()) << other.error().message;
  // The engine may answer one run's question for the image only after the other run has pulled it.
  EXPECT_TRUE(status->steps.contains("pulled") || other->steps.contains("pulled"));

  auto pinned = image;
  pinned.tag.clear();
  pinned.digest = status->image_digest;
  const auto facts = ask<executor::ImageFacts>(
      [=](executor::Engine& engine, util::Callback<executor::ImageFacts> done) { engine.image(pinned, done); });
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_EQ(facts->digest, pinned.digest);
  EXPECT_EQ(submit(spec(pinned)).image_digest, pinned.digest);
}

TEST_F(Pull, ADigestThatIsNotHereIsPulled) {
  const auto image = open_image("large");
  const auto digest = submit(spec(image)).image_digest;
  release_all();
  ASSERT_EQ(bench().raw.call("DELETE", "/images/" + image.name() + ":" + image.tag).status, 200);
  auto pinned = image;
  pinned.tag.clear();
  pinned.digest = digest;
  const auto status = submit(spec(pinned));
  EXPECT_TRUE(status.steps.contains("pulled"));
  EXPECT_EQ(status.image_digest, digest);
  release_all();
  bench().raw.call("DELETE", "/images/" + image.name() + "@" + digest);
}

TEST_F(Pull, AlwaysAsksTheRegistryAndFallsBackToWhatIsHere) {
  options.pull = PullPolicy::always;
  const auto image = open_image("busybox");
  EXPECT_TRUE(submit(spec(image)).steps.contains("pulled"));
  const auto again = submit(spec(image));
  EXPECT_TRUE(again.steps.contains("pulled"));
  EXPECT_TRUE(again.notes.empty());

  const task::ImageReference nowhere{"127.0.0.1:9", "busybox", "test", ""};
  ASSERT_EQ(
      bench().raw.call("POST", "/images/" + image.name() + ":test/tag?repo=" + nowhere.name() + "&tag=test").status,
      201);
  const auto status = submit(spec(nowhere));
  EXPECT_EQ(status.state, RunState::running);
  ASSERT_EQ(status.notes.size(), 1U);
  EXPECT_THAT(status.notes.front(), HasSubstr("connection refused"));
  const auto shown = inspect(status.id);
  EXPECT_EQ(shown.notes, status.notes) << "the container carries it";
  release_all();
  bench().raw.call("DELETE", "/images/" + nowhere.name() + ":test");
}

TEST_F(Pull, AMissingTagAMissingNameAndAMissingDigest) {
  auto image = open_image("busybox");
  image.tag = "v2";
  EXPECT_EQ(refused(spec(image)).cause, EndCause::image_missing);
  image.repository = "nosuch";
  EXPECT_EQ(refused(spec(image)).cause, EndCause::image_missing);
  image.tag.clear();
  image.digest = "sha256:" + std::string(64, '1');
  EXPECT_EQ(refused(spec(image)).cause, EndCause::image_missing);
}

TEST_F(Pull, WithoutCredentialsItIsDenied) { EXPECT_EQ(refused(spec(locked_image())).cause, EndCause::image_denied); }

TEST_F(Pull, WithWrongCredentialsItIsDenied) {
  log_in("wrong");
  EXPECT_EQ(refused(spec(locked_image())).cause, EndCause::image_denied);
}

TEST_F(Pull, TheConfiguredCredentialsAreUsed) {
  log_in(variable("DUWS_TEST_REGISTRY_PASSWORD"));
  EXPECT_TRUE(submit(spec(locked_image())).steps.contains("pulled"));
}

TEST_F(Pull, ARegistryThatIsNotThere) {
  const auto ended = refused(spec({"127.0.0.1:9", "busybox", "test", ""}));
  EXPECT_EQ(ended.cause, EndCause::registry_unreachable);
  EXPECT_THAT(ended.detail, HasSubstr("connection refused"));
}

/// Makes one request to the registry that needs no login, and waits for the response.
net::Response ask_registry(const std::string& method, const std::string& path, const std::string& type,
                           const std::string& body = {}) {
  net::Client client;
  net::Call call;
  call.method = method;
  call.url = "http://" + std::string(std::getenv("DUWS_TEST_REGISTRY")) + path;
  call.headers.emplace_back(method == "GET" ? "Accept" : "Content-Type", type);
  call.body = body;
  std::promise<util::Result<net::Response>> answered;
  client.start(std::move(call), [&](util::Result<net::Response> result) { answered.set_value(std::move(result)); });
  auto result = answered.get_future().get();
  EXPECT_TRUE(result.ok());
  return result.ok() ? std::move(result).value() : net::Response{};
}

TEST_F(Pull, AListOfImagesForOtherMachines) {
  // Manifests have the media types of the engine that pushed the image.
  const std::string docker_one = "application/vnd.docker.distribution.manifest.v2+json";
  const std::string oci_one = "application/vnd.oci.image.manifest.v1+json";
  const auto manifest = ask_registry("GET", "/v2/busybox/manifests/test", docker_one + ", " + oci_one);
  ASSERT_EQ(manifest.status, 200);
  const bool is_oci = manifest.body.find("application/vnd.oci.image.config") != std::string::npos;
  const auto& one = is_oci ? oci_one : docker_one;
  const std::string list =
      is_oci ? "application/vnd.oci.image.index.v1+json" : "application/vnd.docker.distribution.manifest.list.v2+json";
  const auto made = ask_registry("PUT", "/v2/busybox/manifests/elsewhere", list,
                                 R"({"schemaVersion":2,"mediaType":")" + list + R"(","manifests":[{"mediaType":")" +
                                     one + R"(","size":)" + std::to_string(manifest.body.size()) +
                                     R"(,"digest":"sha256:)" + util::to_hex(util::sha256(manifest.body)) +
                                     R"(","platform":{"architecture":"s390x","os":"linux"}}]})");
  ASSERT_EQ(made.status, 201) << made.body;
  auto image = open_image("busybox");
  image.tag = "elsewhere";
  const auto ended = refused(spec(image));
  EXPECT_EQ(ended.cause, EndCause::image_platform) << ended.detail;
}

/// A registry that refuses every request because there were too many.
class BusyRegistry {
 public:
  BusyRegistry() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, raw, length) == 0 && ::listen(socket_, 8) == 0 && ::getsockname(socket_, raw, &length) == 0) {
      port_ = ntohs(address.sin_port);
    }
    thread_ = std::thread([this] {
      for (int peer = 0; (peer = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(peer)) answer(peer);
    });
  }
  ~BusyRegistry() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  BusyRegistry(const BusyRegistry&) = delete;
  BusyRegistry& operator=(const BusyRegistry&) = delete;
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  static void answer(int peer) {
    std::array<char, 4096> buffer{};
    const auto got = ::recv(peer, buffer.data(), buffer.size(), 0);
    if (got <= 0) return;
    const auto asked = std::string_view(buffer.data(), static_cast<std::size_t>(got));
    const bool is_first = asked.starts_with("GET /v2/ ");
    const std::string body =
        is_first ? "{}"
                 : R"({"errors":[{"code":"TOOMANYREQUESTS","message":"you have reached your pull rate limit"}]})";
    const auto text = std::string("HTTP/1.1 ") + (is_first ? "200 OK" : "429 Too Many Requests") +
                      "\r\nRetry-After: 1\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body;
    (void)::send(peer, text.data(), text.size(), MSG_NOSIGNAL);
  }

  int socket_ = -1;
  int port_ = 0;
  std::thread thread_;
};

TEST_F(Pull, ARegistryThatHasHadTooManyRequests) {
  const BusyRegistry registry;
  const auto ended = refused(spec({registry.host(), "busybox", "test", ""}));
  EXPECT_EQ(ended.cause, EndCause::registry_busy) << ended.detail;
}

}  // namespace
}  // namespace docker::testing

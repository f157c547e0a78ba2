// Tests inspecting images in a fake registry, which follows the OCI distribution specification or breaks it.
#include "registry/registries.h"

#include <future>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "registry/challenge.h"
#include "registry/manifest.h"
#include "unit/net/loopback_server.h"
#include "util/text.h"

namespace registry {
namespace {

using net::testing::answer;
using nlohmann::json;
using testing::HasSubstr;
using util::ErrorCode;

/// Serves documents by their paths. Demands an Authorization header if `wanted` is set.
class FakeRegistry {
 public:
  FakeRegistry() : server_([this](const auto& request, const auto& peer) { return serve(request, peer); }) {}

  std::string put(const std::string& kind, const std::string& name, const json& document) {
    const std::string text = document.dump();
    documents_["/v2/astro/tool/" + kind + "/" + name] = text;
    documents_["/v2/astro/tool/" + kind + "/" + digest_of(text)] = text;
    return digest_of(text);
  }
  /// Adds an image for that architecture, and returns the digest of its manifest.
  std::string put_image(const std::string& name, const std::string& architecture) {
    const std::string config = put("blobs", name,
                                   {{"os", "linux"},
                                    {"architecture", architecture},
                                    {"config", {{"User", "7"}, {"ExposedPorts", {{"80/tcp", json::object()}}}}}});
    return put("manifests", name,
               {{"schemaVersion", 2}, {"config", {{"digest", config}}}, {"layers", {{{"size", 10}}, {{"size", 20}}}}});
  }
  void spoil(const std::string& path) { documents_["/v2/astro/tool/" + path] += " "; }
  std::string host() const { return "127.0.0.1:" + std::to_string(server_.port()); }

  std::string wanted;  // the Authorization header that requests must have; empty: none
  std::string challenge;

 private:
  bool serve(const net::testing::Request& request, const net::testing::Peer& peer) {
    if (request.target.starts_with("/token")) {
      const auto given = request.headers.find("authorization");
      const bool known = given != request.headers.end() && given->second == "Basic " + util::to_base64("ada:secret");
      return peer.send(known ? answer(R"({"token": "t0"})") : answer("{}", "401 Unauthorized"));
    }
    const auto given = request.headers.find("authorization");
    if (!wanted.empty() && (given == request.headers.end() || given->second != wanted)) {
      return peer.send(answer("", "401 Unauthorized", "WWW-Authenticate: " + challenge + "\r\n"));
    }
    const auto found = documents_.find(request.target);
    return peer.send(found == documents_.end() ? answer("{}", "404 Not Found") : answer(found->second));
  }

  std::map<std::string, std::string> documents_;
  net::testing::LoopbackServer server_;
};

class Looking : public ::testing::Test {
 protected:
  util::Result<executor::ImageFacts> find(const std::string& reference, Options options = {}) {
    if (is_trusted) options.trusted_hosts.insert(registry.host());
    const Registries registries(std::move(options), client,
                                std::make_shared<const net::AddressPolicy>(*net::AddressPolicy::create({})));
    std::promise<util::Result<executor::ImageFacts>> found;
    registries.find(*task::ImageReference::parse(registry.host() + "/astro/tool" + reference),
                    [&](util::Result<executor::ImageFacts> facts) { found.set_value(std::move(facts)); });
    return found.get_future().get();
  }

  FakeRegistry registry;
  net::Client client;
  bool is_trusted = true;
};

TEST_F(Looking, FindsWhatAnImageIs) {
  const std::string digest = registry.put_image("1.0", "amd64");
  const auto facts = find(":1.0");
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_EQ(facts->digest, digest);
  EXPECT_EQ(facts->architecture, "amd64");
  EXPECT_EQ(facts->os, "linux");
  EXPECT_EQ(facts->size_bytes, 30U);
  EXPECT_EQ(facts->user, "7");
  EXPECT_THAT(facts->exposed_ports, testing::ElementsAre("80/tcp"));
  EXPECT_TRUE(find("@" + digest).ok());
  EXPECT_EQ(find(":2.0").error().code, ErrorCode::not_found);
}

TEST_F(Looking, ChoosesOurPlatformOfSeveral) {
  const auto entry = [](const std::string& digest, const std::string& architecture) {
    return json{{"digest", digest}, {"platform", {{"os", "linux"}, {"architecture", architecture}}}};
  };
  const std::string arm = registry.put_image("arm", "arm64");
  const std::string amd = registry.put_image("amd", "amd64");
  const std::string both =
      registry.put("manifests", "both", {{"manifests", {entry(arm, "arm64"), entry(amd, "amd64")}}});
  registry.put("manifests", "arm-only", {{"manifests", {entry(arm, "arm64")}}});
  const auto facts = find(":both");
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->architecture, "amd64");
  EXPECT_EQ(facts->digest, both);
  EXPECT_THAT(facts->platforms, testing::ElementsAre("linux/arm64", "linux/amd64"));
  EXPECT_EQ(find(":arm-only")->architecture, "arm64");
  registry.put("manifests", "loop", {{"manifests", {entry(both, "amd64")}}});
  EXPECT_EQ(find(":loop").error().code, ErrorCode::unavailable);
}

TEST_F(Looking, BytesThatAreNotOfTheirDigestAreNotBelieved) {
  const std::string digest = registry.put_image("1.0", "amd64");
  registry.spoil("manifests/" + digest);
  EXPECT_THAT(find("@" + digest).error().message, HasSubstr("another manifest"));
}

TEST_F(Looking, LogsInAsItIsAskedTo) {
  registry.put_image("1.0", "amd64");
  Options options;
  options.logins = {{registry.host(), "ada", "secret"}};
  registry.wanted = "Basic " + util::to_base64("ada:secret");
  registry.challenge = "Basic realm=\"here\"";
  EXPECT_TRUE(find(":1.0", options).ok());
  EXPECT_EQ(find(":1.0").error().code, ErrorCode::forbidden);
  registry.wanted = "Bearer t0";
  registry.challenge =
      "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\",scope=\"repository:a:pull\"";
  EXPECT_TRUE(find(":1.0", options).ok());
  options.logins[0].password = "wrong";
  EXPECT_EQ(find(":1.0", options).error().code, ErrorCode::forbidden);
}

TEST_F(Looking, PasswordsGoNowhereElseInTheClear) {
  registry.put_image("1.0", "amd64");
  Options options;
  options.logins = {{registry.host(), "ada", "secret"}};
  registry.wanted = "Bearer t0";
  for (const char* realm : {"http://10.0.0.7/token", "http://169.254.169.254/latest", "ftp://a/b", "token"}) {
    registry.challenge = "Bearer realm=\"" + std::string(realm) + "\",service=\"s\"";
    EXPECT_THAT(find(":1.0", options).error().message, HasSubstr("without TLS")) << realm;
  }
  registry.challenge = "Bearer realm=\"https://10.0.0.7/token\",service=\"s\"";
  EXPECT_EQ(find(":1.0", options).error().code, ErrorCode::unavailable);
}

TEST_F(Looking, ARegistryThatNobodyWroteDownIsSubjectToTheAddressPolicy) {
  registry.put_image("1.0", "amd64");
  is_trusted = false;
  const auto refused = find(":1.0");
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("cannot be asked"));
}

TEST_F(Looking, WhatIsNoManifestIsSaidSo) {
  registry.put("manifests", "old", {{"schemaVersion", 1}});
  registry.put("manifests", "list", json::array());
  registry.put("manifests", "evil", {{"config", {{"digest", "sha256:../../x"}}}});
  for (const char* tag : {":old", ":list", ":evil"}) EXPECT_EQ(find(tag).error().code, ErrorCode::unavailable) << tag;
}

TEST(Challenge, IsReadAsRegistriesWriteIt) {
  const auto bearer = parse_challenge(
      R"(Bearer realm="https://auth.example.org/token", service="a\"b" ,scope="repository:a/b:pull,push",error=x)");
  ASSERT_TRUE(bearer);
  EXPECT_TRUE(bearer->is_bearer);
  EXPECT_EQ(bearer->realm, "https://auth.example.org/token");
  EXPECT_EQ(bearer->service, "a\"b");
  EXPECT_EQ(bearer->scope, "repository:a/b:pull,push");
  EXPECT_FALSE(parse_challenge("Basic realm=\"x\"")->is_bearer);
  for (const char* text :
       {"", "Digest realm=\"x\"", "Bearer", "Bearer realm", "Bearer realm=\"x", "Bearer service=\"x\""}) {
    EXPECT_FALSE(parse_challenge(text)) << text;
  }
}

}  // namespace
}  // namespace registry

#include "http/forwarded.h"

#include <gmock/gmock.h>

namespace http {
namespace {

Headers fields(std::vector<std::pair<std::string, std::string>> list) {
  Headers headers;
  for (auto& [name, value] : list) headers.add(name, value);
  return headers;
}

class ForwardedTest : public testing::Test {
 protected:
  Forwarding::Addresses resolve(std::string_view peer, const Headers& headers) {
    return forwarding.resolve(peer, "host:8080", headers);
  }
  Forwarding forwarding = Forwarding::create({"127.0.0.1", "10.0.0.0/8", "fd00::/8"}, {}).value();
};

TEST_F(ForwardedTest, BlocksMatchByPrefix) {
  EXPECT_TRUE(forwarding.trusts("127.0.0.1"));
  EXPECT_FALSE(forwarding.trusts("127.0.0.2"));
  EXPECT_TRUE(forwarding.trusts("10.255.1.2"));
  EXPECT_TRUE(forwarding.trusts("::ffff:10.1.1.1"));
  EXPECT_FALSE(forwarding.trusts("11.0.0.1"));
  EXPECT_TRUE(forwarding.trusts("fdff::1"));
  EXPECT_FALSE(forwarding.trusts("fe80::1"));
  EXPECT_FALSE(forwarding.trusts("unknown"));
}

TEST_F(ForwardedTest, AStrangerIsNotBelieved) {
  const auto addressed = resolve("192.0.2.7", fields({{"X-Forwarded-Proto", "https"},
                                                      {"X-Forwarded-Host", "evil"},
                                                      {"X-Forwarded-For", "1.2.3.4"},
                                                      {"X-Forwarded-Prefix", "/x"},
                                                      {"Forwarded", "for=1.2.3.4;host=evil;proto=https"}}));
  EXPECT_EQ(addressed.base_url, "http://host:8080");
  EXPECT_EQ(addressed.peer_address, "192.0.2.7");
}

TEST_F(ForwardedTest, ATrustedProxyIsBelieved) {
  const auto addressed = resolve("127.0.0.1", fields({{"X-Forwarded-Proto", "https"},
                                                      {"X-Forwarded-Host", "uws.example.org"},
                                                      {"X-Forwarded-For", "198.51.100.4"},
                                                      {"X-Forwarded-Prefix", "/service/"}}));
  EXPECT_EQ(addressed.base_url, "https://uws.example.org/service");
  EXPECT_EQ(addressed.peer_address, "198.51.100.4");
}

TEST_F(ForwardedTest, WhatStandsBeforeTheNearestStrangerIsHearsay) {
  const auto addressed = resolve("127.0.0.1", fields({{"X-Forwarded-For", "10.9.9.9, 198.51.100.4, 10.1.1.1"},
                                                      {"X-Forwarded-Host", "evil, public.example.org, inner"},
                                                      {"X-Forwarded-Proto", "gopher, https, http"}}));
  EXPECT_EQ(addressed.peer_address, "198.51.100.4");
  EXPECT_EQ(addressed.base_url, "https://public.example.org");
}

TEST_F(ForwardedTest, TheStandardFieldWins) {
  const auto addressed =
      resolve("127.0.0.1",
              fields({{"Forwarded", "for=evil;host=evil, for=\"[2001:db8::1]:4711\";proto=https;host=a.example.org"},
                      {"X-Forwarded-Host", "other"}}));
  EXPECT_EQ(addressed.peer_address, "2001:db8::1");
  EXPECT_EQ(addressed.base_url, "https://a.example.org");
}

TEST_F(ForwardedTest, GarbageFromAProxyIsIgnored) {
  const auto addressed = resolve("127.0.0.1", fields({{"X-Forwarded-For", "unknown"},
                                                      {"X-Forwarded-Proto", "javascript"},
                                                      {"X-Forwarded-Host", "a/b?c"},
                                                      {"X-Forwarded-Prefix", "//evil"}}));
  EXPECT_EQ(addressed.peer_address, "127.0.0.1");
  EXPECT_EQ(addressed.base_url, "http://host:8080");
}

TEST_F(ForwardedTest, WherePublicUrlsAreConfiguredItIsOneOfThem) {
  forwarding = Forwarding::create({"127.0.0.1"}, {"https://uws.example.org/", "http://inside:8080/uws"}).value();
  EXPECT_EQ(resolve("1.2.3.4", {}).base_url, "https://uws.example.org");
  EXPECT_EQ(forwarding.resolve("1.2.3.4", "Inside:8080", {}).base_url, "http://inside:8080/uws");
  EXPECT_EQ(forwarding.resolve("127.0.0.1", "UWS.example.org:443", fields({{"X-Forwarded-Proto", "https"}})).base_url,
            "https://uws.example.org");
  EXPECT_EQ(forwarding.resolve("1.2.3.4", "evil", {}).base_url, "https://uws.example.org");
}

TEST(Forwarding, BadConfigurationIsRefused) {
  for (const char* proxy : {"localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "", "::/129"}) {
    EXPECT_FALSE(Forwarding::create({proxy}, {}).ok()) << proxy;
  }
  for (const char* url : {"uws.example.org", "ftp://x", "https://", "https://x y", "https://x/a?b", "https://a@b"}) {
    EXPECT_FALSE(Forwarding::create({}, {url}).ok()) << url;
  }
}

}  // namespace
}  // namespace http

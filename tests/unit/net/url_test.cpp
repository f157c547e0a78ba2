#include "net/url.h"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(Url, PartsAreTaken) {
  const auto url = parse_url("HTTPS://Example.org:8443/a?b#c");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "Example.org");
  EXPECT_EQ(url->port, "8443");
  EXPECT_FALSE(url->has_userinfo);
}

TEST(Url, NumbersAreShownAsTheAddressTheyMean) {
  for (const char* text : {"http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/"}) {
    const auto url = parse_url(text);
    ASSERT_TRUE(url.ok()) << text;
    EXPECT_EQ(url->host, "127.0.0.1") << text;
  }
  EXPECT_EQ(parse_url("http://[::1]:80/")->host, "::1");
}

TEST(Url, UserinfoIsSeen) {
  EXPECT_TRUE(parse_url("http://user@host/")->has_userinfo);
  EXPECT_TRUE(parse_url("http://user:secret@host/")->has_userinfo);
  EXPECT_TRUE(parse_url("http://:secret@host/")->has_userinfo);
  EXPECT_FALSE(parse_url("http://host/user:secret@here")->has_userinfo);
}

TEST(Url, WhatIsNotOneIsRefusedWithoutBeingRepeated) {
  const std::string with_nul("http://host/\0", 13);
  for (const std::string& text : {std::string(), std::string("host/secret"), std::string("http://"),
                                  std::string("http://ho st/secret"), std::string("http://host/\r\nsecret: x"),
                                  std::string("http://host:99999/secret"), with_nul, std::string(9000, 'a')}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.error().code, util::ErrorCode::invalid_argument);
    EXPECT_EQ(url.error().message.find("secret"), std::string::npos);
    EXPECT_NE(url.error().message.find("absolute URL"), std::string::npos);
  }
}

TEST(Url, OriginLeavesOutCredentialsPathAndQuery) {
  EXPECT_EQ(origin("https://user:secret@example.org:8443/path?token=secret#x"), "https://example.org:8443");
  EXPECT_EQ(origin("http://[fd00::1]/x"), "http://[fd00::1]");
  EXPECT_EQ(origin("no url?secret"), "an unreadable URL");
}

TEST(Url, ALoopbackHostIsThisMachineOnly) {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LOCALHOST"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host :
       {"", "127.evil.example.org", "127.1", "localhost.example.org", "0.0.0.0", "::", "[::1", "10.0.0.1"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

TEST(Url, TheSchemeOfAReferenceIsTaken) {
  EXPECT_EQ(scheme_of("HTTP+unix://%2Frun"), "http+unix");
  EXPECT_EQ(scheme_of("file:x"), "file");
  for (const char* relative : {"", "/a:b", "//host:80/", "a/b:c", "?q:1", ":x", "1a:b"}) {
    EXPECT_EQ(scheme_of(relative), "") << relative;
  }
}

}  // namespace
}  // namespace net

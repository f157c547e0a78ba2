#include "net/address_policy.h"

#include <gmock/gmock.h>

namespace net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

AddressPolicy policy(const std::vector<std::string>& allowed = {}) { return *AddressPolicy::create(allowed); }

TEST(AddressPolicy, PublicAddressesMayBeReached) {
  for (const char* address : {"1.1.1.1",
                              "9.255.255.255",
                              "11.0.0.0",
                              "100.63.255.255",
                              "100.128.0.0",
                              "126.255.255.255",
                              "128.0.0.1",
                              "169.253.255.255",
                              "169.255.0.0",
                              "172.15.255.255",
                              "172.32.0.0",
                              "191.255.255.255",
                              "192.0.1.0",
                              "192.167.0.1",
                              "192.169.0.0",
                              "198.17.255.255",
                              "198.20.0.0",
                              "223.255.255.255",
                              "2606:4700::1111",
                              "2a00:1450::1",
                              "2003::1",
                              "::ffff:1.1.1.1",
                              "64:ff9b::1.1.1.1",
                              "2002:0101:0101::1",
                              "2001:0:101:101::fefe:fefe" /* Teredo: server and client 1.1.1.1 */}) {
    EXPECT_TRUE(policy().check(address).ok()) << address;
  }
}

struct Refused {
  const char* address;
  const char* as;
};

class RefusedAddress : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedAddress, IsForbiddenWithItsClass) {
  const auto status = policy().check(GetParam().address);
  ASSERT_FALSE(status.ok()) << GetParam().address;
  EXPECT_EQ(status.error().code, util::ErrorCode::forbidden);
  EXPECT_THAT(status.error().message, StartsWith(std::string(GetParam().as) + " address " + GetParam().address + ": "));
}

INSTANTIATE_TEST_SUITE_P(V4, RefusedAddress,
                         ::testing::Values(Refused{"0.0.0.0", "unspecified"}, Refused{"0.1.2.3", "unspecified"},
                                           Refused{"10.0.0.0", "private"}, Refused{"10.255.255.255", "private"},
                                           Refused{"100.64.0.0", "shared"}, Refused{"100.100.100.200", "shared"},
                                           Refused{"100.127.255.255", "shared"}, Refused{"127.0.0.1", "loopback"},
                                           Refused{"127.255.255.255", "loopback"}, Refused{"168.63.129.16", "platform"},
                                           Refused{"169.254.0.0", "link-local"},
                                           Refused{"169.254.169.254", "link-local"}, Refused{"172.16.0.0", "private"},
                                           Refused{"172.31.255.255", "private"}, Refused{"192.0.0.192", "protocol"},
                                           Refused{"192.0.2.1", "documentation"}, Refused{"192.88.99.1", "relay"},
                                           Refused{"192.168.0.1", "private"}, Refused{"198.18.0.0", "benchmarking"},
                                           Refused{"198.19.255.255", "benchmarking"},
                                           Refused{"198.51.100.7", "documentation"},
                                           Refused{"203.0.113.9", "documentation"}, Refused{"224.0.0.1", "multicast"},
                                           Refused{"239.255.255.255", "multicast"}, Refused{"240.0.0.1", "reserved"},
                                           Refused{"255.255.255.255", "broadcast"}));

INSTANTIATE_TEST_SUITE_P(V6, RefusedAddress,
                         ::testing::Values(Refused{"::", "unspecified"}, Refused{"::1", "loopback"},
                                           Refused{"::2", "reserved"}, Refused{"::127.0.0.1", "reserved"},
                                           Refused{"64:ff9b:1::a00:1", "translated"}, Refused{"100::1", "discard"},
                                           Refused{"2001:2::1", "protocol"}, Refused{"2001:db8::1", "documentation"},
                                           Refused{"3fff:fff::1", "documentation"}, Refused{"4000::1", "reserved"},
                                           Refused{"5f00::1", "reserved"}, Refused{"fc00::1", "private"},
                                           Refused{"fd00:ec2::254", "private"}, Refused{"fe80::1", "link-local"},
                                           Refused{"fe80::1%lo", "link-local"}, Refused{"febf::1", "link-local"},
                                           Refused{"fec0::1", "site-local"}, Refused{"ff02::1", "multicast"}));

INSTANTIATE_TEST_SUITE_P(
    MappedAndTranslated, RefusedAddress,
    ::testing::Values(Refused{"::ffff:127.0.0.1", "loopback"}, Refused{"::ffff:a9fe:a9fe", "link-local"},
                      Refused{"::ffff:10.0.0.1", "private"}, Refused{"::ffff:0:10.0.0.1", "reserved"},
                      Refused{"64:ff9b::169.254.169.254", "link-local"}, Refused{"64:ff9b::10.0.0.1", "private"},
                      Refused{"2002:a9fe:a9fe::1", "link-local"}, Refused{"2002:7f00:1::", "loopback"},
                      Refused{"2001:0:a00:1::fefe:fefe", "private"} /* Teredo: server 10.0.0.1 */,
                      Refused{"2001:0:101:101::5601:5601", "link-local"} /* client 169.254.169.254 */));

TEST(AddressPolicy, TheReasonIsNamed) {
  EXPECT_EQ(policy().check("169.254.169.254").error().message,
            "link-local address 169.254.169.254: metadata services live there");
}

TEST(AddressPolicy, WhatIsNotANumericAddressIsForbidden) {
  for (const std::string& text :
       {std::string(), std::string("localhost"), std::string("127.1"), std::string("1.1.1.1/8"),
        std::string("01.1.1.1"), std::string("1.1.1.1\0x", 9), std::string("/run/socket")}) {
    const auto status = policy().check(text);
    ASSERT_FALSE(status.ok()) << text;
    EXPECT_EQ(status.error().code, util::ErrorCode::forbidden);
  }
}

TEST(AddressPolicy, AllowedBlocksAreReachedAndNothingBesides) {
  const auto some = policy({"10.1.0.0/17", "127.0.0.1", "fd00:1::/32", "::1"});
  for (const char* address : {"10.1.0.0", "10.1.127.255", "127.0.0.1", "fd00:1:ffff::1", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(some.check(address).ok()) << address;
  }
  for (const char* address :
       {"10.1.128.0", "10.0.255.255", "127.0.0.2", "fd00:2::1", "::2", "64:ff9b::127.0.0.1", "2002:7f00:1::"}) {
    EXPECT_FALSE(some.check(address).ok()) << address;
  }
}

TEST(AddressPolicy, WholeAndMappedBlocksCount) {
  EXPECT_TRUE(policy({"0.0.0.0/0"}).check("169.254.169.254").ok());
  EXPECT_FALSE(policy({"0.0.0.0/0"}).check("::1").ok());
  EXPECT_TRUE(policy({"::ffff:10.0.0.0/104"}).check("10.9.9.9").ok());
  EXPECT_FALSE(policy({"::ffff:10.0.0.0/104"}).check("11.0.0.1%x").ok());
}

TEST(AddressPolicy, BadBlocksAreRefusedWithWhatWouldBeAccepted) {
  for (const std::string& text :
       {std::string(), std::string("localhost"), std::string("10.0.0.0/33"), std::string("::/129"),
        std::string("10.0.0.0/"), std::string("10.0.0.0/-1"), std::string("10.0.0.0/8/8"), std::string("10.0.0.1/8"),
        std::string("10.0/8"), std::string("fe80::1%eth0"), std::string("10.0.0.0\0", 9)}) {
    const auto made = AddressPolicy::create({"127.0.0.1", text});
    ASSERT_FALSE(made.ok()) << text;
    EXPECT_EQ(made.error().code, util::ErrorCode::invalid_argument);
    EXPECT_THAT(made.error().message, HasSubstr("10.1.2.0/24"));
  }
}

TEST(AddressPolicy, UrlsOfOtherSchemesAndWithCredentialsAreForbidden) {
  EXPECT_TRUE(policy().check_url("http://example.org/x").ok());
  EXPECT_TRUE(policy().check_url("HTTPS://example.org:8443").ok());
  for (const char* url : {"file:///etc/passwd", "ftp://example.org/x", "unix:///run/docker.sock", "gopher://x/1",
                          "http://user@example.org/", "https://user:secret@example.org/"}) {
    const auto status = policy().check_url(url);
    ASSERT_FALSE(status.ok()) << url;
    EXPECT_EQ(status.error().code, util::ErrorCode::forbidden) << url;
    EXPECT_THAT(status.error().message, ::testing::Not(HasSubstr("secret")));
  }
  EXPECT_EQ(policy().check_url("example.org/x").error().code, util::ErrorCode::invalid_argument);
}

TEST(AddressPolicy, NumericHostsAreCheckedBeforeAnyCall) {
  for (const char* url : {"http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0251.0376.0251.0376/",
                          "http://[::1]/", "http://[::ffff:169.254.169.254]/", "http://[fe80::1%25eth0]/"}) {
    const auto status = policy().check_url(url);
    ASSERT_FALSE(status.ok()) << url;
    EXPECT_EQ(status.error().code, util::ErrorCode::forbidden) << url;
  }
  EXPECT_TRUE(policy({"127.0.0.1"}).check_url("http://2130706433/").ok());
}

}  // namespace
}  // namespace net

#include "identity/options.h"

#include <gmock/gmock.h>

namespace identity {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Read {
  explicit Read(const std::string& text) {
    const config::File file{"c", *data::parse_yaml(text)};
    config::Reader root(file.section(), faults);
    options = read_options(root, faults);
    root.done();
    for (const config::Fault& fault : faults) lines.push_back(to_string(fault, "c"));
  }
  config::Faults faults;
  Options options;
  std::vector<std::string> lines;
};

const std::string token_hash = "sha256:" + std::string(64, 'a');

TEST(Options, AreReadWhole) {
  const Read read(
      "identity:\n"
      "  anonymous: own\n"
      "  users:\n"
      "    - {name: ada, token_hashes: ['" +
      token_hash +
      "'], groups: [staff]}\n"
      "  issuers:\n"
      "    - name: iam\n"
      "      url: https://iam.example.org/realms/x\n"
      "      audiences: [us]\n"
      "      user_claim: preferred_username\n"
      "      groups_claim: /realm_access/roles\n"
      "      clock_skew: 10s\n"
      "      key_refresh: 10m\n"
      "      key_refetch: 1m\n"
      "      keys_kept: 2h\n"
      "  proxy:\n"
      "    name: x509\n"
      "    addresses: [127.0.0.1, fd00::/8]\n"
      "    user_header: X-Client-DN\n"
      "    groups_header: X-Groups\n"
      "    distinguished_names: true\n"
      "  administrators:\n"
      "    users: [ada, 'iam:4711', 'x509:CN=Ada,O=Example']\n"
      "    groups: [staff, 'iam:ops']\n"
      "  challenges:\n"
      "    - {scheme: ivoa_x509, standard_id: 'ivo://ivoa.net/sso#BasicAA', access_url: https://x.org/c}\n");
  EXPECT_THAT(read.lines, IsEmpty());
  EXPECT_EQ(read.options.anonymous, AnonymousMode::own);
  EXPECT_THAT(read.options.users.at(0).groups, ElementsAre("staff"));
  const IssuerOptions& issuer = read.options.issuers.at(0);
  EXPECT_EQ(issuer.url, "https://iam.example.org/realms/x");
  EXPECT_EQ(issuer.clock_skew, std::chrono::seconds(10));
  EXPECT_EQ(issuer.keys_kept, std::chrono::hours(2));
  EXPECT_EQ(issuer.groups_claim, "/realm_access/roles");
  EXPECT_TRUE(read.options.proxy.distinguished_names);
  EXPECT_THAT(read.options.administrator_groups, ElementsAre("staff", "iam:ops"));
  EXPECT_EQ(read.options.challenges.at(0).access_url, "https://x.org/c");
}

std::string issuer(const std::string& more) { return "identity:\n  issuers:\n    - {" + more + "}\n"; }

TEST(Options, IssuersThatWouldNotBeSafeAreFaults) {
  for (const char* url :
       {"''", "iam.example.org", "http://iam.example.org", "http://127.evil.example", "ftp://x.org",
        "https://a:b@iam.example.org", "'https://iam.example.org/?x'", "'https://x.org/#y'", "'https://x.org/\"y'"}) {
    const Read read(issuer("name: iam, audiences: [us], url: " + std::string(url)));
    EXPECT_THAT(read.lines, ElementsAre(HasSubstr("/identity/issuers/0/url"))) << url;
  }
  for (const char* url :
       {"https://iam.example.org", "http://127.0.0.1:8080/x", "'http://[::1]:80'", "http://localhost"}) {
    EXPECT_THAT(Read(issuer("name: iam, audiences: [us], url: " + std::string(url))).lines, IsEmpty()) << url;
  }
  const std::string fine = "url: https://x.org, ";
  EXPECT_THAT(Read(issuer(fine + "name: iam")).lines, ElementsAre(HasSubstr("audiences")));
  EXPECT_THAT(Read(issuer(fine + "name: iam, audiences: ['']")).lines, ElementsAre(HasSubstr("audiences")));
  EXPECT_THAT(Read(issuer(fine + "name: 'i:m', audiences: [us]")).lines, ElementsAre(HasSubstr("/name")));
  EXPECT_THAT(Read(issuer(fine + "name: iam, audiences: [us], clock_skew: 1h")).lines,
              ElementsAre(HasSubstr("clock_skew")));
  EXPECT_THAT(Read(issuer(fine + "name: iam, audiences: [us], key_refetch: 0s")).lines,
              ElementsAre(HasSubstr("key_refetch")));
  EXPECT_THAT(Read(issuer(fine + "name: iam, audiences: [us], keys_kept: 1m")).lines,
              ElementsAre(HasSubstr("keys_kept")));
}

TEST(Options, U65_TwoSourcesOfOneNameAreAFault) {
  const Read read(
      "identity:\n"
      "  issuers:\n"
      "    - {name: iam, url: https://a.org, audiences: [us]}\n"
      "    - {name: iam, url: https://b.org, audiences: [us]}\n"
      "  proxy: {name: iam, addresses: [127.0.0.1], user_header: X-User}\n");
  EXPECT_THAT(read.lines, ElementsAre(HasSubstr("'iam' is there twice"), HasSubstr("'iam' is there twice")));
}

TEST(Options, U65_NamesOfUsersAreText) {
  for (const char* name : {"''", "' ada'", "'a:b'", "\"a\\tb\"", "\"a\\u0085b\""}) {
    const Read read("identity: {users: [{name: " + std::string(name) + ", token_hashes: ['" + token_hash + "']}]}");
    EXPECT_THAT(read.lines, ElementsAre(HasSubstr("is not the name of a user"))) << name;
  }
}

TEST(Options, AProxyHasAddressesAndAHeaderOfItsOwn) {
  for (const char* proxy :
       {"{user_header: X-User}", "{addresses: [], user_header: X-User}",
        "{addresses: [proxy.example.org], user_header: X-User}", "{addresses: [10.0.0.1]}",
        "{addresses: [10.0.0.1], user_header: Authorization}", "{addresses: [10.0.0.1], user_header: 'X User'}",
        "{addresses: [10.0.0.1], user_header: X-User, groups_header: x-user}"}) {
    EXPECT_THAT(Read("identity: {proxy: " + std::string(proxy) + "}").lines, ElementsAre(HasSubstr("/identity/proxy/")))
        << proxy;
  }
}

TEST(Options, AdministratorsMustBeAbleToBe) {
  const std::string head = "identity:\n  anonymous: own\n  administrators: ";
  for (const char* who :
       {"{users: [eve]}", "{users: ['iam:x']}", "{users: ['']}", "{groups: ['iam:x']}", "{groups: [' x']}"}) {
    EXPECT_THAT(Read(head + who).lines, ElementsAre(HasSubstr("/identity/administrators/"))) << who;
  }
  EXPECT_THAT(Read(head + "{groups: [staff]}").lines, IsEmpty());
}

TEST(Options, ChallengesAreTheIvoasAndQuotable) {
  const std::string head = "identity:\n  anonymous: own\n  challenges:\n    - ";
  for (const char* challenge :
       {"{standard_id: x}", "{scheme: Negotiate}", "{scheme: ivoa_x509, access_url: 'x'}",
        "{scheme: ivoa_x509, access_url: 'https://x.org/\"'}", "{scheme: ivoa_x509, standard_id: 'a\"b'}"}) {
    EXPECT_THAT(Read(head + challenge).lines, Not(IsEmpty())) << challenge;
  }
}

TEST(Options, SomebodyMustBeAbleToAsk) {
  EXPECT_THAT(Read("identity: {}").lines,
              ElementsAre(AllOf(HasSubstr("/identity/users"), HasSubstr("nobody could ask"))));
  EXPECT_THAT(Read(issuer("name: iam, url: https://x.org, audiences: [us]")).lines, IsEmpty());
}

}  // namespace
}  // namespace identity

#include "identity/options.h"

#include <algorithm>
#include <set>
#include <utility>

#include "config/checks.h"
#include "identity/names.h"
#include "identity/password.h"
#include "net/url.h"
#include "util/text.h"

namespace identity {
namespace {

constexpr const char* local_names = "1 to 128 characters without colons, control characters, and blanks at the ends";

bool is_header_name(std::string_view text) {
  constexpr std::string_view ours[] = {"authorization", "host", "forwarded", "cookie", "origin"};
  const std::string lower = util::to_lower(text);
  return !text.empty() && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return util::is_alnum(c) || c == '-'; }) &&
         std::find(std::begin(ours), std::end(ours), lower) == std::end(ours);
}

/// An http(s) URL that can be put between quotes in an HTTP header.
bool is_quotable_url(const std::string& text) {
  const auto url = net::parse_url(text);
  return url.ok() && net::is_http(url->scheme) && !url->has_userinfo &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

/// https, unless on this machine: the issuer's keys are fetched from this URL, and nobody may change them on the way.
bool is_issuer_url(const std::string& text) {
  if (!is_quotable_url(text) || text.find_first_of("?#") != std::string::npos) return false;
  const auto url = net::parse_url(text);
  return url->scheme == "https" || net::is_loopback(url->host);
}

User read_user(const config::Section& section, config::Faults& faults) {
  User user;
  config::Reader reader(section, faults);
  reader.take("name", user.name);
  reader.take("password_hash", user.password_hash);
  reader.take_token_hashes("token_hashes", user.token_hashes);
  reader.take("groups", user.groups);
  reader.done();
  if (!is_local_name(user.name)) reader.fault("name", "is not the name of a user", local_names);
  if (!std::all_of(user.groups.begin(), user.groups.end(), is_local_name)) {
    reader.fault("groups", "is not a list of groups' names", local_names);
  }
  if (!user.password_hash.empty() && !is_password_hash(user.password_hash)) {
    reader.fault("password_hash", "is not an argon2id hash", "what `docker-uws hash-password` prints");
  }
  if (user.password_hash.empty() && user.token_hashes.empty()) {
    reader.fault("password_hash", "is missing, and so are token_hashes: this user could never log in",
                 "one of the two");
  }
  return user;
}

IssuerOptions read_issuer(const config::Section& section, config::Faults& faults) {
  IssuerOptions issuer;
  config::Reader reader(section, faults);
  reader.take("name", issuer.name);
  reader.take("url", issuer.url);
  reader.take("audiences", issuer.audiences);
  reader.take("user_claim", issuer.user_claim);
  reader.take("groups_claim", issuer.groups_claim);
  reader.take_duration("clock_skew", issuer.clock_skew);
  reader.take_duration("key_refresh", issuer.key_refresh);
  reader.take_duration("key_refetch", issuer.key_refetch);
  reader.take_duration("keys_kept", issuer.keys_kept);
  reader.done();
  if (!is_source_name(issuer.name)) {
    reader.fault("name", "is not a word that its users' names could begin with",
                 "1 to 32 of a-z, 0-9 and -, a letter first");
  }
  if (!is_issuer_url(issuer.url)) {
    reader.fault("url", "is not an issuer's", "https://iam.example.org, exactly as in its tokens' iss");
  }
  const bool empty_audience = std::any_of(issuer.audiences.begin(), issuer.audiences.end(),
                                          [](const std::string& audience) { return audience.empty(); });
  if (issuer.audiences.empty() || empty_audience) {
    reader.fault("audiences", "is empty: the tokens of all its other services would open this one",
                 "what its tokens' aud says when they are for this service");
  }
  if (issuer.user_claim.empty()) reader.fault("user_claim", "is empty", "sub");
  if (issuer.clock_skew > std::chrono::minutes(10)) {
    reader.fault("clock_skew", "would keep what has expired alive", "10m or less");
  }
  if (issuer.key_refetch < std::chrono::seconds(1) || issuer.key_refresh < issuer.key_refetch) {
    reader.fault("key_refetch", "is less than 1s, or more than key_refresh", "30s");
  }
  if (issuer.keys_kept < issuer.key_refresh) {
    reader.fault("keys_kept", "is less than key_refresh: there would be times without keys", "24h");
  }
  return issuer;
}

ProxyOptions read_proxy(const config::Section& section, config::Faults& faults) {
  ProxyOptions proxy;
  if (!section.present()) return proxy;
  config::Reader reader(section, faults);
  reader.take("name", proxy.name);
  reader.take("addresses", proxy.addresses);
  reader.take("user_header", proxy.user_header);
  reader.take("groups_header", proxy.groups_header);
  reader.take("distinguished_names", proxy.distinguished_names);
  reader.done();
  if (!is_source_name(proxy.name)) {
    reader.fault("name", "is not a word that its users' names could begin with",
                 "1 to 32 of a-z, 0-9 and -, a letter first");
  }
  if (const auto known = net::AddressBlocks::create(proxy.addresses); !known.ok()) {
    config::add_faults(reader, "addresses", known.error());
  } else if (known->empty()) {
    reader.fault("addresses", "is empty: nobody would be believed",
                 "the proxy's addresses, or blocks such as 10.0.0.0/8");
  }
  constexpr const char* headers = "the name of a header that nothing else means anything by, such as X-Client-DN";
  if (!is_header_name(proxy.user_header)) reader.fault("user_header", "is not the name of such a header", headers);
  const bool twice = util::iequals(proxy.groups_header, proxy.user_header);
  if (!proxy.groups_header.empty() && (twice || !is_header_name(proxy.groups_header))) {
    reader.fault("groups_header", "is not the name of such a header", headers);
  }
  return proxy;
}

Challenge read_challenge(const config::Section& section, config::Faults& faults) {
  Challenge challenge;
  config::Reader reader(section, faults);
  reader.take_word("scheme", challenge.scheme, {"ivoa_bearer", "ivoa_cookie", "ivoa_x509"});
  reader.take("standard_id", challenge.standard_id);
  reader.take("access_url", challenge.access_url);
  reader.take("discovery_url", challenge.discovery_url);
  reader.done();
  if (challenge.scheme.empty()) reader.fault("scheme", "is missing", "ivoa_bearer, ivoa_cookie or ivoa_x509");
  const auto is_plain = [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; };
  if (!std::all_of(challenge.standard_id.begin(), challenge.standard_id.end(), is_plain)) {
    reader.fault("standard_id", "is not an identifier", "ivo://ivoa.net/sso#OpenID");
  }
  for (const auto& [key, url] :
       {std::pair{"access_url", &challenge.access_url}, std::pair{"discovery_url", &challenge.discovery_url}}) {
    if (!url->empty() && !is_quotable_url(*url)) {
      reader.fault(key, "is not an absolute http(s) URL", "https://iam.example.org/login");
    }
  }
  return challenge;
}

class Sources {
 public:
  explicit Sources(config::Faults& faults) : faults_(faults) {}

  void add(const config::Section& section, const std::string& name) {
    if (names_.insert(name).second) return;
    faults_.push_back(
        section.fault("the name '" + util::for_display(name) + "' is there twice: users would be taken for each other",
                      "a name of its own for each issuer and the proxy"));
  }
  bool knows(const std::string& name) const { return names_.contains(name); }

 private:
  config::Faults& faults_;
  std::set<std::string> names_;
};

void read_administrators(config::Reader& root, config::Faults& faults, const Sources& sources, Options& options) {
  config::Reader reader(root.section("administrators"), faults);
  reader.take("users", options.administrators);
  reader.take("groups", options.administrator_groups);
  reader.done();
  const auto is_from_known_source = [&](const std::string& name) {
    const auto colon = name.find(':');
    return is_name(name) && (colon == std::string::npos || sources.knows(name.substr(0, colon)));
  };
  const auto is_known_user = [&](const std::string& name) {
    const bool local = name.find(':') == std::string::npos;
    return is_from_known_source(name) && (!local || std::any_of(options.users.begin(), options.users.end(),
                                                                [&](const User& user) { return user.name == name; }));
  };
  const auto stranger = std::find_if_not(options.administrators.begin(), options.administrators.end(), is_known_user);
  if (stranger != options.administrators.end()) {
    reader.fault("users",
                 "'" + util::for_display(*stranger) + "' is none of the users, nor of a source that is configured",
                 "names of users, and of others behind the name of an issuer or the proxy, such as iam:4711");
  }
  const auto strange =
      std::find_if_not(options.administrator_groups.begin(), options.administrator_groups.end(), is_from_known_source);
  if (strange != options.administrator_groups.end()) {
    reader.fault("groups", "'" + util::for_display(*strange) + "' is no group of a source that is configured",
                 "names of groups, and of others behind the name of an issuer or the proxy, such as iam:operators");
  }
}

}  // namespace

Options read_options(config::Reader& root, config::Faults& faults) {
  Options options;
  config::Reader reader(root.section("identity"), faults);
  std::string mode = "off";
  reader.take_word("anonymous", mode, {"off", "own", "shared"});
  options.anonymous = mode == "own"      ? AnonymousMode::own
                      : mode == "shared" ? AnonymousMode::shared
                                         : AnonymousMode::off;
  config::Names names("name", faults);
  for (const config::Section& section : reader.section("users").items()) {
    User user = read_user(section, faults);
    names.add(section, user.name);
    options.users.push_back(std::move(user));
  }
  Sources sources(faults);
  std::set<std::string> urls;
  for (const config::Section& section : reader.section("issuers").items()) {
    options.issuers.push_back(read_issuer(section, faults));
    sources.add(section, options.issuers.back().name);
    if (!urls.insert(options.issuers.back().url).second) {
      faults.push_back(section.fault("the issuer is there twice", "each issuer once, with all its audiences"));
    }
  }
  const config::Section proxy = reader.section("proxy");
  options.proxy = read_proxy(proxy, faults);
  if (proxy.present()) sources.add(proxy, options.proxy.name);
  read_administrators(reader, faults, sources, options);
  for (const config::Section& section : reader.section("challenges").items()) {
    options.challenges.push_back(read_challenge(section, faults));
  }
  reader.done();
  const bool somebody = !options.users.empty() || !options.issuers.empty() || proxy.present();
  if (!somebody && options.anonymous == AnonymousMode::off) {
    reader.fault("users", "is empty and anonymous use is off: nobody could ask",
                 "users, issuers, a proxy, or anonymous: own");
  }
  return options;
}

}  // namespace identity

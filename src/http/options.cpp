#include "http/options.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "http/forwarded.h"
#include "http/password.h"
#include "util/text.h"

namespace http {
namespace {

bool is_token_hash(std::string_view text) {
  constexpr std::string_view prefix = "sha256:";
  return text.starts_with(prefix) && text.size() == prefix.size() + 64 &&
         text.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

/// A user's name in an Authorization field and in a path: no colon, nothing that XML cannot carry.
bool is_user_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && util::is_xml_text(text) &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return c == ':' || static_cast<unsigned char>(c) < 0x20; });
}

void check_token_hashes(config::Reader& reader, const std::vector<std::string>& hashes) {
  if (std::all_of(hashes.begin(), hashes.end(), is_token_hash)) return;
  reader.fault("token_hashes", "is not a list of hashes",
               "\"sha256:\" and 64 hex digits each: printf %s TOKEN | sha256sum");
}

void check_addresses(config::Reader& reader, std::string_view key, const std::vector<std::string>& addresses) {
  const auto known = net::AddressBlocks::create(addresses);
  if (!known.ok()) reader.fault(key, known.error().message, "addresses, or blocks such as 10.0.0.0/8");
}

User read_user(const config::Section& section, config::Faults& faults) {
  User user;
  config::Reader reader(section, faults);
  reader.take("name", user.name);
  reader.take("password_hash", user.password_hash);
  reader.take("token_hashes", user.token_hashes);
  reader.done();
  if (!is_user_name(user.name))
    reader.fault("name", "is not the name of a user", "1 to 128 characters without a colon");
  if (!user.password_hash.empty() && !is_password_hash(user.password_hash)) {
    reader.fault("password_hash", "is not an argon2id hash", "what `docker-uws hash-password` prints");
  }
  check_token_hashes(reader, user.token_hashes);
  if (user.password_hash.empty() && user.token_hashes.empty()) {
    reader.fault("password_hash", "is missing, and so are token_hashes: this user could never log in",
                 "one of the two");
  }
  return user;
}

void take_time(config::Reader& reader, std::string_view key, std::chrono::milliseconds& target) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(target);
  reader.take_duration(key, seconds);
  if (seconds < std::chrono::seconds(1) || seconds > std::chrono::hours(1)) {
    reader.fault(key, "is out of range", "a time from 1s to 1h");
  }
  target = seconds;
}

void take_size(config::Reader& reader, std::string_view key, std::uint64_t& target) {
  auto bytes = static_cast<std::int64_t>(target);
  reader.take_bytes(key, bytes);
  target = static_cast<std::uint64_t>(bytes);
}

constexpr config::Between any_count{.minimum = 0, .maximum = 1'000'000'000};

void read_share(const config::Section& section, config::Faults& faults, bool of_address, Share& share) {
  config::Reader reader(section, faults);
  if (of_address) reader.take_number("connections", share.connections, any_count);
  reader.take_number("requests", share.requests, any_count);
  reader.take_number("uploads", share.uploads, any_count);
  reader.take_number("creations_per_minute", share.creations_per_minute, any_count);
  reader.done();
}

LimitOptions read_limits(config::Reader& root, config::Faults& faults) {
  LimitOptions options;
  config::Reader reader(root.section("limits"), faults);
  reader.take("exempt", options.exempt);
  read_share(reader.section("per_address"), faults, true, options.per_address);
  read_share(reader.section("per_owner"), faults, false, options.per_owner);
  reader.done();
  check_addresses(reader, "exempt", options.exempt);
  return options;
}

}  // namespace

ServerOptions read_server_options(config::Reader& root, config::Faults& faults) {
  ServerOptions options;
  config::Reader reader(root.section("http"), faults);
  reader.take("address", options.address);
  reader.take_number("port", options.port, {.minimum = 0, .maximum = 65535});
  reader.take_number("workers", options.workers, {.minimum = 1, .maximum = 256});
  reader.take("public_urls", options.public_urls);
  reader.take("trusted_proxies", options.trusted_proxies);
  reader.take_number("max_connections", options.max_connections, {.minimum = 1, .maximum = 1'000'000});
  reader.take_number("uploads_per_worker", options.uploads_per_worker, {.minimum = 1, .maximum = 100'000});
  take_size(reader, "max_upload", options.max_upload_bytes);
  take_size(reader, "max_document", options.max_document_bytes);
  take_size(reader, "max_buffered", options.max_buffered_bytes);
  take_size(reader, "min_body_rate", options.min_body_rate);
  take_time(reader, "head_timeout", options.head_timeout);
  take_time(reader, "body_timeout", options.body_timeout);
  take_time(reader, "idle_timeout", options.idle_timeout);
  take_time(reader, "send_timeout", options.send_timeout);
  take_time(reader, "drain_timeout", options.drain_timeout);
  reader.done();
  options.limits = read_limits(root, faults);
  check_addresses(reader, "trusted_proxies", options.trusted_proxies);
  if (const auto known = Forwarding::create({}, options.public_urls); !known.ok()) {
    reader.fault("public_urls", known.error().message, "https://uws.example.org, without a trailing slash");
  }
  return options;
}

IdentityOptions read_identity_options(config::Reader& root, config::Faults& faults) {
  IdentityOptions options;
  config::Reader reader(root.section("identity"), faults);
  std::string mode = "off";
  reader.take_word("anonymous", mode, {"off", "own", "shared"});
  options.anonymous = mode == "own"      ? AnonymousMode::own
                      : mode == "shared" ? AnonymousMode::shared
                                         : AnonymousMode::off;
  std::set<std::string> names;
  for (const config::Section& section : reader.section("users").items()) {
    User user = read_user(section, faults);
    if (!names.insert(user.name).second) {
      faults.push_back(section.fault("the user '" + util::shown(user.name) + "' is there twice", "each user once"));
    }
    options.users.push_back(std::move(user));
  }
  reader.done();
  if (options.users.empty() && options.anonymous == AnonymousMode::off) {
    reader.fault("users", "is empty and anonymous use is off: nobody could ask", "users, or anonymous: own");
  }
  return options;
}

MetricsOptions read_metrics_options(config::Reader& root, config::Faults& faults) {
  MetricsOptions options;
  config::Reader reader(root.section("metrics"), faults);
  reader.take("allow", options.allow);
  reader.take("token_hashes", options.token_hashes);
  reader.done();
  check_addresses(reader, "allow", options.allow);
  check_token_hashes(reader, options.token_hashes);
  return options;
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "[::1]" || address == "localhost";
}

}  // namespace http

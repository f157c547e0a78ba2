#include "http/options.h"

#include <algorithm>
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
  if (!std::all_of(user.token_hashes.begin(), user.token_hashes.end(), is_token_hash)) {
    reader.fault("token_hashes", "is not a list of hashes",
                 "\"sha256:\" and 64 hex digits each: printf %s TOKEN | sha256sum");
  }
  if (user.password_hash.empty() && user.token_hashes.empty()) {
    reader.fault("password_hash", "is missing, and so are token_hashes: this user could never log in",
                 "one of the two");
  }
  return user;
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
  auto upload = static_cast<std::int64_t>(options.max_upload_bytes);
  reader.take_bytes("max_upload", upload);
  options.max_upload_bytes = static_cast<std::uint64_t>(upload);
  auto document = static_cast<std::int64_t>(options.max_document_bytes);
  reader.take_bytes("max_document", document);
  options.max_document_bytes = static_cast<std::uint64_t>(document);
  reader.done();
  if (const auto known = Forwarding::create(options.trusted_proxies, {}); !known.ok()) {
    reader.fault("trusted_proxies", known.error().message, "addresses, or blocks such as 10.0.0.0/8");
  }
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

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "[::1]" || address == "localhost";
}

}  // namespace http

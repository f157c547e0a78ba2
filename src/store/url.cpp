#include "store/url.h"

#include <algorithm>
#include <memory>

#include <libpq-fe.h>

#include "util/text.h"

namespace store {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite3://";
constexpr std::string_view postgresql_schemes[] = {"postgresql://", "postgres://"};
constexpr std::size_t longest_url = 4096;

util::Error fault(std::string reason, std::string accepted) {
  return util::Error::of(util::ErrorCode::invalid_argument,
                         util::Fault{"database URL", std::move(reason), std::move(accepted)});
}

util::Result<DatabaseUrl> parse_sqlite(std::string_view rest) {
  constexpr auto accepted = "sqlite3:///absolute/path.db";
  const auto path = util::percent_decode(rest);
  if (!path) return fault("has a '%' that is not followed by two hex digits", accepted);
  if (path->empty() || path->front() != '/') return fault("does not name an absolute path", accepted);
  if (path->back() == '/') return fault("names a folder, not a file", accepted);
  if (rest.find_first_of("?#") != std::string_view::npos) return fault("has options, SQLite takes none", accepted);
  // The path is quoted for SOCI, which has no escape for a quote.
  if (path->find('"') != std::string::npos || !util::is_xml_text(*path) ||
      path->find_first_of("\r\n\t") != std::string::npos) {
    return fault("has a quote or a control character in its path", accepted);
  }
  return DatabaseUrl{Dialect::sqlite, *path, "dbname=\"" + *path + "\"", {}, "sqlite3://" + *path};
}

std::string quoted(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

/// libpq's messages may repeat the whole URL, so only those that name nothing but a parameter are used.
util::Error libpq_fault(char* message) {
  const std::string text = message == nullptr ? "" : message;
  ::PQfreemem(message);
  constexpr auto accepted = "postgresql://user:password@host:port/name, or postgresql://user@/name?host=/socket/folder";
  if (text.find("URI query parameter") == std::string::npos) return fault("is not one that libpq reads", accepted);
  return fault(std::string(util::trim(text)), accepted);
}

/// Parameters of libpq that are set unless the URL sets them.
constexpr std::pair<std::string_view, std::string_view> postgresql_defaults[] = {
    {"connect_timeout", "10"},   {"tcp_user_timeout", "30000"},      {"keepalives_idle", "30"},
    {"client_encoding", "UTF8"}, {"application_name", "docker-uws"},
};

util::Status check_postgresql_shape(std::string_view rest) {
  constexpr auto accepted =
      "%40 for '@', %2F for '/', %3F for '?', %25 for '%' in a user name, a password or an option";
  if (!util::percent_decode(rest)) return fault("has a '%' that is not followed by two hex digits", accepted);
  // Part of a password with an unescaped '@' would be taken for the host, and appear in libpq's messages.
  const std::string_view after_authority = rest.substr(std::min(rest.find_first_of("/?#"), rest.size()));
  const std::string_view authority = rest.substr(0, rest.size() - after_authority.size());
  if (std::count(authority.begin(), authority.end(), '@') > 1 || after_authority.find('@') != std::string_view::npos) {
    return fault("has an '@' where none can be", accepted);
  }
  return {};
}

util::Result<DatabaseUrl> parse_postgresql(std::string_view url, std::string_view rest) {
  RETURN_IF_ERROR(check_postgresql_shape(rest));
  char* message = nullptr;
  using Options = std::unique_ptr<PQconninfoOption, decltype(&::PQconninfoFree)>;
  const Options options(::PQconninfoParse(std::string(url).c_str(), &message), &::PQconninfoFree);
  if (!options) return libpq_fault(message);

  DatabaseUrl parsed{Dialect::postgresql, {}, {}, {}, {}};
  std::string user, host, port, name;
  std::vector<std::string_view> given;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    given.push_back(keyword);
    parsed.connect += std::string(keyword) + "=" + quoted(option->val) + " ";
    if (keyword == "password") parsed.password = option->val;
    if (keyword == "user") user = std::string(option->val) + "@";
    if (keyword == "host") host = option->val;
    if (keyword == "port") port = std::string(":") + option->val;
    if (keyword == "dbname") name = option->val;
  }
  for (const auto& [keyword, value] : postgresql_defaults) {
    if (std::find(given.begin(), given.end(), keyword) != given.end()) continue;
    parsed.connect += std::string(keyword) + "=" + quoted(value) + " ";
  }
  parsed.shown = parsed.without_password("postgresql://" + user + host + port + "/" + name);
  return parsed;
}

}  // namespace

std::string DatabaseUrl::without_password(std::string_view text) const {
  std::string clean(util::trim(text));
  if (!password.empty()) {
    for (auto at = clean.find(password); at != std::string::npos; at = clean.find(password, at + 3)) {
      clean.replace(at, password.size(), "***");
    }
  }
  std::replace(clean.begin(), clean.end(), '\n', ' ');
  return clean;
}

util::Result<DatabaseUrl> parse_database_url(std::string_view url) {
  if (url.size() > longest_url) return fault("is longer than 4096 bytes", "a shorter one");
  if (url.starts_with(sqlite_scheme)) return parse_sqlite(url.substr(sqlite_scheme.size()));
  for (const std::string_view scheme : postgresql_schemes) {
    if (url.starts_with(scheme)) return parse_postgresql(url, url.substr(scheme.size()));
  }
  return fault("has none of the known schemes", "sqlite3:///absolute/path.db or postgresql://user@host:port/name");
}

}  // namespace store

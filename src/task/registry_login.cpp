#include "task/registry_login.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "config/checks.h"
#include "util/text.h"

namespace task {
namespace {

constexpr std::size_t longest_password = 4096;

RegistryLogin read_login(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  RegistryLogin login;
  std::string file;
  reader.take("host", login.host);
  reader.take("username", login.username);
  reader.take("password_file", file);
  reader.done();
  if (login.host.empty()) reader.fault("host", "is missing", "a registry, such as registry.example.org:5000");
  if (login.username.empty()) reader.fault("username", "is missing", "the name to log in with");
  std::ifstream stream(file);
  std::ostringstream text;
  if (file.empty() || !stream || !(text << stream.rdbuf()) || text.str().size() > longest_password) {
    reader.fault("password_file", file.empty() ? "is missing" : "cannot be read",
                 "the path of a file with the password and nothing else");
  }
  login.password = util::trim(text.str());
  return login;
}

}  // namespace

std::vector<RegistryLogin> take_logins(config::Reader& reader, config::Faults& faults) {
  const config::Section registries = reader.section("registries");
  if (registries.present() && !registries.node()->is_array()) {
    reader.fault("registries", "is not a list", "a list of logins, each with host, username and password_file");
  }
  std::vector<RegistryLogin> logins;
  config::Names hosts("host", faults);
  for (const config::Section& item : registries.items()) {
    logins.push_back(read_login(item, faults));
    hosts.add(item, logins.back().host);
  }
  return logins;
}

}  // namespace task

#include <array>
#include <fstream>
#include <sstream>

#include <arpa/inet.h>

#include "docker/engine.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::string_view unix_scheme = "unix://";
constexpr std::size_t longest_socket = 107;
constexpr std::size_t longest_password = 4096;

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> raw{};
  return inet_pton(AF_INET, text.c_str(), raw.data()) == 1 || inet_pton(AF_INET6, text.c_str(), raw.data()) == 1;
}

void read_socket(config::Reader& reader, Options& options) {
  constexpr auto accepted = "the URL of a unix socket, such as unix:///var/run/docker.sock";
  std::string url = "unix:///var/run/docker.sock";
  reader.take("socket", url);
  if (!url.starts_with(unix_scheme) || url.substr(unix_scheme.size(), 1) != "/") {
    return reader.fault("socket", "is not the URL of a unix socket", accepted);
  }
  options.socket = url.substr(unix_scheme.size());
  if (options.socket.size() > longest_socket) {
    reader.fault("socket", "is too long", "a path of at most " + std::to_string(longest_socket) + " bytes");
  }
}

void read_run_as(config::Reader& reader, Options& options) {
  std::string text = std::to_string(options.run_as.uid) + ":" + std::to_string(options.run_as.gid);
  reader.take("run_as", text);
  const auto parts = util::split(text, ':');
  const auto uid = util::parse_unsigned(parts.front());
  const auto gid = util::parse_unsigned(parts.back());
  constexpr std::uint64_t largest = 0x7FFFFFFE;
  if (parts.size() != 2 || !uid || !gid || *uid == 0 || *gid == 0 || *uid > largest || *gid > largest) {
    return reader.fault("run_as", "is not the numbers of a user and a group other than root's",
                        "uid:gid in quotes, such as \"10000:10000\"");
  }
  options.run_as = {static_cast<std::uint32_t>(*uid), static_cast<std::uint32_t>(*gid)};
}

void read_login(const config::Section& section, Options& options, config::Faults& faults) {
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
    return reader.fault("password_file", file.empty() ? "is missing" : "cannot be read",
                        "the path of a file with the password and nothing else");
  }
  login.password = util::trim(text.str());
  options.registries.push_back(std::move(login));
}

}  // namespace

Options read_options(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  Options options;
  for (const auto* key : {"name", "cores", "memory", "slots", "port_url"}) reader.section(key);
  if (const auto* name = section.child("name").node(); name != nullptr) options.name = name->text();
  read_socket(reader, options);

  reader.take("publish_address", options.publish_address);
  if (!is_address(options.publish_address)) {
    reader.fault("publish_address", "is not a numeric address", "an address of this machine, such as 127.0.0.1");
  }
  read_run_as(reader, options);

  std::string pull = "missing";
  reader.take_word("pull", pull, {"missing", "never"});
  options.pull = pull == "never" ? PullPolicy::never : PullPolicy::missing;

  const auto registries = reader.section("registries");
  if (registries.present() && !registries.node()->is_array()) {
    reader.fault("registries", "is not a list", "a list of logins, each with host, username and password_file");
  }
  for (const auto& item : registries.items()) read_login(item, options, faults);
  reader.done();
  return options;
}

}  // namespace docker

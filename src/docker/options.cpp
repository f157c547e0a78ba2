#include <array>
#include <utility>

#include <arpa/inet.h>

#include "docker/engine.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::string_view unix_scheme = "unix://";
constexpr std::size_t longest_socket = 107;

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

class Configured : public executor::ConfiguredEngine {
 public:
  explicit Configured(Options options) : options_(std::move(options)) {}

  std::unique_ptr<executor::Engine> make(const executor::EngineContext& context) const override {
    Options options = options_;
    options.installation = context.installation;
    return make_engine(std::move(options), context.client, context.loop);
  }
  std::vector<task::RegistryLogin> registry_logins() const override { return options_.registries; }
  bool pulls_images() const override { return options_.pull != PullPolicy::never; }
  std::optional<std::string> socket() const override { return options_.socket; }

 private:
  const Options options_;
};

}  // namespace

std::shared_ptr<const executor::ConfiguredEngine> read_engine(const config::Section& section,
                                                              const std::vector<std::string>& other_keys,
                                                              config::Faults& faults) {
  return std::make_shared<const Configured>(read_options(section, other_keys, faults));
}

Options read_options(const config::Section& section, const std::vector<std::string>& other_keys,
                     config::Faults& faults) {
  config::Reader reader(section, faults);
  Options options;
  for (const std::string& key : other_keys) reader.section(key);  // so that they count as known
  if (const auto* name = section.child("name").node(); name != nullptr) options.name = name->text();
  read_socket(reader, options);

  reader.take("publish_address", options.publish_address);
  if (!is_address(options.publish_address)) {
    reader.fault("publish_address", "is not a numeric address", "an address of this machine, such as 127.0.0.1");
  }
  read_run_as(reader, options);

  reader.take("data_root", options.data_root);
  if (!options.data_root.empty() && !options.data_root.starts_with('/')) {
    reader.fault("data_root", "is not an absolute path", "the engine's folder, such as /var/lib/docker");
  }

  std::string pull = "missing";
  reader.take_word("pull", pull, {"missing", "always", "never"});
  options.pull = pull == "never" ? PullPolicy::never : pull == "always" ? PullPolicy::always : PullPolicy::missing;

  options.sets_firewall = true;
  reader.take("firewall", options.sets_firewall);

  options.registries = task::take_logins(reader, faults);
  reader.done();
  return options;
}

}  // namespace docker

// Fuzzes the parsers of a task's values. An input is refused, or the result is valid: paths are absolute, normalized
// and outside of /proc, /sys and /dev; ports are in range; names follow the grammar of names.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "task/grammar.h"

namespace {

void require(bool kept) {
  if (!kept) std::abort();
}

void check_path(const std::string& path) {
  require(path.starts_with('/') && path.find('\0') == std::string::npos && path.find("//") == std::string::npos);
  require((path + "/").find("/../") == std::string::npos && (path + "/").find("/./") == std::string::npos);
  for (const char* kernel : {"/proc", "/sys", "/dev"}) require(!task::grammar::is_within(path, kernel));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto path = task::grammar::absolute_path(text, "/work/job")) check_path(*path);
  if (const auto port = task::grammar::port(text)) {
    require(port->number > 0 && !port->name.empty() && (port->protocol == "tcp" || port->protocol == "udp"));
    require(port->path.empty() || port->path.front() == '/');
  }
  if (const auto mount = task::grammar::mount(text)) {
    check_path(mount->path);
    require(task::grammar::is_name(mount->volume));
  }
  if (const auto input = task::grammar::input(text, "/work/job")) {
    check_path(input->path);
    require(input->uri.empty() != input->parameter.empty());
  }
  if (const auto output = task::grammar::output(text, "/work/job")) {
    require(output->pattern.starts_with('/'));
    if (!output->is_glob) check_path(output->pattern);
  }
  if (const auto variable = task::grammar::environment_variable(text)) {
    require(!variable->name.empty() && variable->name.find('=') == std::string::npos);
  }
  if (const auto platform = task::grammar::platform(text)) require(!platform->empty());
  return 0;
}

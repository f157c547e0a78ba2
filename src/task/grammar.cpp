#include "task/grammar.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "task/glob.h"
#include "util/part_reference.h"
#include "util/text.h"

namespace task::grammar {
namespace {

util::Error refuse(std::string reason, std::string_view accepted) {
  return util::Error::of(util::ErrorCode::invalid_argument, util::Fault{{}, std::move(reason), std::string(accepted)});
}

std::string quoted(std::string_view text) { return "'" + util::for_display(text) + "' "; }

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// Removes an optional "name=" from the front of `text` and returns the name; empty if `is_one` refuses it as a name.
std::string take_name(std::string_view& text, bool (*is_one)(std::string_view) = is_name) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || !is_one(text.substr(0, equals))) return {};
  std::string name(text.substr(0, equals));
  text.remove_prefix(equals + 1);
  return name;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  const auto number = util::parse_unsigned(text);
  if (!number || *number == 0 || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

bool begins_like_source(std::string_view text) {
  const std::string start = util::to_lower(text.substr(0, std::string_view("https://").size()));
  return util::part_reference(text) || start.starts_with("http://") || start.starts_with("https://");
}

/// The comma between path and source. A path may contain commas too, so this is the first comma that is followed by a
/// source; if there is none, the first comma.
std::size_t comma_of(std::string_view text) {
  for (auto comma = text.find(','); comma != text.npos; comma = text.find(',', comma + 1)) {
    if (begins_like_source(text.substr(comma + 1))) return comma;
  }
  return text.find(',');
}

/// Removes an optional "mode=0755," from the front of `text`. nullopt: what follows "mode=" is no valid mode.
std::optional<std::uint32_t> take_mode(std::string_view& text, std::uint32_t otherwise) {
  constexpr std::string_view word = "mode=";
  constexpr std::size_t most_digits = 4;
  if (!text.starts_with(word)) return otherwise;
  const auto comma = text.find(',');
  if (comma == text.npos) return std::nullopt;
  const std::string_view digits = text.substr(word.size(), comma - word.size());
  const bool octal = digits.size() >= 3 && digits.size() <= most_digits &&
                     std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '7'; });
  if (!octal) return std::nullopt;
  std::uint32_t mode = 0;
  for (const char digit : digits) mode = mode * 8 + static_cast<std::uint32_t>(digit - '0');
  text.remove_prefix(comma + 1);
  return mode <= 0777 ? std::optional(mode) : std::nullopt;
}

/// True for a name, which may contain the placeholder of the file's path.
bool is_output_name(std::string_view text) {
  const auto place = text.find(path_in_name);
  if (place == std::string_view::npos) return is_name(text);
  const std::string filled =
      std::string(text.substr(0, place)) + "path" + std::string(text.substr(place + path_in_name.size()));
  return is_name(filled);
}

std::string_view last_segment(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && util::is_alnum(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return util::is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_within(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

Parsed<std::string> absolute_path(std::string_view path, std::string_view folder) {
  constexpr std::string_view accepted =
      "a path below the working folder such as data/image.fits, or an absolute one, without '..'";
  constexpr std::array<std::string_view, 3> kernel_folders{"/proc", "/sys", "/dev"};
  constexpr std::size_t longest_path = 4000;
  constexpr std::size_t longest_segment = 255;
  if (path.empty()) return refuse("has an empty path", accepted);
  if (folder.empty() && path.front() != '/') {
    return refuse(quoted(path) + "is relative, and the working folder is the image's own, which is not known yet",
                  "an absolute path, such as " + std::string(work_folder) + "/" + util::for_display(path));
  }
  if (path.size() > longest_path) return refuse("has a path of more than 4000 bytes", accepted);
  if (has_control_character(path)) return refuse(quoted(path) + "has control characters in its path", accepted);

  std::string normal = path.front() == '/' || folder == "/" ? "" : std::string(folder);
  for (const std::string_view segment : util::split(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") return refuse(quoted(path) + "leads out of its folder by '..'", accepted);
    if (segment.size() > longest_segment)
      return refuse(quoted(path) + "has a segment of more than 255 bytes", accepted);
    normal += "/";
    normal += segment;
  }
  if (normal.empty()) normal = "/";
  for (const std::string_view kernel : kernel_folders) {
    if (is_within(normal, kernel))
      return refuse(quoted(path) + "lies in " + std::string(kernel), "a path outside of /proc, /sys and /dev");
  }
  return normal;
}

Parsed<EnvironmentVariable> environment_variable(std::string_view text) {
  constexpr std::string_view accepted = "NAME=VALUE, the name without blanks and control characters";
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return refuse(quoted(text) + "has no '='", accepted);
  const std::string_view name = text.substr(0, equals);
  // OCI and the engines accept these names. Programs other than shells use names with dots and dashes.
  if (name.empty() || name.find(' ') != name.npos || has_control_character(name))
    return refuse(quoted(name) + "is not the name of a variable", accepted);
  return EnvironmentVariable{std::string(name), std::string(text.substr(equals + 1))};
}

Parsed<Port> port(std::string_view text) {
  constexpr std::string_view accepted =
      "8888, 8888/tcp, 8888/udp or http://:8888/path, with an optional name= in front; 1 to 65535";
  Port port;
  std::string_view rest = text;
  port.name = take_name(rest);
  for (const std::string_view scheme : {"http", "https"}) {
    const std::string prefix = std::string(scheme) + "://:";
    if (!rest.starts_with(prefix)) continue;
    port.scheme = scheme;
    rest.remove_prefix(prefix.size());
    const auto slash = rest.find('/');
    if (slash != std::string_view::npos) {
      port.path = rest.substr(slash);
      rest = rest.substr(0, slash);
    }
    break;
  }
  if (port.scheme.empty()) {
    if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
      port.protocol = util::to_lower(rest.substr(slash + 1));
      rest = rest.substr(0, slash);
    }
  }
  const auto number = port_number(rest);
  if (!number || (port.protocol != "tcp" && port.protocol != "udp"))
    return refuse(quoted(text) + "is not a port", accepted);
  if (has_control_character(port.path) || port.path.find(' ') != std::string::npos) {
    return refuse(quoted(text) + "has blanks or control characters in its path", accepted);
  }
  port.number = *number;
  if (port.name.empty()) port.name = "port-" + std::to_string(port.number) + (port.protocol == "udp" ? "-udp" : "");
  return port;
}

Parsed<VolumeMount> mount(std::string_view text) {
  constexpr std::string_view accepted = "volume:/path, with an optional :ro or :rw behind";
  VolumeMount mount;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_name(text.substr(0, colon)))
    return refuse(quoted(text) + "does not begin with the name of a volume", accepted);
  mount.volume = text.substr(0, colon);
  std::string_view path = text.substr(colon + 1);
  if (const auto mode = path.rfind(':'); mode != std::string_view::npos) {
    const std::string_view word = path.substr(mode + 1);
    if (word != "ro" && word != "rw") return refuse(quoted(text) + "has a mode that is neither ro nor rw", accepted);
    mount.read_only = word == "ro";
    path = path.substr(0, mode);
  }
  if (path.empty() || path.front() != '/') return refuse(quoted(text) + "has no absolute path", accepted);
  ASSIGN_OR_RETURN(mount.path, absolute_path(path, "/"));
  if (mount.path == "/" || is_within(mount.path, work_volume_path)) {
    return refuse(quoted(text) + "would hide the container's root or its working folder",
                  "another path, such as /data");
  }
  return mount;
}

Parsed<Input> input(std::string_view text, std::string_view workdir) {
  constexpr std::string_view accepted =
      "path,URI (http or https) or path,param:NAME with an uploaded part of that name";
  Input input;
  const std::string_view whole = text;
  const auto mode = take_mode(text, input.mode);
  if (!mode) return refuse(quoted(whole) + "has a mode that is none", "mode=0755, in front, from 0000 to 0777");
  input.mode = *mode;
  const auto comma = comma_of(text);
  if (comma == std::string_view::npos) return refuse(quoted(text) + "has no comma", accepted);
  const std::string_view path = text.substr(0, comma);
  const std::string_view source = text.substr(comma + 1);
  if (path.ends_with('/')) return refuse(quoted(path) + "names a folder", "the path of a file");
  ASSIGN_OR_RETURN(input.path, absolute_path(path, workdir));
  for (const std::string_view file : {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}) {
    if (input.path == file) return refuse(quoted(text) + "is the engine's own file", "another path");
  }
  if (input.path == "/" || input.path == work_volume_path || input.path == work_folder) {
    return refuse(quoted(path) + "names a folder", "the path of a file");
  }
  if (const auto part = util::part_reference(source)) {
    input.parameter = *part;
    if (input.parameter.empty()) return refuse(quoted(text) + "names no part", accepted);
  } else {
    const std::string scheme = util::to_lower(source.substr(0, source.find("://")));
    if ((scheme != "http" && scheme != "https") || scheme.size() == source.size()) {
      return refuse(quoted(source) + "is not a URI that is fetched here", accepted);
    }
    if (has_control_character(source) || source.find(' ') != std::string_view::npos) {
      return refuse(quoted(source) + "has blanks or control characters", accepted);
    }
    input.uri = source;
  }
  return input;
}

Parsed<Output> output(std::string_view text, std::string_view workdir) {
  Output output;
  std::string_view path = text;
  output.name = take_name(path, is_output_name);
  output.is_named = !output.name.empty();
  if (path.ends_with('/'))
    return refuse(quoted(text) + "names a folder", "files in it, such as " + util::for_display(path) + "*");
  output.is_glob = is_glob(path);
  // The path is checked without escapes, so that a backslash cannot hide "..".
  ASSIGN_OR_RETURN(const std::string meant, absolute_path(without_escapes(path), workdir));
  if (output.is_glob) {
    ASSIGN_OR_RETURN(output.pattern, absolute_path(path, with_escapes(workdir)));
  } else {
    output.pattern = meant;
    if (!output.is_named) output.name = last_segment(meant);
  }
  return output;
}

Parsed<std::string> platform(std::string_view text) {
  const auto parts = util::split(text, '/');
  const bool shaped = (parts.size() == 2 || parts.size() == 3) && std::all_of(parts.begin(), parts.end(), is_name);
  if (!shaped) return refuse(quoted(text) + "is not a platform", "os/architecture, such as linux/amd64");
  return std::string(text);
}

}  // namespace task::grammar

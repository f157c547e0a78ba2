#include "task/image_reference.h"

#include <algorithm>

#include "util/text.h"

namespace task {
namespace {

constexpr std::string_view accepted = "[registry/]repository[:tag][@sha256:64 hex digits], in lower case";

util::Error bad_image(std::string_view text, std::string reason) {
  return util::Error::of(
      util::ErrorCode::invalid_argument,
      util::Fault{"IMAGE", "'" + util::for_display(text) + "' " + std::move(reason), std::string(accepted)});
}

bool is_lower_alnum(char c) { return util::is_digit(c) || (c >= 'a' && c <= 'z'); }
bool is_tag_character(char c) { return util::is_alnum(c) || c == '_' || c == '.' || c == '-'; }

/// True for runs of [a-z0-9] that are joined by '.', '_', '__' or any number of '-'.
bool is_repository_component(std::string_view text) {
  if (text.empty() || !is_lower_alnum(text.front()) || !is_lower_alnum(text.back())) return false;
  for (std::size_t i = 0; i < text.size();) {
    if (is_lower_alnum(text[i])) {
      ++i;
      continue;
    }
    const std::size_t end = text.find_first_not_of(text[i], i);
    const std::string_view separator = text.substr(i, end - i);
    const bool dashes = separator.front() == '-';
    if (!dashes && separator != "." && separator != "_" && separator != "__") return false;
    if (end == std::string_view::npos || !is_lower_alnum(text[end])) return false;
    i = end;
  }
  return true;
}

bool is_registry(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const auto port = util::parse_unsigned(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return false;
    text = text.substr(0, colon);
  }
  const auto labels = util::split(text, '.');
  return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    return !label.empty() && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char c) { return util::is_alnum(c) || c == '-'; });
  });
}

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= 128 && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), is_tag_character);
}

bool is_digest(std::string_view text) {
  constexpr std::string_view algorithm = "sha256:";
  return text.starts_with(algorithm) && text.size() == algorithm.size() + 64 &&
         text.find_first_not_of("0123456789abcdef", algorithm.size()) == std::string_view::npos;
}

/// The first component names a registry if it cannot be a namespace of docker.io. All engines follow this rule of
/// docker.io.
bool names_registry(std::string_view component) {
  return component == "localhost" || component.find_first_of(".:") != std::string_view::npos;
}

}  // namespace

util::Result<ImageReference> ImageReference::parse(std::string_view text) {
  constexpr std::string_view scheme = "docker://";
  constexpr std::size_t longest_name = 255;
  std::string_view rest = text.starts_with(scheme) ? text.substr(scheme.size()) : text;
  ImageReference image;

  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    image.digest = rest.substr(at + 1);
    if (!is_digest(image.digest)) return bad_image(text, "has a digest that is not sha256: and 64 hex digits");
    rest = rest.substr(0, at);
  }
  const auto last_slash = rest.rfind('/');
  const auto tag_colon = rest.find(':', last_slash == std::string_view::npos ? 0 : last_slash);
  if (tag_colon != std::string_view::npos) {
    image.tag = rest.substr(tag_colon + 1);
    if (!is_tag(image.tag)) return bad_image(text, "has a tag that is not one");
    rest = rest.substr(0, tag_colon);
  } else if (image.digest.empty()) {
    image.tag = "latest";
  }

  const auto slash = rest.find('/');
  if (slash != std::string_view::npos && names_registry(rest.substr(0, slash))) {
    image.registry = rest.substr(0, slash);
    rest = rest.substr(slash + 1);
    if (!is_registry(image.registry))
      return bad_image(text, "has a registry that is not a host name with an optional port");
  } else {
    image.registry = "docker.io";
  }
  if (image.registry == "index.docker.io") image.registry = "docker.io";

  const auto components = util::split(rest, '/');
  if (!std::all_of(components.begin(), components.end(), is_repository_component)) {
    return bad_image(text, "is not the name of an image");
  }
  const bool official = image.registry == "docker.io" && components.size() == 1;
  image.repository = (official ? "library/" : "") + std::string(rest);
  if (image.name().size() > longest_name) return bad_image(text, "is longer than 255 characters");
  return image;
}

std::string ImageReference::to_string() const {
  return name() + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

}  // namespace task

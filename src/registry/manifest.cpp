#include "registry/manifest.h"

#include "util/hash.h"
#include "util/text.h"

namespace registry {
namespace {

util::Error not_understood(const std::string& what) {
  return util::Error::of(util::ErrorCode::unavailable, "the registry's " + what);
}

std::string text_at(const data::Node* node, std::string_view key) {
  const data::Node* value = node != nullptr && node->is_object() ? node->find(key) : nullptr;
  return value != nullptr ? value->text() : std::string();
}

/// Whether the text is a SHA-256 digest. This code can verify no other kind.
bool is_digest(std::string_view text) {
  constexpr std::string_view prefix = "sha256:";
  constexpr std::size_t digits = 64;
  return text.starts_with(prefix) && text.size() == prefix.size() + digits &&
         text.find_first_not_of("0123456789abcdef", prefix.size()) == text.npos;
}

constexpr data::Limits limits{.bytes = longest_document, .depth = 64, .nodes = 100'000};

// Bounds on what is read from a manifest and a configuration.
constexpr std::size_t most_platforms = 100;
constexpr std::size_t most_ports = 100;
constexpr std::size_t longest_word = 100;

/// The text of a member whose genuine values are short; empty if it is longer than that.
std::string word_at(const data::Node* node, std::string_view key) {
  std::string text = text_at(node, key);
  return text.size() <= longest_word ? text : std::string();
}

}  // namespace

util::Result<Manifest> read_manifest(std::string_view text) {
  const auto document = data::parse_json(text, limits);
  if (!document.ok() || !document->is_object()) return not_understood("manifest is not a JSON object");
  Manifest manifest;
  if (const data::Node* list = document->find("manifests"); list != nullptr) {
    for (const data::Node& item : list->items()) {
      if (!is_digest(text_at(&item, "digest"))) continue;
      const data::Node* platform = item.find("platform");
      manifest.choices.push_back(
          {text_at(&item, "digest"), word_at(platform, "os"), word_at(platform, "architecture")});
      if (manifest.choices.size() == most_platforms) break;
    }
    if (manifest.choices.empty()) return not_understood("list of manifests has none with a SHA-256");
    return manifest;
  }
  manifest.config_digest = text_at(document->find("config"), "digest");
  if (!is_digest(manifest.config_digest)) return not_understood("manifest has no configuration with a SHA-256");
  if (const data::Node* layers = document->find("layers"); layers != nullptr) {
    for (const data::Node& layer : layers->items()) {
      const data::Node* size = layer.find("size");
      const auto bytes = size != nullptr ? size->as_int().value_or(0) : 0;
      if (bytes > 0) manifest.layer_bytes += static_cast<std::uint64_t>(bytes);
    }
  }
  return manifest;
}

util::Result<executor::ImageFacts> read_configuration(std::string_view text) {
  const auto document = data::parse_json(text, limits);
  if (!document.ok() || !document->is_object())
    return not_understood("configuration of the image is not a JSON object");
  executor::ImageFacts facts;
  facts.os = word_at(&*document, "os");
  facts.architecture = word_at(&*document, "architecture");
  const data::Node* config = document->find("config");
  facts.user = word_at(config, "User");
  const data::Node* ports = config != nullptr && config->is_object() ? config->find("ExposedPorts") : nullptr;
  if (ports != nullptr) {
    for (const auto& [port, empty] : ports->members()) {
      if (port.size() <= longest_word && facts.exposed_ports.size() < most_ports) facts.exposed_ports.push_back(port);
    }
  }
  return facts;
}

std::string digest_of(std::string_view text) { return "sha256:" + util::to_hex(util::sha256(text)); }

}  // namespace registry

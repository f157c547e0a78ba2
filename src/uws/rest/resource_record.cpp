#include "uws/rest/resource_record.h"

#include "util/text.h"
#include "util/time.h"

namespace uws::rest {
namespace {

void take_needed(config::Reader& reader, std::string_view key, std::string& target, std::string accepted) {
  reader.take(key, target);
  if (target.empty()) reader.fault(key, "is missing", std::move(accepted));
}

void take_instant(config::Reader& reader, std::string_view key, std::string& target) {
  reader.take(key, target);
  if (const auto instant = util::parse_instant(target); instant.ok()) {
    target = util::to_iso(*instant);
  } else {
    reader.fault(key, "is no instant", "such as 2026-11-21 or 2026-11-21T12:00:00Z");
  }
}

/// True for ivo://authority/path, as the IdentifierURI of VOResource requires.
bool is_identifier(std::string_view text) {
  constexpr std::string_view scheme = "ivo://";
  if (!text.starts_with(scheme)) return false;
  const auto parts = util::split(text.substr(scheme.size()), '/');
  constexpr std::string_view others = "-_.!~*'()+=";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_authority = i == 0;
    if (parts[i].size() < (is_authority ? 3U : 1U)) return false;
    for (const char c : parts[i]) {
      if (!util::is_alnum(c) && others.find(c) == others.npos) return false;
    }
  }
  return util::is_alnum(parts.front().front());
}

}  // namespace

std::optional<ResourceRecord> read_resource_record(config::Reader& root, config::Faults& faults) {
  const config::Section section = root.section("voresource");
  if (!section.present()) return std::nullopt;
  config::Reader reader(section, faults);
  ResourceRecord record;
  reader.take("identifier", record.identifier);
  if (!is_identifier(record.identifier)) {
    reader.fault("identifier", "is no IVOA identifier", "such as ivo://example.org/uws");
  }
  take_needed(reader, "title", record.title, "what the service is called");
  reader.take("short_name", record.short_name);
  if (record.short_name.size() > 16) reader.fault("short_name", "is too long", "at most 16 characters");
  take_needed(reader, "publisher", record.publisher, "who offers the service");
  take_needed(reader, "contact_name", record.contact_name, "whom to ask");
  reader.take("contact_email", record.contact_email);
  reader.take("subjects", record.subjects);
  if (record.subjects.empty()) reader.fault("subjects", "is empty", "at least one, such as [virtual-observatories]");
  take_needed(reader, "description", record.description, "what it is for");
  take_needed(reader, "reference_url", record.reference_url, "a page about it");
  take_instant(reader, "created", record.created);
  record.updated = record.created;
  if (reader.has("updated")) take_instant(reader, "updated", record.updated);
  reader.done();
  return record;
}

}  // namespace uws::rest

// What the operator says of the service to a registry: beside its capabilities, what a VOResource record needs
// (VOResource 1.1; docs/operator-guide.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/section.h"

namespace uws::rest {

struct ResourceRecord {
  std::string identifier;  // "ivo://example.org/uws"
  std::string title;
  std::string short_name;  // at most 16 characters
  std::string publisher;
  std::string contact_name;
  std::string contact_email;
  std::vector<std::string> subjects;
  std::string description;
  std::string reference_url;
  std::string created;  // instants
  std::string updated;
};

/// Takes the section `voresource` of the file; nothing where there is none.
std::optional<ResourceRecord> read_resource_record(config::Reader& root, config::Faults& faults);

}  // namespace uws::rest

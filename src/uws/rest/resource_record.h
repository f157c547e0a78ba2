// The operator's description of the service for an IVOA registry: what a VOResource record needs besides the
// capabilities (VOResource 1.1; docs/operator-guide.md). Read at start-up, then constant.
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
  std::string created;  // ISO 8601, as updated
  std::string updated;
};

/// Reads the section `voresource` of the configuration file; nullopt if there is none. Adds every fault to `faults`.
std::optional<ResourceRecord> read_resource_record(config::Reader& root, config::Faults& faults);

}  // namespace uws::rest

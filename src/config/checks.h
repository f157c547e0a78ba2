// Checks and messages that the rooms' options share. Used at start-up only, by one thread.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "config/section.h"
#include "util/result.h"

namespace config {

/// Adds a fault at the key for each fault of the error, or for its message if it has none.
void add_faults(Reader& reader, std::string_view key, const util::Error& error);

/// Collects the names of a list's items; a name that is given twice is a fault.
class Names {
 public:
  /// `key`: the key of the name in each item.
  Names(std::string key, Faults& faults) : key_(std::move(key)), faults_(faults) {}
  void add(const Section& item, const std::string& name);

 private:
  const std::string key_;
  Faults& faults_;
  std::set<std::string> names_;
};

/// The message for a valid setting that may be a mistake: "config.yaml:12: warning: /blobs/folder: ..."
std::string to_warning(const Fault& fault, std::string_view file);

}  // namespace config

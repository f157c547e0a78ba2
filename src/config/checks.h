// What the rooms' options have in common beyond taking values. Used at start-up only, by one thread.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "config/section.h"
#include "util/result.h"

namespace config {

/// A fault at the key for each of the error, with what that says would be accepted.
void add_faults(Reader& reader, std::string_view key, const util::Error& error);

/// The names of a list's items: one that is given twice is a fault.
class Names {
 public:
  /// `key`: of an item, where its name stands.
  Names(std::string key, Faults& faults) : key_(std::move(key)), faults_(faults) {}
  void add(const Section& item, const std::string& name);

 private:
  const std::string key_;
  Faults& faults_;
  std::set<std::string> names_;
};

/// Of what may be meant so: "config.yaml:12: warning: /blobs/folder: ..."
std::string to_warning(const Fault& fault, std::string_view file);

}  // namespace config

// Reads the configuration file. Each room reads its own sections into its own Options.
//
//   Reader reader(section, faults);
//   reader.take("port", options.port, {.minimum = 1, .maximum = 65535});
//   reader.done();   // reports keys that nobody has taken as unknown
//
// All faults are collected, with line, path and what would be accepted; reading continues after a fault. Used at
// start-up only, by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/node.h"
#include "data/schema.h"
#include "util/result.h"

namespace config {

struct Fault {
  std::size_t line = 0;  // 0: the whole file
  std::string path;      // "/engines/0/socket"
  std::string reason;    // "is not a number"
  std::string accepted;  // "a whole number from 1 to 65535"
};
/// "config.yaml:12: /http/port: is not a number (accepted: a whole number from 1 to 65535)"
std::string to_string(const Fault& fault, std::string_view file);

using Faults = std::vector<Fault>;

/// A value in the file or, if it is absent, the place where it would be. The data::Node must outlive it.
class Section {
 public:
  Section(const data::Node* node, std::string path, std::size_t line)
      : node_(node), path_(std::move(path)), line_(line) {}
  const data::Node* node() const { return node_; }  // null: absent
  const std::string& path() const { return path_; }
  std::size_t line() const { return line_; }
  bool present() const { return node_ != nullptr && !node_->is_null(); }
  Section child(std::string_view key) const;
  std::vector<Section> items() const;  // for a list
  /// For a mapping, in order.
  std::vector<std::pair<std::string, Section>> members() const;
  Fault fault(std::string reason, std::string accepted) const {
    return {line_, path_, std::move(reason), std::move(accepted)};
  }

 private:
  const data::Node* node_;
  std::string path_;
  std::size_t line_;
};

struct Between {
  std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
};

/// Takes values by key; the target of an absent key keeps its default. A value of a wrong type and a key without a
/// value are faults.
class Reader {
 public:
  Reader(const Section& section, Faults& faults);

  void take(std::string_view key, std::string& target);
  void take(std::string_view key, bool& target);
  void take(std::string_view key, std::int64_t& target, Between range = {});
  void take(std::string_view key, double& target, double minimum, double maximum);
  void take(std::string_view key, std::vector<std::string>& target);
  /// Seconds, or a number with a unit: 90, 90s, 15m, 12h, 7d; see util/quantity.h.
  void take_duration(std::string_view key, std::chrono::seconds& target);
  /// Bytes with a unit: 512M, 2G (powers of 1024), 500MB (powers of 1000); see util/quantity.h.
  void take_bytes(std::string_view key, std::int64_t& target);
  /// A list of hashes of bearer tokens: "sha256:" and 64 hex digits each.
  void take_token_hashes(std::string_view key, std::vector<std::string>& target);
  /// One of the words.
  void take_word(std::string_view key, std::string& target, const std::vector<std::string_view>& words);
  template <typename Number>
  void take_number(std::string_view key, Number& target, Between range) {
    auto value = static_cast<std::int64_t>(target);
    take(key, value, range);
    target = static_cast<Number>(value);
  }

  /// A schema in the subset of JSON Schema that data/schema.h supports.
  void take_schema(std::string_view key, std::optional<data::Schema>& target);

  /// The section of a key, which the caller reads with another Reader.
  Section section(std::string_view key);
  bool has(std::string_view key) const;
  void fault(std::string_view key, std::string reason, std::string accepted);
  /// Adds the faults of an error. Their inputs are JSON pointers relative to `section`.
  void add(const Section& section, const util::Error& error);
  /// Adds a fault for each key that nobody has taken, with the most similar known key.
  void done();

 private:
  const data::Node* value(std::string_view key, const std::string& accepted);
  void refuse(std::string_view key, const data::Node& node, std::string accepted);
  template <typename Quantity>
  void take_quantity(std::string_view key, Quantity& target, util::Result<Quantity> (*parse)(std::string_view),
                     const std::string& accepted);

  Section section_;
  Faults& faults_;
  std::vector<std::string> known_;
};

/// A parsed configuration file.
struct File {
  std::string name;
  data::Node root;
  Section section() const { return {&root, "", 1}; }
};
/// Reads and parses a file. Errors become faults, too: the file cannot be read, is not YAML, or is too large.
std::optional<File> read_file(const std::string& name, Faults& faults);

}  // namespace config

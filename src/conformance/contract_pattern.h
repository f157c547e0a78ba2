// The variables of a contract case, and the patterns in which they occur ("{name}"). One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace conformance {

class Variables {
 public:
  void set(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }

  /// Replaces each variable by its value. Throws CheckFailed if a variable has no value.
  std::string fill(std::string_view text) const;

  /// Whether the pattern matches the whole text. If so, variables that had no value get one.
  bool match(std::string_view pattern, std::string_view text);

 private:
  using Values = std::map<std::string, std::string, std::less<>>;
  static bool match(std::string_view pattern, std::string_view text, Values& values);

  Values values_;
};

}  // namespace conformance

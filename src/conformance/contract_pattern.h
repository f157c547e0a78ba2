// The patterns of a contract case: text with {variables}.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace conformance {

class Variables {
 public:
  void set(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }

  /// With the value of each variable; throws Broken for one that has none.
  std::string fill(std::string_view text) const;

  /// Whether the whole text is as the pattern says. Variables that had no value have one then.
  bool match(std::string_view pattern, std::string_view text);

 private:
  using Values = std::map<std::string, std::string, std::less<>>;
  static bool match(std::string_view pattern, std::string_view text, Values& values);

  Values values_;
};

}  // namespace conformance

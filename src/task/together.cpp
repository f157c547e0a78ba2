#include "task/together.h"

#include <algorithm>
#include <map>

#include "util/part_reference.h"
#include "util/text.h"

namespace task {

std::vector<util::Fault> conflicts(const std::vector<Input>& inputs, const std::vector<std::string>& uploads) {
  std::vector<util::Fault> faults;
  std::map<std::string, const Input*> by_path;
  for (const Input& input : inputs) {
    if (!by_path.emplace(input.path, &input).second) {
      faults.push_back(
          {input.given_by, "the path '" + util::for_display(input.path) + "' is given twice", "each once"});
    }
    const auto upload = util::find_part(uploads, input.parameter, [](const std::string& name) { return name; });
    const bool there = input.parameter.empty() || upload != uploads.end();
    if (!there) {
      faults.push_back({input.given_by,
                        "refers to param:" + util::for_display(input.parameter) + ", which was not uploaded",
                        "a multipart part of that name"});
    }
  }
  for (const auto& [path, input] : by_path) {
    const auto below = by_path.lower_bound(path + "/");
    if (below == by_path.end() || !below->first.starts_with(path + "/")) continue;
    faults.push_back(
        {below->second->given_by,
         "'" + util::for_display(path) + "' is a file and the folder of '" + util::for_display(below->first) + "'",
         "other paths"});
  }
  return faults;
}

}  // namespace task

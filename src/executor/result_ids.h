// How the results of a job's files are called: the name that was given, else the file's own, made legal as the last
// segment of a URL and unlike all others: spec.fits, spec-2.fits. Computes only.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "task/container_task.h"

namespace executor {

class ResultIds {
 public:
  /// `outputs` outlives this. Paths in names are as seen from `workdir`.
  ResultIds(const std::vector<task::Output>& outputs, std::string workdir);

  /// The id of a file of output number `index`; each file is asked for once.
  std::string next(std::size_t index, const std::string& path);

 private:
  std::string wanted(std::size_t index, const std::string& path) const;
  bool take(const std::string& id, std::size_t index);

  const std::vector<task::Output>& outputs_;
  const std::string workdir_;
  std::map<std::string, std::optional<std::size_t>> reserved_;  // by which output; by none: ours
  std::set<std::string> taken_;
  std::map<std::string, int> last_number_;  // of those that wanted the same
};

/// The one that is results/result by its name.
std::optional<std::size_t> output_called_result(const std::vector<task::Output>& outputs);

}  // namespace executor

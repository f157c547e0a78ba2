// Chooses the result ids for the output files of a job: the declared name, else the name of the file, made legal as the
// last segment of a URL and unique within the job (spec.fits, spec-2.fits). Computes only.
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
  /// `outputs` must outlive this. Paths that become part of an id are relative to `workdir`.
  ResultIds(const std::vector<task::Output>& outputs, std::string workdir);

  /// The id for a file of output number `index`. To be called once per file.
  std::string next(std::size_t index, const std::string& path);

 private:
  std::string wanted(std::size_t index, const std::string& path) const;
  bool take(const std::string& id, std::size_t index);

  const std::vector<task::Output>& outputs_;
  const std::string workdir_;
  std::map<std::string, std::optional<std::size_t>> reserved_;  // index of the output; nullopt: for this service
  std::set<std::string> taken_;
  std::map<std::string, int> last_number_;  // by the id that several files wanted
};

/// The index of the output that is named "result", the primary result of the job; nullopt: none.
std::optional<std::size_t> output_called_result(const std::vector<task::Output>& outputs);

}  // namespace executor

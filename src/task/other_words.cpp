#include "task/other_words.h"

#include <algorithm>
#include <array>

#include "util/text.h"

namespace task {
namespace {

struct Row {
  std::string_view others;
  OurWord ours;
};

constexpr OurWord cores{"CORES", "resources.cores"};
constexpr OurWord memory{"MEMORY", "resources.memory"};
constexpr OurWord arguments{"ARG", "args"};
constexpr OurWord duration{"EXECUTIONDURATION", "executionDuration"};
constexpr OurWord environment{"ENV", "env"};
constexpr OurWord mount{"MOUNT", "mounts"};
constexpr OurWord input{"INPUT", "inputs"};
constexpr OurWord workdir{"WORKDIR", "workdir"};
constexpr OurWord run_id{"RUNID", "runId"};

constexpr std::array<Row, 26> rows{{{"cpu", cores},
                                    {"cpus", cores},
                                    {"ncpus", cores},
                                    {"vcpus", cores},
                                    {"mem", memory},
                                    {"ram", memory},
                                    {"cmd", arguments},
                                    {"command", arguments},
                                    {"commands", arguments},
                                    {"arguments", arguments},
                                    {"timeout", duration},
                                    {"duration", duration},
                                    {"walltime", duration},
                                    {"maxtime", duration},
                                    {"environment", environment},
                                    {"volume", mount},
                                    {"volumes", mount},
                                    {"file", input},
                                    {"files", input},
                                    {"cwd", workdir},
                                    {"workingdir", workdir},
                                    {"working_dir", workdir},
                                    {"container", {"IMAGE", "image"}},
                                    {"name", run_id},
                                    {"jobname", run_id},
                                    {"job_name", run_id}}};

}  // namespace

std::optional<OurWord> our_word(std::string_view others) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const Row& known) { return util::iequals(known.others, others); });
  return row == rows.end() ? std::nullopt : std::optional(row->ours);
}

}  // namespace task

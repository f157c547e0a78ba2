// Builds the RunSpec for the engine from a task, the policy and the options of the operator. Computes only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "executor/engine.h"
#include "executor/options.h"
#include "store/blob_store.h"
#include "task/policy.h"
#include "uws/core/job.h"

namespace executor {

/// An input whose bytes are in a blob, uploaded or fetched.
struct StoredInput {
  store::BlobId blob;
  std::uint64_t size_bytes = 0;
};

/// `fetched`: the inputs that were given by URL, by their path in the container. Returns `internal` if the image, the
/// bytes of an input or a volume is missing.
util::Result<RunSpec> make_spec(const RunId& id, const task::ContainerTask& task, const task::Policy& policy,
                                const RunOptions& options, const std::vector<uws::Parameter>& parameters,
                                const std::map<std::string, StoredInput>& fetched, store::BlobStore& blobs);

/// Adds the environment variables UWS_JOBID and UWS_RUNID, unless the task sets them.
void name_job(RunSpec& spec, const uws::Job& job);

}  // namespace executor

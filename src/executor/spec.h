// From a task and the operator's word to what an engine is asked for. Computes only.
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

/// Bytes of an input that are here: uploaded, or fetched.
struct StoredInput {
  store::BlobId blob;
  std::uint64_t size_bytes = 0;
};

/// `fetched` has the inputs by URL, by their path. `internal` when something that must be there is not.
util::Result<RunSpec> make_spec(const RunId& id, const task::ContainerTask& task, const task::Policy& policy,
                                const RunOptions& options, const std::vector<uws::Parameter>& parameters,
                                const std::map<std::string, StoredInput>& fetched, store::BlobStore& blobs);

/// UWS_JOBID and UWS_RUNID, by which a program can tell which job it is; what the task says counts more.
void name_job(RunSpec& spec, const uws::Job& job);

}  // namespace executor

// Declared outputs on their way into blobs.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "executor/engine.h"
#include "store/blob_store.h"
#include "task/container_task.h"
#include "util/worker_pool.h"
#include "uws/core/job.h"

namespace executor {

std::vector<OutputPattern> patterns_of(const task::ContainerTask& task);

/// Has a worker remove blobs that no row refers to: there may be many.
void discard(util::WorkerPool& workers, store::BlobStore& blobs, std::vector<store::BlobId> unwanted);

/// Takes what the engine finds, up to a limit for all together. Written by the engine's thread; read once it is done.
class OutputCollector : public OutputSink, public std::enable_shared_from_this<OutputCollector> {
 public:
  struct Limits {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
  };
  OutputCollector(store::BlobStore& blobs, util::WorkerPool& workers, const task::ContainerTask& task, Limits limits);
  /// Removes what nobody kept.
  ~OutputCollector() override;

  util::Result<std::unique_ptr<util::ByteSink>> open(std::size_t index, const std::string& path,
                                                     std::uint64_t size_bytes) override;

  /// The results in the order declared, then by path; their blobs are the caller's from now on.
  std::vector<uws::ResultEntry> keep();

  /// Of the declared outputs, one went over the limit.
  bool is_too_large() const;
  /// There were more files than the limit.
  bool is_too_many() const;
  /// Why we could not store what was there; empty: we could.
  std::string trouble() const;

 private:
  struct File {
    std::size_t index = 0;
    std::string path;
    store::BlobId blob;
    std::uint64_t size_bytes = 0;
    std::string sha256;
  };
  class Sink;
  util::Error noted(util::Error error);

  store::BlobStore& blobs_;
  util::WorkerPool& workers_;
  const std::vector<task::Output> outputs_;
  const std::string workdir_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::uint64_t promised_ = 0;
  std::uint64_t opened_ = 0;
  std::vector<File> files_;
  bool too_large_ = false;
  bool too_many_ = false;
  std::string trouble_;
};

}  // namespace executor

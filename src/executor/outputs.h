// Stores the declared outputs of a run in blobs.
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

/// Removes blobs that no row refers to, on a worker because there may be many.
void discard(util::WorkerPool& workers, store::BlobStore& blobs, std::vector<store::BlobId> unwanted);

/// Stores the files that the engine finds, up to a limit for all files together. The engine's thread calls open() and
/// writes to the sinks; the results are read on other threads when it is done.
class OutputCollector : public OutputSink, public std::enable_shared_from_this<OutputCollector> {
 public:
  struct Limits {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
  };
  OutputCollector(store::BlobStore& blobs, util::WorkerPool& workers, const task::ContainerTask& task, Limits limits);
  /// Removes the blobs that keep() has not handed over.
  ~OutputCollector() override;

  util::Result<std::unique_ptr<util::ByteSink>> open(std::size_t index, const std::string& path,
                                                     std::uint64_t size_bytes) override;

  /// The results in the order of the declared outputs, then by path. The caller owns their blobs from now on.
  std::vector<uws::ResultEntry> keep();

  /// True if a file was refused because of the limit of bytes.
  bool is_too_large() const;
  /// True if a file was refused because of the limit of files.
  bool is_too_many() const;
  /// Why a file could not be stored; empty if all files could be.
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

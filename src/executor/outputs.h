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
#include "uws/core/job.h"

namespace executor {

std::vector<OutputPattern> patterns_of(const std::vector<task::Output>& outputs);

/// Takes what the engine finds, up to a limit for all together. Written by the engine's thread; read once it is done.
class OutputCollector : public OutputSink, public std::enable_shared_from_this<OutputCollector> {
 public:
  OutputCollector(store::BlobStore& blobs, std::vector<task::Output> outputs, std::uint64_t limit_bytes);
  /// Removes what nobody kept.
  ~OutputCollector() override;

  util::Result<std::unique_ptr<util::ByteSink>> open(std::size_t index, const std::string& path,
                                                     std::uint64_t size_bytes) override;

  /// The results in the order declared, then by path; their blobs are the caller's from now on.
  std::vector<uws::ResultEntry> keep();

  /// Of the declared outputs, one went over the limit.
  bool is_too_large() const;
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
  std::string wanted_id(const File& file) const;
  bool is_called_result(const File& file) const;
  util::Error noted(util::Error error);

  store::BlobStore& blobs_;
  const std::vector<task::Output> outputs_;
  const std::uint64_t limit_;
  mutable std::mutex mutex_;
  std::uint64_t promised_ = 0;
  std::vector<File> files_;
  bool too_large_ = false;
  std::string trouble_;
};

}  // namespace executor

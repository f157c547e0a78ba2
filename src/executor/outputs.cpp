#include "executor/outputs.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "executor/media_type.h"
#include "executor/result_ids.h"
#include "util/quantity.h"
#include "util/text.h"

namespace executor {

std::vector<OutputPattern> patterns_of(const task::ContainerTask& task) {
  std::vector<std::string> inputs;
  for (const task::Input& input : task.inputs) inputs.push_back(input.path);
  std::vector<OutputPattern> patterns;
  for (const task::Output& output : task.outputs) {
    patterns.push_back(
        {output.name, output.pattern, output.is_glob, output.is_glob ? inputs : std::vector<std::string>()});
  }
  return patterns;
}

void discard(util::WorkerPool& workers, store::BlobStore& blobs, std::vector<store::BlobId> unwanted) {
  if (unwanted.empty()) return;
  // If the pool is stopping or its queue is full, the blobs are removed at the next start of the service.
  (void)workers.try_post([&blobs, unwanted = std::move(unwanted)] {
    for (const store::BlobId& blob : unwanted) (void)blobs.remove(blob);
  });
}

class OutputCollector::Sink : public util::ByteSink {
 public:
  Sink(std::shared_ptr<OutputCollector> collector, std::unique_ptr<store::BlobWriter> writer, std::size_t index,
       std::string path)
      : collector_(std::move(collector)), writer_(std::move(writer)), index_(index), path_(std::move(path)) {}

  util::Status write(std::string_view bytes) override {
    auto written = writer_->write(bytes);
    if (!written.ok()) return collector_->noted(std::move(written).error());
    return {};
  }

  util::Status finish() override {
    if (auto finished = writer_->finish(); !finished.ok()) return collector_->noted(std::move(finished).error());
    const std::lock_guard lock(collector_->mutex_);
    collector_->files_.push_back({index_, path_, writer_->id(), writer_->size(), writer_->sha256()});
    return {};
  }

 private:
  std::shared_ptr<OutputCollector> collector_;
  std::unique_ptr<store::BlobWriter> writer_;
  std::size_t index_;
  std::string path_;
};

OutputCollector::OutputCollector(store::BlobStore& blobs, util::WorkerPool& workers, const task::ContainerTask& task,
                                 Limits limits)
    : blobs_(blobs), workers_(workers), outputs_(task.outputs), workdir_(task::working_folder(task)), limits_(limits) {}

OutputCollector::~OutputCollector() {
  std::vector<store::BlobId> unwanted;
  for (File& file : files_) unwanted.push_back(std::move(file.blob));
  discard(workers_, blobs_, std::move(unwanted));
}

util::Result<std::unique_ptr<util::ByteSink>> OutputCollector::open(std::size_t index, const std::string& path,
                                                                    std::uint64_t size_bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (opened_ == limits_.files) {
      too_many_ = true;
      return util::Error::of(util::ErrorCode::too_many, "all outputs together may have " +
                                                            std::to_string(limits_.files) +
                                                            " files; more fit into one that packs them, such as a tar");
    }
    if (size_bytes > limits_.bytes - promised_) {
      too_large_ = true;
      return util::Error::of(util::ErrorCode::too_large,
                             util::for_display(path, 200) + " has " + std::to_string(size_bytes) +
                                 " bytes; all outputs together may have " +
                                 util::format_bytes(static_cast<std::int64_t>(limits_.bytes)));
    }
    promised_ += size_bytes;
    ++opened_;
  }
  auto writer = blobs_.create(size_bytes);
  if (!writer.ok()) return noted(std::move(writer).error());
  return std::unique_ptr<util::ByteSink>(
      std::make_unique<Sink>(shared_from_this(), std::move(writer).value(), index, path));
}

util::Error OutputCollector::noted(util::Error error) {
  const std::lock_guard lock(mutex_);
  trouble_ = error.message;
  return error;
}

bool OutputCollector::is_too_large() const {
  const std::lock_guard lock(mutex_);
  return too_large_;
}

std::string OutputCollector::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

bool OutputCollector::is_too_many() const {
  const std::lock_guard lock(mutex_);
  return too_many_;
}

std::vector<uws::ResultEntry> OutputCollector::keep() {
  const std::lock_guard lock(mutex_);
  std::stable_sort(files_.begin(), files_.end(),
                   [](const File& a, const File& b) { return std::tie(a.index, a.path) < std::tie(b.index, b.path); });
  ResultIds ids(outputs_, workdir_);
  std::vector<uws::ResultEntry> results;
  results.reserve(files_.size());
  for (File& file : files_) {
    uws::ResultEntry result;
    result.id = ids.next(file.index, file.path);
    result.blob = std::move(file.blob);
    result.media_type = media_type_of(file.path);
    result.size_bytes = file.size_bytes;
    result.sha256 = std::move(file.sha256);
    result.path = std::move(file.path);
    results.push_back(std::move(result));
  }
  files_.clear();
  return results;
}

}  // namespace executor

#include "executor/outputs.h"

#include <algorithm>
#include <set>
#include <utility>

#include "executor/media_type.h"
#include "util/quantity.h"
#include "util/text.h"

namespace executor {
namespace {

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Legal as the last segment of a URL without escaping.
std::string legal_id(std::string name) {
  for (char& c : name) {
    if (!util::is_alnum(c) && c != '.' && c != '_' && c != '-') c = '_';
  }
  return name.empty() || name.front() == '.' ? "_" + name : name;
}

std::string unique_id(const std::string& wanted, std::set<std::string>& taken) {
  std::string id = wanted;
  for (int number = 2; !taken.insert(id).second; ++number) id = wanted + "-" + std::to_string(number);
  return id;
}

}  // namespace

std::vector<OutputPattern> patterns_of(const std::vector<task::Output>& outputs) {
  std::vector<OutputPattern> patterns;
  patterns.reserve(outputs.size());
  for (const task::Output& output : outputs) patterns.push_back({output.name, output.pattern, output.is_glob});
  return patterns;
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

OutputCollector::OutputCollector(store::BlobStore& blobs, std::vector<task::Output> outputs, std::uint64_t limit_bytes)
    : blobs_(blobs), outputs_(std::move(outputs)), limit_(limit_bytes) {}

OutputCollector::~OutputCollector() {
  for (const File& file : files_) (void)blobs_.remove(file.blob);
}

util::Result<std::unique_ptr<util::ByteSink>> OutputCollector::open(std::size_t index, const std::string& path,
                                                                    std::uint64_t size_bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (size_bytes > limit_ - promised_) {
      too_large_ = true;
      return util::Error::of(util::ErrorCode::too_large, util::shown(path, 200) + " has " + std::to_string(size_bytes) +
                                                             " bytes; all outputs together may have " +
                                                             util::format_bytes(static_cast<std::int64_t>(limit_)));
    }
    promised_ += size_bytes;
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

std::string OutputCollector::wanted_id(const File& file) const {
  if (file.index >= outputs_.size()) return file_name(file.path);
  const task::Output& output = outputs_[file.index];
  if (output.name.empty()) return file_name(file.path);
  return output.is_glob ? output.name + "-" + file_name(file.path) : output.name;
}

bool OutputCollector::is_called_result(const File& file) const {
  return file.index < outputs_.size() && outputs_[file.index].name == "result" && !outputs_[file.index].is_glob;
}

std::vector<uws::ResultEntry> OutputCollector::keep() {
  const std::lock_guard lock(mutex_);
  std::stable_sort(files_.begin(), files_.end(),
                   [](const File& a, const File& b) { return std::tie(a.index, a.path) < std::tie(b.index, b.path); });
  std::set<std::string> taken{"stdout", "stderr", "result"};
  std::vector<uws::ResultEntry> results;
  for (const File& file : files_) {
    uws::ResultEntry result;
    result.id = is_called_result(file) ? "result" : unique_id(legal_id(wanted_id(file)), taken);
    result.blob = file.blob;
    result.media_type = media_type_of(file.path);
    result.size_bytes = file.size_bytes;
    result.sha256 = file.sha256;
    results.push_back(std::move(result));
  }
  files_.clear();
  return results;
}

}  // namespace executor

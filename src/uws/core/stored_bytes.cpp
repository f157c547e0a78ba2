#include "uws/core/stored_bytes.h"

#include <utility>

namespace uws {

Upload::Upload(store::BlobStore& blobs, std::unique_ptr<store::BlobWriter> writer)
    : blobs_(blobs), writer_(std::move(writer)) {}

Upload::~Upload() {
  if (finished_ && !taken_) (void)blobs_.remove(writer_->id());
}

util::Status Upload::write(std::string_view bytes) { return writer_->write(bytes); }

util::Status Upload::finish() {
  RETURN_IF_ERROR(writer_->finish());
  finished_ = true;
  return {};
}

util::Status Upload::sync() { return blobs_.sync({writer_->id()}); }

util::Result<std::string> Upload::read(std::uint64_t at_most) const {
  const std::uint64_t size = writer_->size();
  if (size > at_most) {
    return util::Error::of(util::ErrorCode::too_large, util::Fault{"", "has " + std::to_string(size) + " bytes",
                                                                   "at most " + std::to_string(at_most) + " bytes"});
  }
  ASSIGN_OR_RETURN(const auto source, blobs_.open(writer_->id()));
  std::string text(size, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    ASSIGN_OR_RETURN(const std::size_t got, source->read(text.data() + filled, text.size() - filled));
    if (got == 0) return util::Error::of(util::ErrorCode::internal, "an upload is shorter than it was");
    filled += got;
  }
  return text;
}

Parameter Upload::take(std::string name, std::string media_type) {
  taken_ = true;
  return {std::move(name), "", true, writer_->id(), std::move(media_type), writer_->size()};
}

util::Result<std::shared_ptr<Upload>> StoredBytes::upload(std::uint64_t limit_bytes) {
  ASSIGN_OR_RETURN(auto writer, blobs_.create(limit_bytes));
  return std::make_shared<Upload>(blobs_, std::move(writer));
}

util::Result<std::shared_ptr<util::ByteSource>> StoredBytes::open(const store::BlobId& blob, std::uint64_t offset,
                                                                  std::uint64_t length) const {
  ASSIGN_OR_RETURN(auto source, blobs_.open(blob, offset, length));
  return std::shared_ptr<util::ByteSource>(std::move(source));
}

}  // namespace uws

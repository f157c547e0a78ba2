#include "docker/tar/tar_source.h"

#include <algorithm>
#include <cstring>

#include "docker/tar/tar_format.h"

namespace docker {
namespace {

constexpr std::uint64_t folder_mode = 0755;
constexpr std::uint64_t record_mode = 0644;

void put_text(std::string& head, tar::Field field, std::string_view text) {
  std::copy_n(text.data(), std::min(text.size(), field.length),
              head.begin() + static_cast<std::ptrdiff_t>(field.offset));
}

/// Writes an octal number; a number that does not fit is written in base 256, which GNU and PAX readers understand.
void put_number(std::string& head, tar::Field field, std::uint64_t value) {
  const auto digits = field.length - 1;
  if (digits * 3 < 64 && (value >> (digits * 3)) != 0) {
    for (std::size_t i = 0; i < field.length; ++i, value >>= 8U) {
      head[field.offset + field.length - 1 - i] = static_cast<char>(value & 0xFFU);
    }
    head[field.offset] = static_cast<char>(static_cast<unsigned char>(head[field.offset]) | 0x80U);
    return;
  }
  for (std::size_t i = 0; i < digits; ++i, value >>= 3U) {
    head[field.offset + digits - 1 - i] = static_cast<char>('0' + (value & 7U));
  }
}

std::string head_of(std::string_view path, char type, std::uint64_t mode, const UserIds& owner, std::uint64_t size) {
  std::string head(tar::block, '\0');
  put_text(head, tar::name, path);
  put_number(head, tar::mode, mode);
  put_number(head, tar::uid, owner.uid);
  put_number(head, tar::gid, owner.gid);
  put_number(head, tar::size, size);
  put_number(head, tar::mtime, tar::staged_seconds);
  head[tar::type_offset] = type;
  put_text(head, tar::magic, std::string_view("ustar\0", 6));
  put_text(head, {tar::magic.offset + tar::magic.length, 2}, "00");
  put_number(head, {tar::checksum.offset, tar::checksum.length - 1}, tar::sum(head.data()));
  head[tar::checksum.offset + tar::checksum.length - 1] = ' ';
  return head;
}

/// A record such as "30 path=…\n"; the length counts its own digits, too.
std::string pax_record(std::string_view path) {
  const auto rest = std::string(" path=").append(path).append("\n");
  auto length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

std::string heads_of(const TarItem& item) {
  const auto path = item.is_folder ? item.path + "/" : item.path;
  std::string heads;
  if (path.size() > tar::name.length) {
    const auto record = pax_record(path);
    heads = head_of("long-name", 'x', record_mode, item.owner, record.size()) + record;
    heads.append(tar::padding(record.size()), '\0');
  }
  return heads + head_of(path, item.is_folder ? '5' : '0', item.is_folder ? folder_mode : item.mode, item.owner,
                         item.is_folder ? 0 : item.size_bytes);
}

}  // namespace

TarSource::TarSource(std::vector<TarItem> items) : items_(std::move(items)) {
  for (const auto& item : items_) {
    size_ += heads_of(item).size();
    if (!item.is_folder) size_ += item.size_bytes + tar::padding(item.size_bytes);
  }
  size_ += 2 * tar::block;
}

util::Result<std::size_t> TarSource::read(char* buffer, std::size_t capacity) {
  if (error_) return *error_;
  for (;;) {
    if (pending_read_ < pending_.size()) {
      const auto count = std::min(capacity, pending_.size() - pending_read_);
      std::memcpy(buffer, pending_.data() + pending_read_, count);
      pending_read_ += count;
      return count;
    }
    if (content_) {
      auto count = read_content(buffer, capacity);
      if (!count.ok()) error_ = count.error();
      return count;
    }
    if (ended_) return std::size_t{0};
    if (auto status = advance(); !status.ok()) {
      error_ = status.error();
      return *error_;
    }
  }
}

util::Status TarSource::advance() {
  pending_read_ = 0;
  if (next_ == items_.size()) {
    pending_.assign(2 * tar::block, '\0');
    ended_ = true;
    return {};
  }
  const auto& item = items_[next_++];
  pending_ = heads_of(item);
  if (item.is_folder || item.size_bytes == 0) return {};
  ASSIGN_OR_RETURN(content_, item.open());
  content_left_ = item.size_bytes;
  return {};
}

util::Result<std::size_t> TarSource::read_content(char* buffer, std::size_t capacity) {
  const auto& item = items_[next_ - 1];
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, content_left_));
  ASSIGN_OR_RETURN(const auto count, content_->read(buffer, wanted));
  if (count == 0) {
    return util::Error::of(util::ErrorCode::internal, "/" + item.path + " is shorter than it was said to be");
  }
  content_left_ -= count;
  if (content_left_ == 0) {
    content_.reset();
    pending_.assign(tar::padding(item.size_bytes), '\0');
    pending_read_ = 0;
  }
  return count;
}

}  // namespace docker

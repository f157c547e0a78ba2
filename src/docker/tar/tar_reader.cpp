#include "docker/tar/tar_reader.h"

#include <algorithm>
#include <utility>

#include "util/text.h"

namespace docker {
namespace {

constexpr std::uint64_t largest_extension = 64U << 10U;
constexpr std::uint64_t largest_size = std::uint64_t{1} << 53U;
constexpr std::size_t longest_path = 4096;

std::string until_nul(std::string_view text) { return std::string(text.substr(0, text.find('\0'))); }

}  // namespace

bool TarReader::fail(std::string why) {
  state_ = State::failed;
  error_ = "the engine's archive is malformed: " + std::move(why);
  return false;
}

bool TarReader::stop() {
  state_ = State::failed;
  return false;
}

bool TarReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == State::ended) return true;
    if (state_ == State::failed || !step(bytes)) return false;
  }
  return true;
}

bool TarReader::step(std::string_view& bytes) {
  const auto wanted = state_ == State::head ? tar::block - head_filled_ : state_ == State::padding ? padding_ : left_;
  const auto piece = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(wanted, bytes.size())));
  bytes.remove_prefix(piece.size());
  switch (state_) {
    case State::head:
      std::copy(piece.begin(), piece.end(), head_.begin() + static_cast<std::ptrdiff_t>(head_filled_));
      head_filled_ += piece.size();
      return head_filled_ < tar::block || take_head();
    case State::extension:
      extension_text_.append(piece);
      left_ -= piece.size();
      return left_ > 0 || end_extension();
    case State::content:
      left_ -= piece.size();
      if (!handler_.on_data(piece)) return stop();
      return left_ > 0 || end_content();
    case State::padding:
      padding_ -= piece.size();
      if (padding_ == 0) state_ = State::head;
      return true;
    default:
      return false;
  }
}

std::string TarReader::head_text(tar::Field field) const {
  return until_nul(std::string_view(head_.data() + field.offset, field.length));
}

std::optional<std::uint64_t> TarReader::head_number(tar::Field field) const {
  const std::string_view raw(head_.data() + field.offset, field.length);
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(raw.front()) & 0x80U) != 0) {  // base 256
    for (std::size_t i = 0; i < raw.size(); ++i) {
      const auto byte = static_cast<unsigned char>(raw[i]) & (i == 0 ? 0x7FU : 0xFFU);
      if ((value >> 55U) != 0) return std::nullopt;
      value = value << 8U | byte;
    }
    return value;
  }
  const auto text = until_nul(raw);
  const auto digits = util::trim(text);
  for (const char c : digits) {
    if (c < '0' || c > '7' || (value >> 60U) != 0) return std::nullopt;
    value = value << 3U | static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

bool TarReader::take_head() {
  head_filled_ = 0;
  if (std::all_of(head_.begin(), head_.end(), [](char c) { return c == '\0'; })) {
    if (saw_zero_block_) state_ = State::ended;
    saw_zero_block_ = true;
    return true;
  }
  if (saw_zero_block_) return fail("an entry after its end");
  if (head_number(tar::checksum) != tar::sum(head_.data())) return fail("a wrong checksum");
  const auto size = head_number(tar::size);
  if (!size || *size > largest_size) return fail("an impossible size");
  return begin(head_[tar::type_offset], *size);
}

bool TarReader::begin(char type, std::uint64_t size) {
  switch (type) {
    case 'x':
      return begin_extension(Extension::pax, size);
    case 'g':
      return begin_extension(Extension::global_pax, size);
    case 'L':
      return begin_extension(Extension::long_name, size);
    case 'K':
      return begin_extension(Extension::long_link, size);
    default:
      return begin_entry(type, size);
  }
}

bool TarReader::begin_extension(Extension extension, std::uint64_t size) {
  if (size > largest_extension) return fail("an extension of " + std::to_string(size) + " bytes");
  extension_ = extension;
  extension_text_.clear();
  left_ = size;
  padding_ = tar::padding(size);
  state_ = State::extension;
  return left_ > 0 || end_extension();
}

bool TarReader::end_extension() {
  state_ = padding_ > 0 ? State::padding : State::head;
  switch (extension_) {
    case Extension::pax:
      return read_pax();
    case Extension::long_name:
      next_path_ = until_nul(extension_text_);
      return true;
    case Extension::long_link:
      next_link_ = until_nul(extension_text_);
      return true;
    default:
      return true;
  }
}

/// Records have the form "LENGTH KEY=VALUE\n"; LENGTH counts the whole record.
bool TarReader::read_pax() {
  std::string_view rest = extension_text_;
  while (!rest.empty()) {
    const auto blank = rest.find(' ');
    const auto length = blank == std::string_view::npos ? std::nullopt : util::parse_unsigned(rest.substr(0, blank));
    if (!length || *length > rest.size() || *length < blank + 3 || rest[*length - 1] != '\n') {
      return fail("a bad extended header");
    }
    const auto record = rest.substr(blank + 1, *length - blank - 2);
    rest.remove_prefix(*length);
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) return fail("a bad extended header");
    const auto key = record.substr(0, equals);
    const auto value = record.substr(equals + 1);
    if (key == "path") {
      next_path_ = std::string(value);
    } else if (key == "linkpath") {
      next_link_ = std::string(value);
    } else if (key == "size") {
      next_size_ = util::parse_unsigned(value);
      if (!next_size_ || *next_size_ > largest_size) return fail("an impossible size");
    } else if (key.starts_with("GNU.sparse.")) {
      next_is_sparse_ = true;
    }
  }
  return true;
}

bool TarReader::begin_entry(char type, std::uint64_t size) {
  TarEntry entry;
  entry.path = head_text(tar::name);
  const auto prefix = head_text(tar::prefix);
  const bool is_posix = std::string_view(head_.data() + tar::magic.offset, tar::magic.length) ==
                        std::string_view("ustar\0", tar::magic.length);
  if (is_posix && !prefix.empty()) entry.path = prefix + "/" + entry.path;
  entry.link = head_text(tar::link);
  if (next_path_) entry.path = *std::exchange(next_path_, std::nullopt);
  if (next_link_) entry.link = *std::exchange(next_link_, std::nullopt);
  if (next_size_) size = *std::exchange(next_size_, std::nullopt);
  const bool is_sparse = std::exchange(next_is_sparse_, false);
  if (entry.path.empty() || entry.path.size() > longest_path || entry.link.size() > longest_path ||
      entry.path.find('\0') != std::string::npos) {
    return fail("a bad name");
  }

  entry.modified_seconds = head_number(tar::mtime).value_or(1);  // before 1970, or unreadable: not staged_seconds
  const bool has_content = type == '\0' || type == '0' || type == '7' || type == 'S';
  if (is_sparse || type == 'S') {
    entry.type = TarEntry::Type::other;  // the stored bytes are not the content of the file
  } else if (has_content) {
    entry.type = TarEntry::Type::file;
  } else if (type == '1') {
    entry.type = TarEntry::Type::hard_link;
  } else if (type == '2') {
    entry.type = TarEntry::Type::symlink;
  } else if (type == '5') {
    entry.type = TarEntry::Type::folder;
  }
  // The headers of links and folders may give a size although no bytes follow.
  const bool is_empty = entry.type == TarEntry::Type::hard_link || entry.type == TarEntry::Type::symlink ||
                        entry.type == TarEntry::Type::folder;
  entry.size = is_empty ? 0 : size;
  left_ = entry.size;
  padding_ = tar::padding(left_);
  state_ = State::content;
  if (!handler_.on_entry(entry)) return stop();
  return left_ > 0 || end_content();
}

bool TarReader::end_content() {
  state_ = padding_ > 0 ? State::padding : State::head;
  return handler_.on_entry_end() || stop();
}

}  // namespace docker

// Reads a tar archive as a stream of arbitrary pieces: ustar, PAX and GNU long names. The input may be hostile, so
// sizes and names are bounded, and only headers and long names are buffered. Called on the thread that feeds it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "docker/tar/tar_format.h"

namespace docker {

struct TarEntry {
  enum class Type { file, folder, symlink, hard_link, other };
  Type type = Type::other;
  std::string path;  // unchanged from the archive
  std::string link;  // target of a symbolic or hard link
  std::uint64_t size = 0;
  std::uint64_t modified_seconds = 0;  // since 1970
};

/// Receives the entries of an archive. Each function returns false to stop the reading.
class TarHandler {
 public:
  virtual ~TarHandler() = default;
  virtual bool on_entry(const TarEntry& entry) = 0;
  virtual bool on_data(std::string_view bytes) = 0;
  virtual bool on_entry_end() = 0;
};

class TarReader {
 public:
  explicit TarReader(TarHandler& handler) : handler_(handler) {}

  /// Returns false if the archive is malformed (see error()), or if the handler has stopped the reading.
  bool feed(std::string_view bytes);
  /// True when the end of the archive was read; further bytes are skipped.
  bool ended() const { return state_ == State::ended; }
  const std::string& error() const { return error_; }

 private:
  enum class State { head, extension, content, padding, ended, failed };
  enum class Extension { none, pax, global_pax, long_name, long_link };

  bool take_head();
  bool begin(char type, std::uint64_t size);
  bool begin_extension(Extension extension, std::uint64_t size);
  bool end_extension();
  bool begin_entry(char type, std::uint64_t size);
  bool end_content();
  bool read_pax();
  bool step(std::string_view& bytes);
  bool fail(std::string why);
  bool stop();
  std::string head_text(tar::Field field) const;
  std::optional<std::uint64_t> head_number(tar::Field field) const;

  TarHandler& handler_;
  State state_ = State::head;
  std::array<char, tar::block> head_{};
  std::size_t head_filled_ = 0;
  bool saw_zero_block_ = false;
  std::uint64_t left_ = 0;
  std::uint64_t padding_ = 0;
  Extension extension_ = Extension::none;
  std::string extension_text_;
  // Values for the next entry, from extension headers.
  std::optional<std::string> next_path_;
  std::optional<std::string> next_link_;
  std::optional<std::uint64_t> next_size_;
  bool next_is_sparse_ = false;
  std::string error_;
};

}  // namespace docker

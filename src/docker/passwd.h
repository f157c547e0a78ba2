// The text of the one file in an archive, as far as it is needed to look up a user.
#pragma once

#include <string>
#include <string_view>

#include "docker/tar_reader.h"

namespace docker {

class PasswdReader : private TarHandler {
 public:
  PasswdReader() : reader_(*this) {}
  PasswdReader(const PasswdReader&) = delete;
  PasswdReader& operator=(const PasswdReader&) = delete;

  bool feed(std::string_view bytes) { return reader_.feed(bytes); }
  const std::string& text() const { return text_; }

 private:
  bool on_entry(const TarEntry& entry) override { return entry.type == TarEntry::Type::file && text_.empty(); }
  bool on_data(std::string_view bytes) override {
    text_.append(bytes.substr(0, longest - text_.size()));
    return text_.size() < longest;
  }
  bool on_entry_end() override { return true; }

  static constexpr std::size_t longest = 1U << 20U;
  TarReader reader_;
  std::string text_;
};

}  // namespace docker

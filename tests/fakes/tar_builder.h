// Builds tar archives for tests: valid ones, and ones that are wrong in one place.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace fakes {

struct TarHead {
  std::string name;
  char type = '0';
  std::uint64_t size = 0;
  unsigned mode = 0644;
  unsigned owner = 0;
  std::string link;
  std::string prefix;
  std::uint64_t modified_seconds = 1'700'000'000;
};

class TarBuilder {
 public:
  TarBuilder& file(const std::string& name, std::string_view bytes, unsigned mode = 0644) {
    TarHead head;
    head.name = name;
    head.size = bytes.size();
    head.mode = mode;
    return entry(head, bytes);
  }
  TarBuilder& folder(const std::string& name, unsigned mode = 0755) {
    TarHead head;
    head.name = name + "/";
    head.type = '5';
    head.mode = mode;
    return entry(head, {});
  }
  TarBuilder& link(const std::string& name, const std::string& target, char type = '2') {
    TarHead head;
    head.name = name;
    head.type = type;
    head.link = target;
    return entry(head, {});
  }
  /// Adds a header, then these bytes and their padding. The header may state another size than that of the bytes.
  TarBuilder& entry(const TarHead& head, std::string_view bytes) {
    text_ += raw(head);
    text_.append(bytes).append((512 - bytes.size() % 512) % 512, '\0');
    return *this;
  }
  TarBuilder& pax(const std::string& records) {
    TarHead head;
    head.name = "pax";
    head.type = 'x';
    head.size = records.size();
    return entry(head, records);
  }
  static std::string record(const std::string& key, const std::string& value) {
    const auto rest = " " + key + "=" + value + "\n";
    auto length = rest.size() + 1;
    while (std::to_string(length).size() + rest.size() != length) ++length;
    return std::to_string(length) + rest;
  }

  std::string open() const { return text_; }
  std::string closed() const { return text_ + std::string(1024, '\0'); }

  static std::string raw(const TarHead& head) {
    std::string block(512, '\0');
    put(block, 0, 100, head.name);
    put(block, 100, 8, octal(head.mode, 7));
    put(block, 108, 8, octal(head.owner, 7));
    put(block, 116, 8, octal(head.owner, 7));
    put(block, 124, 12, octal(head.size, 11));
    put(block, 136, 12, octal(head.modified_seconds, 11));
    block[156] = head.type;
    put(block, 157, 100, head.link);
    put(block, 257, 8,
        std::string("ustar\0"
                    "00",
                    8));
    put(block, 345, 155, head.prefix);
    put(block, 148, 8, "        ");
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    put(block, 148, 8, octal(sum, 6) + std::string("\0 ", 2));
    return block;
  }

 private:
  static void put(std::string& block, std::size_t at, std::size_t room, const std::string& text) {
    block.replace(at, std::min(room, text.size()), text, 0, room);
  }
  static std::string octal(std::uint64_t value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
    return text;
  }

  std::string text_;
};

}  // namespace fakes

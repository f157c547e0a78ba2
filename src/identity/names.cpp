#include "identity/names.h"

#include <algorithm>

#include "util/text.h"

namespace identity {
namespace {

constexpr std::size_t longest_local_name = 128;
constexpr std::size_t longest_source_name = 32;

bool is_visible(char c) { return c > 0x20 && c < 0x7F; }

/// True if the text contains control characters: C0, DEL, or C1, which is C2 80 to C2 9F in UTF-8.
bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

}  // namespace

bool is_local_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_local_name && util::is_xml_text(text) && !has_control(text) &&
         text.find(':') == std::string_view::npos && text.front() != ' ' && text.back() != ' ';
}

bool is_source_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_source_name && text.front() >= 'a' && text.front() <= 'z' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return util::is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; });
}

std::optional<std::string> outside_name(std::string_view source, std::string_view name) {
  if (name.empty() || name.size() > longest_outside_name || name.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text(source);
  text += ':';
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool inner_blank = c == ' ' && i > 0 && i + 1 < name.size();
    if ((is_visible(c) && c != '%') || inner_blank) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += '%';
      text += digits[byte >> 4U];
      text += digits[byte & 0xFU];
    }
  }
  return text;
}

bool is_name(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return is_local_name(text);
  const std::string_view name = text.substr(colon + 1);
  return is_source_name(text.substr(0, colon)) && !name.empty() && name.size() <= 3 * longest_outside_name &&
         name.front() != ' ' && name.back() != ' ' &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_visible(c) || c == ' '; });
}

}  // namespace identity

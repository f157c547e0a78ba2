#include "identity/distinguished_name.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "identity/names.h"
#include "util/text.h"

namespace identity {
namespace {

constexpr std::size_t most_parts = 64;

struct TypeName {
  std::string_view number;
  std::string_view name;
};
/// Attribute types that are written as a number (OID) or as a name. The name is the canonical spelling.
constexpr std::array<TypeName, 14> type_names{{{"2.5.4.3", "CN"},
                                               {"2.5.4.4", "SN"},
                                               {"2.5.4.5", "SERIALNUMBER"},
                                               {"2.5.4.6", "C"},
                                               {"2.5.4.7", "L"},
                                               {"2.5.4.8", "ST"},
                                               {"2.5.4.9", "STREET"},
                                               {"2.5.4.10", "O"},
                                               {"2.5.4.11", "OU"},
                                               {"2.5.4.12", "TITLE"},
                                               {"2.5.4.42", "GN"},
                                               {"0.9.2342.19200300.100.1.25", "DC"},
                                               {"0.9.2342.19200300.100.1.1", "UID"},
                                               {"1.2.840.113549.1.9.1", "EMAILADDRESS"}}};

util::Error malformed(std::string reason) {
  return util::Error::of(util::ErrorCode::invalid_argument, util::Fault{"distinguished name", std::move(reason),
                                                                        "such as CN=Ada Lovelace,O=Example,C=GB"});
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

bool is_separator(char c) { return c == ',' || c == ';' || c == '+'; }

/// Returns the value with its special characters escaped (RFC 4514 section 2.4).
std::string escaped(std::string_view value) {
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool at_end = i == 0 || i + 1 == value.size();
    const bool special =
        std::string_view("\"+,;<>\\").find(c) != std::string_view::npos || (c == '#' && i == 0) || (c == ' ' && at_end);
    if (special) text += '\\';
    text += c;
  }
  return text;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  util::Result<std::string> read() {
    if (text_.starts_with('/')) return malformed("is written with slashes, in which two names can look alike");
    std::string name;
    std::vector<std::string> part;  // the type=value pairs of one RDN, which may be multi-valued
    for (std::size_t count = 0; count < most_parts; ++count) {
      ASSIGN_OR_RETURN(std::string pair, read_pair());
      part.push_back(std::move(pair));
      const bool ended = at_ == text_.size();
      const char separator = ended ? ',' : text_[at_++];
      if (separator == '+') continue;
      std::sort(part.begin(), part.end());
      for (std::size_t i = 0; i < part.size(); ++i) name += (i > 0 ? "+" : name.empty() ? "" : ",") + part[i];
      part.clear();
      if (ended) return name;
    }
    return malformed("has more than " + std::to_string(most_parts) + " parts");
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  util::Result<std::string> read_pair() {
    skip_blanks();
    ASSIGN_OR_RETURN(std::string pair, read_type());
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != '=') return malformed("has an attribute without a value");
    ++at_;
    skip_blanks();
    pair += '=';
    ASSIGN_OR_RETURN(const std::string value, read_value());
    return pair + value;
  }

  util::Result<std::string> read_type() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (util::is_alnum(text_[at_]) || text_[at_] == '-' || text_[at_] == '.')) ++at_;
    std::string type = util::to_upper(text_.substr(begin, at_ - begin));
    if (type.starts_with("OID.")) type.erase(0, 4);
    const bool number = !type.empty() && util::is_digit(type.front());
    const bool fine = number ? type.find_first_not_of("0123456789.") == std::string::npos
                             : !type.empty() && util::is_alpha(type.front()) && type.find('.') == std::string::npos;
    if (!fine) return malformed("has an attribute without a type");
    for (const TypeName& known : type_names) {
      if (type == known.number) return std::string(known.name);
    }
    return type;
  }

  util::Result<std::string> read_value() {
    if (at_ < text_.size() && text_[at_] == '#') return read_encoded();
    const bool quoted = at_ < text_.size() && text_[at_] == '"';
    if (quoted) ++at_;
    std::string value;
    std::size_t kept = 0;  // the length of `value` without unescaped trailing blanks
    bool closed = !quoted;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (quoted && c == '"') {
        ++at_;
        closed = true;
        skip_blanks();
        break;
      }
      if (!quoted && is_separator(c)) break;
      if (c == '\\') {
        ASSIGN_OR_RETURN(const char escaped_one, read_escape());
        value += escaped_one;
        kept = value.size();
        continue;
      }
      if (!quoted && (c == '"' || c == '<' || c == '>')) return malformed("has a character that must be escaped");
      value += c;
      ++at_;
      if (c != ' ' || quoted) kept = value.size();
    }
    if (!closed) return malformed("has a quote that is not closed");
    if (at_ < text_.size() && !is_separator(text_[at_])) return malformed("goes on behind a quote");
    value.resize(kept);
    if (value.empty()) return malformed("has an attribute without a value");
    if (!util::is_utf8(value) || value.find('\0') != std::string::npos) {
      return malformed("holds a NUL, or what is not UTF-8");
    }
    return escaped(value);
  }

  util::Result<char> read_escape() {
    ++at_;
    if (at_ == text_.size()) return malformed("ends within an escape");
    const auto high = hex_digit(text_[at_]);
    if (!high) {
      if (std::string_view("\"+,;<>\\ #=").find(text_[at_]) == std::string_view::npos) {
        return malformed("has an escape that means nothing");
      }
      return text_[at_++];
    }
    const auto low = at_ + 1 < text_.size() ? hex_digit(text_[at_ + 1]) : std::nullopt;
    if (!low) return malformed("has an escape that means nothing");
    at_ += 2;
    return static_cast<char>(*high * 16 + *low);
  }

  /// A value in hexadecimal BER, such as "#04024869" (RFC 4514 section 2.4).
  util::Result<std::string> read_encoded() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && hex_digit(text_[at_])) ++at_;
    std::string value = util::to_lower(text_.substr(begin, at_ - begin));
    skip_blanks();
    if (value.size() < 3 || value.size() % 2 == 0 || (at_ < text_.size() && !is_separator(text_[at_]))) {
      return malformed("has a value that is not whole bytes in hex");
    }
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

util::Result<std::string> normalise_distinguished_name(std::string_view text) {
  if (text.size() > 3 * longest_outside_name) return malformed("is too long");
  ASSIGN_OR_RETURN(std::string name, Reader(text).read());
  if (name.size() > longest_outside_name) return malformed("is too long");
  return name;
}

}  // namespace identity

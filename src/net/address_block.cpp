#include "net/address_block.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arpa/inet.h>

#include "util/text.h"

namespace net {
namespace {

constexpr unsigned mapped_bits = 96;

bool is_mapped(const std::string& raw) {
  static const std::string prefix = std::string(10, '\0') + "\xFF\xFF";
  return raw.size() == 16 && raw.starts_with(prefix);
}

util::Error bad_block(std::string_view text, std::string reason) {
  return util::Error::of(util::ErrorCode::invalid_argument,
                         util::Fault{"", "'" + util::for_display(text) + "' " + std::move(reason),
                                     "an address or a block such as 10.1.2.0/24, 192.0.2.7 or fd00:1::/64"});
}

bool has_host_bits(const std::string& raw, unsigned bits) {
  for (std::size_t bit = bits; bit < raw.size() * 8; ++bit) {
    if ((static_cast<unsigned char>(raw[bit / 8]) & (0x80U >> (bit % 8))) != 0) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> parse_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const bool v6 = text.find(':') != std::string_view::npos;
  if (v6) text = text.substr(0, text.find('%'));  // the zone names an interface of this machine
  std::array<char, 16> raw{};
  if (inet_pton(v6 ? AF_INET6 : AF_INET, std::string(text).c_str(), raw.data()) != 1) return std::nullopt;
  return std::string(raw.data(), v6 ? 16 : 4);
}

std::string unmapped(const std::string& raw) { return is_mapped(raw) ? raw.substr(12) : raw; }

bool shares_prefix(const std::string& raw, const std::string& prefix, unsigned bits) {
  if (raw.size() != prefix.size()) return false;
  const std::size_t whole = bits / 8;
  if (raw.compare(0, whole, prefix, 0, whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<unsigned char>(0xff00U >> (bits % 8));
  return ((static_cast<unsigned char>(raw[whole]) ^ static_cast<unsigned char>(prefix[whole])) & mask) == 0;
}

util::Result<AddressBlock> AddressBlock::parse(std::string_view text) {
  const auto slash = text.find('/');
  auto raw = parse_address(text.substr(0, slash));
  if (!raw || text.find('%') != std::string_view::npos) return bad_block(text, "is not a numeric address");
  std::uint64_t bits = raw->size() * 8;
  if (slash != std::string_view::npos) {
    const auto given = util::parse_unsigned(text.substr(slash + 1));
    if (!given || *given > bits) return bad_block(text, "has no prefix length from 0 to " + std::to_string(bits));
    bits = *given;
  }
  if (has_host_bits(*raw, static_cast<unsigned>(bits))) return bad_block(text, "has bits set behind its prefix");
  if (bits >= mapped_bits && is_mapped(*raw)) {
    *raw = raw->substr(12);
    bits -= mapped_bits;
  }
  return AddressBlock{*std::move(raw), static_cast<unsigned>(bits)};
}

util::Result<AddressBlocks> AddressBlocks::create(const std::vector<std::string>& texts) {
  AddressBlocks result;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(auto block, AddressBlock::parse(text));
    result.blocks_.push_back(std::move(block));
  }
  return result;
}

bool AddressBlocks::contain(std::string_view address) const {
  if (blocks_.empty()) return false;
  const auto raw = parse_address(address);
  return raw && contain_raw(unmapped(*raw));
}

bool AddressBlocks::contain_raw(const std::string& raw) const {
  return std::any_of(blocks_.begin(), blocks_.end(), [&](const AddressBlock& block) { return block.contains(raw); });
}

}  // namespace net

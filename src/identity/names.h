// What owners and groups are called, so that nobody is ever taken for somebody else.
//
// A local user is called as in the file: "ada". Whoever comes from elsewhere is called by his source and what that
// source says of him: "iam:4711", "x509:CN=Ada,O=Example". A local name holds no colon, and a source's name is one word
// without any, so no two sources can make the same name. Nothing is folded: names that differ in one byte, in case or
// in how Unicode writes a letter, are different users. What is not visible ASCII is written %XX, so that those are seen
// to differ too, and every name can stand in XML, in text, in a header and in a log.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace identity {

/// Of what a source says of a user, before it is written.
constexpr std::size_t longest_outside_name = 512;
/// Of one user; what a source says of more is not heard.
constexpr std::size_t most_groups = 256;

/// "ada", and a local group's name too: 1 to 128 bytes of text without colons, control characters, and blanks at the
/// ends.
bool is_local_name(std::string_view text);

/// A source's: 1 to 32 of a-z, 0-9 and '-', a letter first.
bool is_source_name(std::string_view text);

/// "iam:4711"; nullopt when `name` is empty, too long or holds a NUL. Different names give different texts.
std::optional<std::string> outside_name(std::string_view source, std::string_view name);

/// What is_local_name() or outside_name() could have given: what an operator may write in a list of names.
bool is_name(std::string_view text);

}  // namespace identity

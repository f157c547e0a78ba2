// The names of owners and groups. Different users never get the same name.
//
// A user of the configuration file has the name given there: "ada". A user of another source (an issuer or the proxy)
// is named by that source and its name for the user: "iam:4711", "x509:CN=Ada,O=Example". Names of local users and of
// sources contain no colon, so no two sources can make the same name. Names are compared byte by byte: names that
// differ in case or in Unicode normalisation are different users. In names of other sources, all bytes but visible
// ASCII and inner blanks, and '%' itself, are written %XX: so different names also look different, and every such name
// can be put into XML, plain text, an HTTP header or a log. Computes only; any thread may call.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace identity {

/// Bytes of the name that a source gives to a user or group, before it is escaped.
constexpr std::size_t longest_outside_name = 512;
/// Groups of one user; further groups that a source names are ignored.
constexpr std::size_t most_groups = 256;

/// The name of a local user or group, such as "ada": 1 to 128 bytes of UTF-8 without colons, control characters, or
/// blanks at either end.
bool is_local_name(std::string_view text);

/// The name of a source: 1 to 32 characters of a-z, 0-9 and '-', beginning with a letter.
bool is_source_name(std::string_view text);

/// Returns for example "iam:4711"; nullopt when `name` is empty, too long or contains NUL. Different arguments give
/// different results.
std::optional<std::string> outside_name(std::string_view source, std::string_view name);

/// True for a local name, and for what outside_name() can return: names that an operator may write in a list of names.
bool is_name(std::string_view text);

}  // namespace identity

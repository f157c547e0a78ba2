// Creates folders that are private to this service's user and survive a power failure. Any thread may call.
#pragma once

#include <string>
#include <string_view>

#include "util/result.h"

namespace store {

/// Creates a folder and its missing parents with mode 0700. `folder`: an absolute path.
util::Status make_folder(const std::string& folder);

/// Makes the entries of a folder (or the bytes of a file) durable.
util::Status sync_path(const std::string& path);

/// The error for an errno: `unavailable` when space or file descriptors have run out, else `internal`. `doing`: what
/// failed, for the message.
util::Error io_error(std::string_view doing, int number);

}  // namespace store

// Folders of ours: private to this user, and still there after a power failure. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "util/result.h"

namespace store {

/// Makes an absolute folder and the ones above it, as far as they are missing, with mode 0700.
util::Status make_folder(const std::string& folder);

/// Makes the names in a folder (or the bytes of a file) durable.
util::Status sync_path(const std::string& path);

/// What errno says, as an error: `unavailable` when space or file descriptors ran out, else `internal`.
util::Error io_error(std::string_view doing, int number);

}  // namespace store

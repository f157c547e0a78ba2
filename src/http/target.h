// Parses a request target into path segments and query pairs. Any thread may call.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "util/result.h"

namespace http {

struct Target {
  std::vector<std::string> segments;  // decoded one by one: an encoded slash stays inside its segment
  std::string path;                   // for messages: the decoded segments, separated by slashes
  util::Result<Pairs> query;          // an error of its own, because the path's route decides how errors are shown
};

/// `target`: in origin-form. Several slashes count as one, and those at the end are ignored, because clients join a
/// base URL that ends with a slash and a path that begins with one. Bad percent-encoding, NUL, invalid UTF-8 and dot
/// segments are `invalid_argument`.
util::Result<Target> parse_target(std::string_view target, std::size_t max_pairs);

}  // namespace http

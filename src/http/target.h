// A request target as segments and query pairs.
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
  std::string path;                   // for people: the segments with slashes between
  util::Result<Pairs> query;          // judged by itself: what the path leads to says how errors are told
};

/// `target` is in origin-form. Several slashes count as one, and those at the end as none: clients join a base URL that
/// ends with one to a path that begins with one. Refuses bad percent-encoding, NUL, invalid UTF-8 and dot segments,
/// each with 400.
util::Result<Target> parse_target(std::string_view target, std::size_t max_pairs);

}  // namespace http

// What the file says about the database and the blobs. Read once at start-up.
#pragma once

#include <string>

#include "config/section.h"
#include "store/database.h"

namespace store {

struct Options {
  DatabaseOptions database;
  std::string blob_folder = "/var/lib/docker-uws/blobs";
};

/// The sections database and blobs.
Options read_options(config::Reader& root, config::Faults& faults);

}  // namespace store

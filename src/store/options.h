// Reads the configuration of the database and the blobs. Used once, at start-up.
#pragma once

#include <string>

#include "config/section.h"
#include "store/database.h"

namespace store {

struct Options {
  DatabaseOptions database;
  std::string blob_folder = "/var/lib/docker-uws/blobs";
};

/// Reads the sections database and blobs.
Options read_options(config::Reader& root, config::Faults& faults);

}  // namespace store

#include "store/options.h"

#include "config/checks.h"
#include "store/url.h"

namespace store {

Options read_options(config::Reader& root, config::Faults& faults) {
  Options options;
  config::Reader database(root.section("database"), faults);
  database.take("url", options.database.url);
  database.take_number("readers", options.database.readers, {.minimum = 1, .maximum = 256});
  database.take_number("writers", options.database.writers, {.minimum = 1, .maximum = 256});
  database.take_number("longest_queue", options.database.longest_queue, {.minimum = 1, .maximum = 1'000'000});
  database.done();
  if (const auto url = parse_database_url(options.database.url); !url.ok()) {
    config::add_faults(database, "url", url.error());
  }

  config::Reader blobs(root.section("blobs"), faults);
  blobs.take("folder", options.blob_folder);
  blobs.done();
  if (!options.blob_folder.starts_with('/'))
    blobs.fault("folder", "is not an absolute path", "/var/lib/docker-uws/blobs");
  return options;
}

}  // namespace store

#include "http/options.h"

#include "http/forwarded.h"
#include "http/origins.h"

namespace http {
ServerOptions read_server_options(config::Reader& root, config::Faults& faults) {
  ServerOptions options;
  config::Reader reader(root.section("http"), faults);
  reader.take("address", options.address);
  reader.take_number("port", options.port, {.minimum = 0, .maximum = 65535});
  reader.take_number("workers", options.workers, {.minimum = 1, .maximum = 256});
  reader.take("public_urls", options.public_urls);
  reader.take("trusted_proxies", options.trusted_proxies);
  reader.take("cors_origins", options.cors_origins);
  reader.take_number("max_connections", options.max_connections, {.minimum = 1, .maximum = 1'000'000});
  auto upload = static_cast<std::int64_t>(options.max_upload_bytes);
  reader.take_bytes("max_upload", upload);
  options.max_upload_bytes = static_cast<std::uint64_t>(upload);
  auto document = static_cast<std::int64_t>(options.max_document_bytes);
  reader.take_bytes("max_document", document);
  options.max_document_bytes = static_cast<std::uint64_t>(document);
  reader.done();
  if (const auto known = Forwarding::create(options.trusted_proxies, {}); !known.ok()) {
    reader.fault("trusted_proxies", known.error().message, "addresses, or blocks such as 10.0.0.0/8");
  }
  if (const auto known = Forwarding::create({}, options.public_urls); !known.ok()) {
    reader.fault("public_urls", known.error().message, "https://uws.example.org, without a trailing slash");
  }
  if (const auto known = Origins::create(options.cors_origins, false); !known.ok()) {
    reader.fault("cors_origins", known.error().message, "https://portal.example.org, without a path");
  }
  return options;
}

}  // namespace http

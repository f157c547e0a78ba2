#include "http/options.h"

#include <chrono>

#include "config/checks.h"
#include "http/forwarded.h"
#include "http/origins.h"
#include "net/address_block.h"

namespace http {
namespace {

void check_addresses(config::Reader& reader, std::string_view key, const std::vector<std::string>& addresses) {
  const auto known = net::AddressBlocks::create(addresses);
  if (!known.ok()) config::add_faults(reader, key, known.error());
}

void take_time(config::Reader& reader, std::string_view key, std::chrono::milliseconds& target) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(target);
  reader.take_duration(key, seconds);
  if (seconds < std::chrono::seconds(1) || seconds > std::chrono::hours(1)) {
    reader.fault(key, "is out of range", "a time from 1s to 1h");
  }
  target = seconds;
}

void take_size(config::Reader& reader, std::string_view key, std::uint64_t& target) {
  auto bytes = static_cast<std::int64_t>(target);
  reader.take_bytes(key, bytes);
  target = static_cast<std::uint64_t>(bytes);
}

constexpr config::Between any_count{.minimum = 0, .maximum = 1'000'000'000};

void read_share(const config::Section& section, config::Faults& faults, bool of_address, Share& share) {
  config::Reader reader(section, faults);
  if (of_address) reader.take_number("connections", share.connections, any_count);
  reader.take_number("requests", share.requests, any_count);
  reader.take_number("uploads", share.uploads, any_count);
  reader.take_number("creations_per_minute", share.creations_per_minute, any_count);
  reader.done();
}

LimitOptions read_limits(config::Reader& root, config::Faults& faults) {
  LimitOptions options;
  config::Reader reader(root.section("limits"), faults);
  reader.take("exempt", options.exempt);
  read_share(reader.section("per_address"), faults, true, options.per_address);
  read_share(reader.section("per_owner"), faults, false, options.per_owner);
  reader.done();
  check_addresses(reader, "exempt", options.exempt);
  return options;
}

}  // namespace

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
  reader.take_number("uploads_per_worker", options.uploads_per_worker, {.minimum = 1, .maximum = 100'000});
  take_size(reader, "max_upload", options.max_upload_bytes);
  take_size(reader, "max_document", options.max_document_bytes);
  take_size(reader, "max_buffered", options.max_buffered_bytes);
  take_size(reader, "min_body_rate", options.min_body_rate);
  take_time(reader, "head_timeout", options.head_timeout);
  take_time(reader, "body_timeout", options.body_timeout);
  take_time(reader, "idle_timeout", options.idle_timeout);
  take_time(reader, "send_timeout", options.send_timeout);
  take_time(reader, "drain_timeout", options.drain_timeout);
  reader.done();
  options.limits = read_limits(root, faults);
  check_addresses(reader, "trusted_proxies", options.trusted_proxies);
  if (const auto known = Forwarding::create({}, options.public_urls); !known.ok()) {
    config::add_faults(reader, "public_urls", known.error());
  }
  if (const auto known = Origins::create(options.cors_origins, false); !known.ok()) {
    config::add_faults(reader, "cors_origins", known.error());
  }
  return options;
}

MetricsOptions read_metrics_options(config::Reader& root, config::Faults& faults) {
  MetricsOptions options;
  config::Reader reader(root.section("metrics"), faults);
  reader.take("allow", options.allow);
  reader.take_token_hashes("token_hashes", options.token_hashes);
  reader.done();
  check_addresses(reader, "allow", options.allow);
  return options;
}

}  // namespace http

// HTTP routes for /availability and /capabilities (VOSI 1.1, U64), in the same folder as a job list.
//
// Owner: main. Outlives the HTTP server. Handlers run on HTTP workers and never block; they need no authentication.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/router.h"
#include "util/time.h"
#include "uws/core/seams.h"
#include "uws/rest/documents.h"
#include "uws/rest/resource_record.h"

namespace uws::rest {

struct VosiOptions {
  std::string folder{};              // path below which the documents are: "", "/tap"
  std::vector<std::string> lists{};  // paths of the job lists among the capabilities
  /// The security methods of the job lists, as IVOA identifiers; an empty one is anonymous access.
  std::vector<std::string> security_methods{};
  /// Capabilities that have no standard identifier: path and description.
  std::vector<std::pair<std::string, std::string>> others{};
  /// Served at {folder}/voresource, for a registry.
  std::optional<ResourceRecord> record{};
  // False: not served here, because the operator serves a static document at that path.
  bool availability = true;
  bool capabilities = true;
};

class Vosi {
 public:
  Vosi(const Health& health, VosiOptions options) : health_(health), options_(std::move(options)) {}

  void add_routes(http::Router& router) const;

 private:
  using RequestPtr = std::shared_ptr<const http::Request>;

  void show_availability(const RequestPtr& request, const http::Reply& reply) const;
  void show_capabilities(const RequestPtr& request, const http::Reply& reply) const;
  void show_record(const RequestPtr& request, const http::Reply& reply) const;
  std::vector<Capability> capabilities(const http::Request& request) const;

  const Health& health_;
  const VosiOptions options_;
  const util::Instant up_since_ = util::now();
};

}  // namespace uws::rest

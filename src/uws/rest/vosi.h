// What a service tells of itself: /availability and /capabilities (VOSI 1.1, U64), beside a job list.
//
// Owner: main; outlives the server. Handlers run on HTTP workers and never block; nobody needs a name to ask.
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
  std::string folder{};              // where both documents are: "", "/tap"
  std::vector<std::string> lists{};  // paths of the job lists that are told of
  /// How one may authenticate there, as IVOA identifiers; empty: without a name.
  std::vector<std::string> security_methods{};
  /// What no standard has a name for: a path, and what it is.
  std::vector<std::pair<std::string, std::string>> others{};
  /// Shown at {folder}/voresource, for a registry.
  std::optional<ResourceRecord> record{};
  // Where somebody else serves one of them, it is not ours to.
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

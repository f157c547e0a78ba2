#include "http/metrics_page.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "http/problem.h"
#include "net/address_block.h"
#include "util/hash.h"
#include "util/metrics.h"
#include "util/text.h"

namespace http {
namespace {

class Readers {
 public:
  explicit Readers(const MetricsOptions& options)
      : allowed_(net::AddressBlocks::create(options.allow).value()), token_hashes_(options.token_hashes) {}

  bool may_read(const Request& request) const {
    return brings_token(request) || (allowed_.contain(request.peer_address) && !request.came_through_stranger);
  }

 private:
  bool brings_token(const Request& request) const {
    const auto field = request.headers.get("Authorization");
    constexpr std::string_view scheme = "bearer ";
    if (!field || field->size() <= scheme.size() || !util::iequals(field->substr(0, scheme.size()), scheme))
      return false;
    const std::string hash = "sha256:" + util::to_hex(util::sha256(util::trim(field->substr(scheme.size()))));
    bool known = false;
    for (const std::string& candidate : token_hashes_) known |= util::equals_in_constant_time(candidate, hash);
    return known;
  }

  const net::AddressBlocks allowed_;
  const std::vector<std::string> token_hashes_;
};

}  // namespace

void add_metrics_route(Router& router, const MetricsOptions& options, RefreshMetrics refresh) {
  const auto readers = std::make_shared<const Readers>(options);
  router.add(
      Method::get, "/metrics",
      {.handler =
           [readers, refresh = std::move(refresh)](const std::shared_ptr<const Request>& request, const Reply& reply) {
             if (!readers->may_read(*request)) {
               return reply.send(*request, util::Error::of(util::ErrorCode::forbidden,
                                                           "metrics are for those whom the configuration names"));
             }
             refresh([reply] {
               Response response =
                   Response::of(200, "text/plain; version=0.0.4; charset=utf-8", util::metrics().text());
               response.headers.set("Cache-Control", "no-store");
               reply.send(std::move(response));
             });
           },
       .needs_identity = false});
}

}  // namespace http

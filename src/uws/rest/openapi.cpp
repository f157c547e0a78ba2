#include "uws/rest/openapi.h"

#include <string>

#include "data/node.h"

namespace uws::rest {

void add_openapi_routes(http::Router& router) {
  const auto add = [&](std::string_view path, const char* media_type, std::string body) {
    router.add(http::Method::get, path,
               {.handler =
                    [media_type, body = std::move(body)](const std::shared_ptr<const http::Request>&,
                                                         const http::Reply& reply) {
                      http::Response response = http::Response::of(200, media_type, body);
                      response.headers.set("Cache-Control", "no-cache");
                      reply.send(std::move(response));
                    },
                .needs_identity = false});
  };
  add("/openapi.yaml", "application/yaml", std::string(openapi_yaml));
  add("/openapi.json", "application/json", data::to_json(data::parse_yaml(openapi_yaml).value()));
}

}  // namespace uws::rest

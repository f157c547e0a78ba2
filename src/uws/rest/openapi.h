// Serves /openapi.yaml and /openapi.json: schemas/openapi.yaml, which is compiled into the program.
#pragma once

#include <string_view>

#include "http/router.h"

namespace uws::rest {

/// schemas/openapi.yaml.
extern const std::string_view openapi_yaml;

void add_openapi_routes(http::Router& router);

}  // namespace uws::rest

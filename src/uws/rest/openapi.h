// /openapi.yaml and /openapi.json: schemas/openapi.yaml, as it was when this program was built.
#pragma once

#include <string_view>

#include "http/router.h"

namespace uws::rest {

/// schemas/openapi.yaml.
extern const std::string_view openapi_yaml;

void add_openapi_routes(http::Router& router);

}  // namespace uws::rest

#include "uws/rest/vosi.h"

#include "uws/rest/answers.h"
#include "uws/rest/documents.h"

namespace uws::rest {
namespace {

constexpr std::string_view availability_path = "/availability";
constexpr std::string_view capabilities_path = "/capabilities";
constexpr std::string_view record_path = "/voresource";

}  // namespace

void Vosi::add_routes(http::Router& router) const {
  using Show = void (Vosi::*)(const RequestPtr&, const http::Reply&) const;
  const auto add = [&](std::string_view path, Show show, bool judges_credentials = false) {
    router.add(http::Method::get, options_.folder + std::string(path),
               {.handler = [this, show](const RequestPtr& request,
                                        const http::Reply& reply) { (this->*show)(request, reply); },
                .needs_identity = false,
                .judges_credentials = judges_credentials});
  };
  if (options_.availability) add(availability_path, &Vosi::show_availability);
  // IVOA clients read the capabilities to learn how to authenticate, and whether their credentials are valid.
  if (options_.capabilities) add(capabilities_path, &Vosi::show_capabilities, true);
  if (options_.record) add(record_path, &Vosi::show_record);
}

void Vosi::show_availability(const RequestPtr& request, const http::Reply& reply) const {
  const auto json = json_wanted(*request);
  if (!json.ok()) return reply.send(*request, json.error());
  reply.send(document(*json, (*json ? availability_json : availability_xml)(health_.report(), up_since_)));
}

void Vosi::show_capabilities(const RequestPtr& request, const http::Reply& reply) const {
  const auto json = json_wanted(*request);
  if (!json.ok()) return reply.send(*request, json.error());
  reply.send(document(*json, (*json ? capabilities_json : capabilities_xml)(capabilities(*request))));
}

void Vosi::show_record(const RequestPtr& request, const http::Reply& reply) const {
  reply.send(http::Response::of(200, "text/xml", record_xml(*options_.record, capabilities(*request))));
}

std::vector<Capability> Vosi::capabilities(const http::Request& request) const {
  const auto url = [&](std::string_view path) { return request.base_url + options_.folder + std::string(path); };
  std::vector<Capability> all{
      {"ivo://ivoa.net/std/VOSI#availability", url(availability_path), true, {}, {}},
      {"ivo://ivoa.net/std/VOSI#capabilities", url(capabilities_path), true, {}, {}},
  };
  for (const std::string& list : options_.lists) {
    all.push_back({"ivo://ivoa.net/std/UWS#rest-1.1", request.base_url + list, false, options_.security_methods, {}});
  }
  for (const auto& [path, description] : options_.others) {
    all.push_back({"", request.base_url + path, false, options_.security_methods, description});
  }
  return all;
}

}  // namespace uws::rest

#include "apps/pages.h"

#include <utility>

#include "apps/documents.h"
#include "http/page.h"

namespace apps {
namespace {

using Show = std::string (*)(const task::Application&, const std::string&);

}  // namespace

void Pages::add_routes(http::Router& router) const {
  const auto add = [&](const std::string& path, http::Handler handler, bool needs_identity = true) {
    router.add(http::Method::get, path,
               {.handler = std::move(handler), .needs_identity = needs_identity, .judges_credentials = true});
  };
  add("/apps", [this](const RequestPtr& request, const http::Reply& reply) { list(request, reply); });
  for (const task::Application& application : applications_) {
    const std::string path = "/apps/" + application.name;
    const auto showing = [&](std::string media_type, Show show) {
      return [&application, media_type = std::move(media_type), show](const RequestPtr& request,
                                                                      const http::Reply& reply) {
        reply.send(http::shown_document(media_type, show(application, request->base_url)));
      };
    };
    add(path, [&application](const RequestPtr& request, const http::Reply& reply) {
      const std::string& base = request->base_url;
      reply.send(http::page_or_json(
          *request, [&] { return application_html(application, base); },
          [&] { return application_json(application, base); }));
    });
    add(path + "/schema", showing("application/schema+json", schema_json));
    add(path + "/description", showing("application/x-votable+xml;content=datalink", description_votable));
    // Like the capabilities, the operator's static documents are served without authentication.
    for (const task::StaticDocument& document : application.documents) {
      add(
          application.folder() + "/" + document.path,
          [&document](const RequestPtr&, const http::Reply& reply) {
            reply.send(http::shown_document(document.media_type, document.bytes));
          },
          false);
    }
  }
}

void Pages::list(const RequestPtr& request, const http::Reply& reply) const {
  const std::string& base = request->base_url;
  reply.send(http::page_or_json(
      *request, [&] { return list_html(applications_, base); }, [&] { return list_json(applications_, base); }));
}

}  // namespace apps

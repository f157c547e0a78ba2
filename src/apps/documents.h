// Makes the documents that describe applications: JSON, HTML, JSON Schema and VOTable. `base_url` is scheme and
// authority of the URL that the client used. Computes only; any thread may call.
#pragma once

#include <string>

#include "task/application.h"

namespace apps {

std::string page_url(const task::Application& application, const std::string& base_url);

/// {"applications": [{"name", "title", "description", "page", "jobs", "sync"}]}
std::string list_json(const task::Applications& applications, const std::string& base_url);
std::string list_html(const task::Applications& applications, const std::string& base_url);

std::string application_json(const task::Application& application, const std::string& base_url);
std::string application_html(const task::Application& application, const std::string& base_url);

/// JSON Schema (2020-12) of a document that creates a job.
std::string schema_json(const task::Application& application, const std::string& base_url);

/// The job description of UWS 1.1 section 3: a VOTable with two service descriptors (DataLink 1.0 section 4), of the
/// job list and of its sync resource.
std::string description_votable(const task::Application& application, const std::string& base_url);

}  // namespace apps

// The documents that describe an application. `base_url` is scheme and authority as the client addressed us.
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

/// The job description of UWS 1.1 section 3: a VOTable with service descriptors, as DataLink 1.0 section 4 defines
/// them: of the job list, and of sync.
std::string description_votable(const task::Application& application, const std::string& base_url);

}  // namespace apps

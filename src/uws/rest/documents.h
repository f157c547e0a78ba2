// The documents of the job tree, as XML that validates against UWS 1.1's schema (U50 to U53) and as JSON (U66).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/time.h"
#include "uws/core/job.h"
#include "uws/core/seams.h"
#include "uws/rest/view.h"

namespace uws::rest {

std::string job_xml(const JobView& view);
std::string jobs_xml(const std::vector<JobReference>& jobs, std::string_view jobs_url);
std::string parameters_xml(const JobView& view);
std::string results_xml(const JobView& view);
/// VOSI 1.1 section 5 (U64).
std::string availability_xml(const Health::Report& report, util::Instant up_since);

std::string job_json(const JobView& view);
std::string jobs_json(const std::vector<JobReference>& jobs, std::string_view jobs_url);
std::string parameters_json(const JobView& view);
std::string results_json(const JobView& view);
std::string availability_json(const Health::Report& report, util::Instant up_since);

}  // namespace uws::rest

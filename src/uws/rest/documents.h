// The documents of the job tree, as XML that validates against UWS 1.1's schema (U50 to U53) and as JSON (U66).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/time.h"
#include "uws/core/job.h"
#include "uws/core/seams.h"
#include "uws/rest/resource_record.h"
#include "uws/rest/view.h"

namespace uws::rest {

/// Something that this service can do, as its registry record would say it.
struct Capability {
  std::string standard_id;
  std::string access_url;
  bool whole_url = false;  // else the base of a tree
  std::vector<std::string> security_methods;
  std::string description;  // of what no standard has a name for
};

/// A list of jobs, which may be too long to be held: written piece after piece.
class ListDocument {
 public:
  virtual ~ListDocument() = default;
  virtual std::string add(const std::vector<JobReference>& jobs) = 0;
  /// `next`: the URL of the next page, if there is one.
  virtual std::string end(const std::optional<std::string>& next) = 0;
};
std::unique_ptr<ListDocument> list_xml(const std::string& jobs_url);
std::unique_ptr<ListDocument> list_json(std::string jobs_url);

std::string job_xml(const JobView& view);
std::string parameters_xml(const JobView& view);
std::string results_xml(const JobView& view);
/// DALI 1.1 section 4.4.2: a VOTable that says so, and nothing more.
std::string error_votable(std::string_view message);
/// VOSI 1.1 section 5 (U64).
std::string availability_xml(const Health::Report& report, util::Instant up_since);
/// VOSI 1.1 section 4.
std::string capabilities_xml(const std::vector<Capability>& capabilities);
/// VOResource 1.1: a vr:Service.
std::string record_xml(const ResourceRecord& record, const std::vector<Capability>& capabilities);

std::string job_json(const JobView& view);
/// One job of a list.
std::string reference_json(const JobReference& job, std::string_view jobs_url);
std::string parameters_json(const JobView& view);
std::string results_json(const JobView& view);
std::string availability_json(const Health::Report& report, util::Instant up_since);
std::string capabilities_json(const std::vector<Capability>& capabilities);

}  // namespace uws::rest

// Makes the documents of the REST layer, as XML that is valid by the schema of UWS 1.1 (U50 to U53), and as JSON (U66).
// Computes only; any thread may call.
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

/// A capability of the service, as in VOSI capabilities and registry records.
struct Capability {
  std::string standard_id;
  std::string access_url;
  bool whole_url = false;  // access_url is a full URL; false: the base of a tree of resources
  std::vector<std::string> security_methods;
  std::string description;  // for capabilities without a standard_id
};

/// A list of jobs, which is written piece by piece, because it may be too long to be held in memory.
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
/// DALI 1.1 section 4.4.2: a VOTable that contains only the error message.
std::string error_votable(std::string_view message);
/// VOSI 1.1 section 5 (U64).
std::string availability_xml(const Health::Report& report, util::Instant up_since);
/// VOSI 1.1 section 4.
std::string capabilities_xml(const std::vector<Capability>& capabilities);
/// A VOResource 1.1 record of type vr:Service.
std::string record_xml(const ResourceRecord& record, const std::vector<Capability>& capabilities);

std::string job_json(const JobView& view);
/// The entry of one job in a list.
std::string reference_json(const JobReference& job, std::string_view jobs_url);
std::string parameters_json(const JobView& view);
std::string results_json(const JobView& view);
std::string availability_json(const Health::Report& report, util::Instant up_since);
std::string capabilities_json(const std::vector<Capability>& capabilities);

}  // namespace uws::rest

// A client of the service under test that waits for each response. One thread. A failed check throws Broken, which
// never leaves the suite.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <pugixml.hpp>

#include "conformance/suite.h"
#include "net/client.h"

namespace conformance {

struct CheckFailed {
  std::string why;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr const char* form_media_type = "application/x-www-form-urlencoded";
std::string form_of(const Pairs& pairs);

class Service {
 public:
  Service(net::Client& client, Options options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  net::Response send(const std::string& method, const std::string& url, const Pairs& headers, std::string body);
  net::Response request(const std::string& method, const std::string& url, const std::string& body = {},
                        const std::string& media_type = {}, const std::string& accept = "*/*");
  net::Response post_form(const std::string& url, const Pairs& pairs);

  /// Creates a job with these parameters and returns its URL. Throws CheckFailed if the service creates none.
  std::string create(const Pairs& pairs);
  /// The URL of the job to which a 303 response redirects; empty if it redirects to none. The destructor deletes that
  /// job. `asked`: the URL of the request, against which a relative Location is resolved.
  std::string made(const std::string& asked, const net::Response& answer);
  /// The job's XML document, with the element uws:job.
  pugi::xml_document job(const std::string& url);
  std::string phase(const std::string& url);
  /// Waits until the job has one of these phases and returns it. Throws CheckFailed if the job ends in another phase,
  /// or if it takes longer than Options::timeout.
  std::string wait_for(const std::string& url, const std::set<std::string>& phases);
  std::string result(const std::string& url, const std::string& name);
  /// The destructor deletes this job, too.
  void remember(std::string job) { made_.push_back(std::move(job)); }

  const Options& options() const { return options_; }
  std::string jobs_url() const { return options_.jobs; }

 private:
  net::Client& client_;
  Options options_;
  std::vector<std::string> made_;
};

/// The child element with that local name, whatever its namespace prefix.
pugi::xml_node child(const pugi::xml_node& node, std::string_view local_name);
void require(bool holds, const std::string& why);

}  // namespace conformance

// The service under test, as a client that waits for each answer. What is wrong is thrown as a Broken: the suite's own
// way to leave a check, which never gets further.
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

struct Broken {
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

  /// The URL of a job that was made from these parameters; Broken when none was.
  std::string create(const Pairs& pairs);
  /// The URL of the job that an answer leads to, which is deleted in the end; empty if it leads to none. `asked` is
  /// what was answered.
  std::string made(const std::string& asked, const net::Response& answer);
  /// The job's document: the element uws:job.
  pugi::xml_document job(const std::string& url);
  std::string phase(const std::string& url);
  /// When it has one of these phases; Broken when it ends otherwise, or takes too long.
  std::string wait_for(const std::string& url, const std::set<std::string>& phases);
  std::string result(const std::string& url, const std::string& name);
  /// Delete it in the end, too.
  void remember(std::string job) { made_.push_back(std::move(job)); }

  const Options& options() const { return options_; }
  std::string jobs_url() const { return options_.jobs; }

 private:
  net::Client& client_;
  Options options_;
  std::vector<std::string> made_;
};

/// The child of that local name, whatever its prefix.
pugi::xml_node child(const pugi::xml_node& node, std::string_view local_name);
void require(bool holds, const std::string& why);

}  // namespace conformance

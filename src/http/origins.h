// Pages of other sites in a browser: which of them may ask us (CORS, as the Fetch standard has it), and which may not
// make a browser that knows its user change anything here (cross-site request forgery).
//
// A page of a listed origin may do what its user may, with his credentials. A page of any other may change nothing,
// whoever its user is: anonymous jobs too are work done on somebody's machine. Who sends neither Origin nor
// Sec-Fetch-Site is no browser's page and is not concerned. Immutable; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "util/result.h"

namespace http {

class Origins {
 public:
  /// "https://portal.example.org", "https://portal.example.org:8443". `are_public_urls`: base URLs are only what the
  /// operator named.
  static util::Result<Origins> create(const std::vector<std::string>& allowed, bool are_public_urls);

  /// What every answer to that request carries: the origin that may read it, and what of it.
  std::vector<std::pair<std::string, std::string>> fields_for(const Headers& headers) const;

  /// An OPTIONS that asks, for a page of a listed origin, whether it may.
  bool is_preflight(const Request& request) const;
  /// Its answer, which needs no credentials: browsers send none with it.
  static Response preflight(std::string methods);

  /// `forbidden` when a page that is neither ours nor of a listed origin asks for a change: by its method, or where
  /// the route `creates` whatever the method.
  util::Status check_change(const Request& request, bool creates) const;

 private:
  bool lists(std::string_view origin) const;
  bool is_own(std::string_view origin, const std::string& base_url) const;

  std::vector<std::string> allowed_;
  bool are_public_urls_ = false;
};

}  // namespace http

// Requests from web pages of other sites: which origins may send requests with their user's credentials (CORS, see the
// Fetch standard), and protection from cross-site request forgery.
//
// A page of a listed origin may do what its user may do, with his credentials. A page of any other site may change
// nothing, not even anonymously, because anonymous jobs use resources as well. A request with neither Origin nor
// Sec-Fetch-Site does not come from a page in a browser and is not restricted. Immutable; any thread may call.
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
  /// `allowed`: "https://portal.example.org", "https://portal.example.org:8443". `are_public_urls`: every base URL is
  /// one of those that the operator configured.
  static util::Result<Origins> create(const std::vector<std::string>& allowed, bool are_public_urls);

  /// The CORS header fields for every answer to that request.
  std::vector<std::pair<std::string, std::string>> fields_for(const Headers& headers) const;

  /// True for a CORS preflight request (OPTIONS) from a page of a listed origin.
  bool is_preflight(const Request& request) const;
  /// The answer to a preflight request. It needs no credentials, because browsers send none with it.
  static Response preflight(std::string methods);

  /// `forbidden` when a page that is neither of this service nor of a listed origin requests a change. A request is a
  /// change if its method is POST, PUT or DELETE, or if its route `creates`, whatever the method.
  util::Status check_change(const Request& request, bool creates) const;

 private:
  bool lists(std::string_view origin) const;
  bool is_own(std::string_view origin, const std::string& base_url) const;

  std::vector<std::string> allowed_;
  bool are_public_urls_ = false;
};

}  // namespace http

// Pages for people, beside the JSON for programs. What goes into them is escaped here.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace http {

/// A page: title and heading, then `body`, which is HTML.
std::string html_page(const std::string& title, const std::string& body);
/// An element of HTML; `inner` is HTML, and is not escaped.
std::string html_element(std::string_view name, const std::string& inner);
std::string html_link(const std::string& url, std::string_view text);
std::string html_text(std::string_view text);

/// What may be looked at again only when it has been asked for anew, and is never taken for another type.
Response shown_document(std::string media_type, std::string body);

/// HTML for browsers, which name it in Accept, and JSON for who takes anything.
Response page_or_json(const Request& request, const std::function<std::string()>& html,
                      const std::function<std::string()>& json);

}  // namespace http

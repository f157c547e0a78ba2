// Makes HTML pages for people, as an alternative to JSON for programs, and escapes their text. Any thread may call.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace http {

/// A page with `title` as title and heading, then `body`. `body`: HTML, not escaped.
std::string html_page(const std::string& title, const std::string& body);
/// An HTML element. `inner`: HTML, not escaped.
std::string html_element(std::string_view name, const std::string& inner);
std::string html_link(const std::string& url, std::string_view text);
std::string html_text(std::string_view text);

/// A 200 answer that caches must revalidate (no-cache) and whose media type browsers must not guess (nosniff).
Response shown_document(std::string media_type, std::string body);

/// HTML for clients that prefer it by Accept, as browsers do; JSON for all others.
Response page_or_json(const Request& request, const std::function<std::string()>& html,
                      const std::function<std::string()>& json);

}  // namespace http

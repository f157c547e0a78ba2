#include "http/page.h"

#include <utility>

#include "http/negotiate.h"

namespace http {
namespace {

bool wants_html(const Request& request) {
  const auto accept = request.headers.get("Accept");
  return accept && quality(accept, "text/html") > quality(accept, "application/json");
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string html_link(const std::string& url, std::string_view text) {
  return "<a href=\"" + html_text(url) + "\">" + html_text(text) + "</a>";
}

std::string html_element(std::string_view name, const std::string& inner) {
  return "<" + std::string(name) + ">" + inner + "</" + std::string(name) + ">\n";
}

std::string html_page(const std::string& title, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" +
         html_element("title", html_text(title)) + "</head>\n<body>\n" + html_element("h1", html_text(title)) + body +
         "</body>\n</html>\n";
}

Response shown_document(std::string media_type, std::string body) {
  Response response = Response::of(200, std::move(media_type), std::move(body));
  response.headers.set("Cache-Control", "no-cache");
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}

Response page_or_json(const Request& request, const std::function<std::string()>& html,
                      const std::function<std::string()>& json) {
  const bool as_html = wants_html(request);
  Response response =
      as_html ? shown_document("text/html; charset=utf-8", html()) : shown_document("application/json", json());
  response.headers.set("Vary", "Accept");
  if (as_html) response.headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  return response;
}

}  // namespace http

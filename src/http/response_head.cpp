#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "http/media_type.h"
#include "util/text.h"

namespace http {
namespace {

/// The current time as an IMF-fixdate; each thread formats it at most once a second.
std::string_view date() {
  thread_local std::time_t made_at = 0;
  thread_local std::array<char, 32> text{};
  thread_local std::size_t length = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    gmtime_r(&now, &parts);
    length = static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                                    days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                                                    months.at(static_cast<std::size_t>(parts.tm_mon)),
                                                    parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec));
    made_at = now;
  }
  return {text.data(), length};
}

/// Fields that only the server sets.
bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 5> ours{"Content-Length", "Transfer-Encoding", "Connection", "Date",
                                                 "X-Request-Id"};
  return std::any_of(ours.begin(), ours.end(), [&](std::string_view field) { return util::iequals(field, name); });
}

bool is_field_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return status < 400 ? "OK" : "Error";
  }
}

bool is_bodyless(int status) { return status < 200 || status == 204 || status == 304; }

bool append_head(std::string& out, const Response& response, const Framing& framing) {
  const std::size_t begin = out.size();
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  append_field(out, "Date", date());
  for (const auto& [name, value] : response.headers.fields()) {
    if (is_ours(name)) continue;
    if (!is_token(name) || !is_field_value(value)) {
      out.resize(begin);
      return false;
    }
    append_field(out, name, value);
  }
  if (framing.content_length) append_field(out, "Content-Length", std::to_string(*framing.content_length));
  if (framing.chunked) append_field(out, "Transfer-Encoding", "chunked");
  if (!framing.keep_alive) {
    append_field(out, "Connection", "close");
  } else if (!framing.http_1_1) {
    append_field(out, "Connection", "keep-alive");
  }
  if (!framing.request_id.empty()) append_field(out, "X-Request-Id", framing.request_id);
  out += "\r\n";
  return true;
}

}  // namespace http

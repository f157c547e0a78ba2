#include "apps/documents.h"
#include "util/text.h"

namespace apps {
namespace {

using task::Application;
using task::Declaration;

std::string escaped(std::string_view text) {
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

std::string link(const std::string& url, std::string_view text) {
  return "<a href=\"" + escaped(url) + "\">" + escaped(text) + "</a>";
}

std::string element(std::string_view name, const std::string& inner) {
  return "<" + std::string(name) + ">" + inner + "</" + std::string(name) + ">\n";
}

std::string page(const std::string& title, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" + element("title", escaped(title)) +
         "</head>\n<body>\n" + element("h1", escaped(title)) + body + "</body>\n</html>\n";
}

/// A row of a parameter: name, type and range, default, whether it must be there, what it is for.
std::string row(const Declaration& parameter) {
  std::string notes = parameter.required ? "required" : "";
  if (parameter.multiple) notes += std::string(notes.empty() ? "" : ", ") + "may be repeated";
  if (parameter.is_staged()) notes += std::string(notes.empty() ? "" : ", ") + "may be uploaded";
  const auto cell = [](std::string_view text) { return "<td>" + escaped(text) + "</td>"; };
  return element("tr", "<th scope=\"row\">" + escaped(parameter.name) + "</th>" + cell(accepted_values(parameter)) +
                           cell(parameter.default_value.value_or("")) + cell(notes) + cell(parameter.help));
}

std::string table(const Application& application) {
  if (application.parameters.empty()) return element("p", "It takes no parameters.");
  std::string rows = element("tr", "<th>name</th><th>accepted</th><th>default</th><th></th><th>meaning</th>");
  for (const Declaration& parameter : application.parameters) rows += row(parameter);
  return element("table", rows);
}

}  // namespace

std::string list_html(const task::Applications& applications, const std::string& base_url) {
  std::string items;
  for (const Application& application : applications) {
    items += element("li", link(page_url(application, base_url), application.title));
  }
  return page("Applications", items.empty() ? element("p", "None is configured.") : element("ul", items));
}

std::string application_html(const Application& application, const std::string& base_url) {
  const std::string url = page_url(application, base_url);
  const std::string jobs = base_url + application.path;
  const std::string sync = base_url + application.folder() + "/sync";
  std::string body;
  if (!application.description.empty()) body += element("p", escaped(application.description));
  body += element("h2", "Parameters") + table(application);
  body += element("h2", "Use");
  body += element("p", "Post them to " + link(jobs, jobs) + ", a job list as UWS 1.1 defines it, or to " +
                           escaped(sync) + ", which runs the job and leads to its result.");
  body += element("p", "For programs: " + link(url + "/schema", "JSON Schema of the parameters") + ", " +
                           link(url + "/description", "service descriptor (VOTable)") + ".");
  return page(application.title, body);
}

}  // namespace apps

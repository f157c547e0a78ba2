#include "apps/documents.h"
#include "http/page.h"
#include "util/text.h"

namespace apps {
namespace {

using http::html_element;
using http::html_link;
using http::html_page;
using http::html_text;
using task::Application;
using task::Declaration;

/// The table row of a parameter: name, accepted values, default, whether it is required, help.
std::string row(const Declaration& parameter) {
  std::string notes = parameter.required ? "required" : "";
  if (parameter.multiple) notes += std::string(notes.empty() ? "" : ", ") + "may be repeated";
  if (parameter.is_staged()) notes += std::string(notes.empty() ? "" : ", ") + "may be uploaded";
  const auto cell = [](std::string_view text) { return "<td>" + html_text(text) + "</td>"; };
  return html_element("tr", "<th scope=\"row\">" + html_text(parameter.name) + "</th>" +
                                cell(accepted_values(parameter)) + cell(parameter.default_value.value_or("")) +
                                cell(notes) + cell(parameter.help));
}

std::string table(const Application& application) {
  if (application.parameters.empty()) return html_element("p", "It takes no parameters.");
  std::string rows = html_element("tr", "<th>name</th><th>accepted</th><th>default</th><th></th><th>meaning</th>");
  for (const Declaration& parameter : application.parameters) rows += row(parameter);
  return html_element("table", rows);
}

}  // namespace

std::string list_html(const task::Applications& applications, const std::string& base_url) {
  std::string items;
  for (const Application& application : applications) {
    items += html_element("li", html_link(page_url(application, base_url), application.title));
  }
  return html_page("Applications",
                   items.empty() ? html_element("p", "None is configured.") : html_element("ul", items));
}

std::string application_html(const Application& application, const std::string& base_url) {
  const std::string url = page_url(application, base_url);
  const std::string jobs = base_url + application.path;
  const std::string sync = base_url + application.folder() + "/sync";
  std::string body;
  if (!application.description.empty()) body += html_element("p", html_text(application.description));
  body += html_element("h2", "Parameters") + table(application);
  body += html_element("h2", "Use");
  body += html_element("p", "Post them to " + html_link(jobs, jobs) + ", a job list as UWS 1.1 defines it, or to " +
                                html_text(sync) + ", which runs the job and leads to its result.");
  body += html_element("p", "For programs: " + html_link(url + "/schema", "JSON Schema of the parameters") + ", " +
                                html_link(url + "/description", "service descriptor (VOTable)") + ".");
  return html_page(application.title, body);
}

}  // namespace apps

#include <algorithm>

#include "data/xml.h"
#include "util/text.h"
#include "uws/rest/documents.h"

namespace uws::rest {
namespace {

using data::XmlWriter;

/// Declares every prefix on the root, because some clients need them there (U51).
XmlWriter& open_root(XmlWriter& xml, std::string_view name) {
  return xml.open(name)
      .attribute("xmlns:uws", "http://www.ivoa.net/xml/UWS/v1.0")
      .attribute("xmlns:xlink", "http://www.w3.org/1999/xlink")
      .attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
}

void write_nillable(XmlWriter& xml, std::string_view name, const std::optional<std::string>& value) {
  xml.open(name);
  if (value) {
    xml.text(*value);
  } else {
    xml.attribute("xsi:nil", "true");
  }
  xml.close();
}

void write_instant(XmlWriter& xml, std::string_view name, const std::optional<util::Instant>& instant) {
  write_nillable(xml, name, instant ? std::optional(util::to_iso(*instant)) : std::nullopt);
}

void write_parameters(XmlWriter& xml, const JobView& view) {
  for (const Parameter& parameter : view.job().parameters) {
    xml.open("uws:parameter").attribute("id", parameter.name);
    if (parameter.by_reference) xml.attribute("byReference", "true");
    xml.text(parameter.by_reference ? view.parameter_url(parameter.name) : parameter.value).close();
  }
}

void write_results(XmlWriter& xml, const JobView& view) {
  for (const ResultView& result : view.results()) {
    xml.open("uws:result")
        .attribute("id", result.id)
        .attribute("xlink:type", "simple")
        .attribute("xlink:href", result.href);
    if (result.size_bytes) xml.attribute("size", std::to_string(*result.size_bytes));
    if (!result.media_type.empty()) xml.attribute("mime-type", result.media_type);
    xml.close();
  }
}

/// Writes jobInfo with at most two children, because some client libraries read no more: `progress`, which clients look
/// for, and `details` with all the rest.
void write_info(XmlWriter& xml, const JobView& view) {
  constexpr std::string_view progress_key = "progress";
  data::Node details = data::Node::object();
  // The schema has no place for the code in errorSummary.
  const auto& error = view.job().error;
  if (error && !error->code.empty()) details.set("errorCode", data::Node::string(error->code));
  data::Node info = data::Node::object();
  const data::Node whole = view.info();
  for (const auto& [key, value] : whole.members()) (key == progress_key ? info : details).set(key, value);
  if (!details.members().empty()) info.set("details", std::move(details));
  xml.open("uws:jobInfo");
  data::write_node(xml, info);
  xml.close();
}

void write_capabilities(XmlWriter& xml, const std::vector<Capability>& capabilities) {
  for (const Capability& capability : capabilities) {
    xml.open("capability");
    if (!capability.standard_id.empty()) xml.attribute("standardID", capability.standard_id);
    if (!capability.description.empty()) xml.element("description", capability.description);
    xml.open("interface").attribute("xsi:type", "vs:ParamHTTP");
    if (!capability.standard_id.empty()) xml.attribute("role", "std");
    xml.open("accessURL").attribute("use", capability.whole_url ? "full" : "base").text(capability.access_url).close();
    for (const std::string& method : capability.security_methods) {
      xml.open("securityMethod");
      if (!method.empty()) xml.attribute("standardID", method);
      xml.close();
    }
    xml.close().close();
  }
}

/// The usual size in bytes of one job in the list, without the URL of the list.
constexpr std::size_t usual_reference = 350;

class XmlList : public ListDocument {
 public:
  explicit XmlList(const std::string& jobs_url) {
    open_root(xml_, "uws:jobs").attribute("version", "1.1");
    link_ = R"(" xlink:type="simple" xlink:href=")";
    data::append_escaped(link_, jobs_url + "/", data::XmlPlace::attribute);
  }

  std::string add(const std::vector<JobReference>& jobs) override {
    if (jobs.empty()) return xml_.take();
    std::string text = xml_.text("").take();  // text("") closes the start tag of the root
    text.reserve(text.size() + jobs.size() * (link_.size() + usual_reference));
    for (const JobReference& job : jobs) append(text, job);
    return text;
  }
  /// The next page has no place in the schema: it is in the Link header only.
  std::string end(const std::optional<std::string>& /*next*/) override { return xml_.finish(); }

 private:
  /// Writes the markup directly and not by XmlWriter, which is slower: next to the database, this is the main cost of a
  /// list.
  void append(std::string& text, const JobReference& job) const {
    using data::XmlPlace;
    text += R"(<uws:jobref id=")";
    data::append_escaped(text, job.id, XmlPlace::attribute);
    text += link_;
    data::append_escaped(text, job.id, XmlPlace::attribute);
    text.append(R"("><uws:phase>)").append(to_string(job.phase)).append("</uws:phase>");
    if (job.run_id) {
      text += "<uws:runId>";
      data::append_escaped(text, *job.run_id, XmlPlace::element);
      text += "</uws:runId>";
    }
    if (job.owner) {
      text += "<uws:ownerId>";
      data::append_escaped(text, *job.owner, XmlPlace::element);
      text += "</uws:ownerId>";
    } else {
      text += R"(<uws:ownerId xsi:nil="true"/>)";
    }
    text.append("<uws:creationTime>").append(util::to_iso(job.creation_time)).append("</uws:creationTime>");
    text += "</uws:jobref>";
  }

  std::string link_;  // the markup between the job's id and the id in its URL
  XmlWriter xml_;
};

}  // namespace

std::string job_xml(const JobView& view) {
  const Job& job = view.job();
  XmlWriter xml;
  open_root(xml, "uws:job").attribute("version", "1.1");
  xml.element("uws:jobId", job.id);
  if (job.run_id) xml.element("uws:runId", *job.run_id);
  write_nillable(xml, "uws:ownerId", job.owner);
  xml.element("uws:phase", to_string(job.phase));
  write_instant(xml, "uws:quote", view.quote());
  xml.element("uws:creationTime", util::to_iso(job.creation_time));
  write_instant(xml, "uws:startTime", job.start_time);
  write_instant(xml, "uws:endTime", job.end_time);
  xml.element("uws:executionDuration", std::to_string(job.execution_duration.count()));
  write_instant(xml, "uws:destruction", job.destruction);
  xml.open("uws:parameters");
  write_parameters(xml, view);
  xml.close().open("uws:results");
  write_results(xml, view);
  xml.close();
  if (job.error) {
    xml.open("uws:errorSummary")
        .attribute("type", job.error->fatal ? "fatal" : "transient")
        .attribute("hasDetail", job.error->detail.empty() ? "false" : "true")
        .element("uws:message", job.error->message)
        .close();
  }
  write_info(xml, view);
  return xml.finish();
}

std::unique_ptr<ListDocument> list_xml(const std::string& jobs_url) { return std::make_unique<XmlList>(jobs_url); }

std::string parameters_xml(const JobView& view) {
  XmlWriter xml;
  open_root(xml, "uws:parameters");
  write_parameters(xml, view);
  return xml.finish();
}

std::string results_xml(const JobView& view) {
  XmlWriter xml;
  open_root(xml, "uws:results");
  write_results(xml, view);
  return xml.finish();
}

std::string error_votable(std::string_view message) {
  XmlWriter xml;
  xml.open("VOTABLE").attribute("version", "1.4").attribute("xmlns", "http://www.ivoa.net/xml/VOTable/v1.3");
  xml.open("RESOURCE").attribute("type", "results");
  xml.open("INFO").attribute("name", "QUERY_STATUS").attribute("value", "ERROR").text(message);
  return xml.finish();
}

std::string availability_xml(const Health::Report& report, util::Instant up_since) {
  XmlWriter xml;
  xml.open("vosi:availability").attribute("xmlns:vosi", "http://www.ivoa.net/xml/VOSIAvailability/v1.0");
  xml.element("vosi:available", report.available ? "true" : "false");
  xml.element("vosi:upSince", util::to_iso(up_since));
  for (const std::string& note : report.notes) xml.element("vosi:note", note);
  return xml.finish();
}

std::string capabilities_xml(const std::vector<Capability>& capabilities) {
  XmlWriter xml;
  xml.open("vosi:capabilities")
      .attribute("xmlns:vosi", "http://www.ivoa.net/xml/VOSICapabilities/v1.0")
      .attribute("xmlns:vs", "http://www.ivoa.net/xml/VODataService/v1.1")
      .attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
  write_capabilities(xml, capabilities);
  return xml.finish();
}

std::string record_xml(const ResourceRecord& record, const std::vector<Capability>& capabilities) {
  XmlWriter xml;
  xml.open("ri:Resource")
      .attribute("xmlns:ri", "http://www.ivoa.net/xml/RegistryInterface/v1.0")
      .attribute("xmlns:vr", "http://www.ivoa.net/xml/VOResource/v1.0")
      .attribute("xmlns:vs", "http://www.ivoa.net/xml/VODataService/v1.1")
      .attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
      .attribute("xsi:type", "vr:Service")
      .attribute("created", record.created)
      .attribute("updated", record.updated)
      .attribute("status", "active");
  xml.element("title", record.title);
  if (!record.short_name.empty()) xml.element("shortName", record.short_name);
  xml.element("identifier", record.identifier);
  xml.open("curation").element("publisher", record.publisher).open("contact").element("name", record.contact_name);
  if (!record.contact_email.empty()) xml.element("email", record.contact_email);
  xml.close().close().open("content");
  for (const std::string& subject : record.subjects) xml.element("subject", subject);
  xml.element("description", record.description).element("referenceURL", record.reference_url).close();
  write_capabilities(xml, capabilities);
  return xml.finish();
}

}  // namespace uws::rest

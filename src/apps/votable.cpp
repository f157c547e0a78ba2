#include "apps/documents.h"
#include "data/node.h"
#include "data/xml.h"

namespace apps {
namespace {

using data::XmlWriter;
using task::Declaration;
using task::ValueType;

XmlWriter& open_text(XmlWriter& xml, std::string_view name) {
  return xml.open("PARAM").attribute("name", name).attribute("datatype", "char").attribute("arraysize", "*");
}

void write_text(XmlWriter& xml, std::string_view name, std::string_view value) {
  open_text(xml, name).attribute("value", value).close();
}

void open_typed(XmlWriter& xml, const Declaration& parameter) {
  if (parameter.type == ValueType::string) {
    open_text(xml, parameter.name);
    return;
  }
  const std::string_view datatype = parameter.type == ValueType::integer  ? "long"
                                    : parameter.type == ValueType::number ? "double"
                                                                          : "boolean";
  xml.open("PARAM").attribute("name", parameter.name).attribute("datatype", datatype);
}

void write_bound(XmlWriter& xml, std::string_view name, const std::optional<double>& bound) {
  if (bound) xml.open(name).attribute("value", data::Node::number(*bound).text()).close();
}

void write_values(XmlWriter& xml, const Declaration& parameter) {
  if (!parameter.minimum && !parameter.maximum && parameter.values.empty()) return;
  xml.open("VALUES");
  write_bound(xml, "MIN", parameter.minimum);
  write_bound(xml, "MAX", parameter.maximum);
  for (const std::string& value : parameter.values) xml.open("OPTION").attribute("value", value).close();
  xml.close();
}

void write_parameter(XmlWriter& xml, const Declaration& parameter) {
  open_typed(xml, parameter);
  xml.attribute("value", parameter.default_value.value_or(""));
  if (!parameter.help.empty()) xml.element("DESCRIPTION", parameter.help);
  write_values(xml, parameter);
  xml.close();
}

/// A service descriptor (DataLink 1.0 section 4). `standard_id` is empty for a service that follows no standard and is
/// described by its parameters only.
void write_service(XmlWriter& xml, const task::Application& application, std::string_view name,
                   std::string_view standard_id, std::string_view url) {
  xml.open("RESOURCE").attribute("name", name).attribute("type", "meta").attribute("utype", "adhoc:service");
  xml.element("DESCRIPTION", application.description.empty() ? application.title : application.description);
  if (!standard_id.empty()) write_text(xml, "standardID", standard_id);
  write_text(xml, "accessURL", url);
  xml.open("GROUP").attribute("name", "inputParams");
  for (const Declaration& parameter : application.parameters) write_parameter(xml, parameter);
  xml.close().close();
}

}  // namespace

std::string description_votable(const task::Application& application, const std::string& base_url) {
  XmlWriter xml;
  xml.open("VOTABLE").attribute("version", "1.4").attribute("xmlns", "http://www.ivoa.net/xml/VOTable/v1.3");
  write_service(xml, application, application.name, "ivo://ivoa.net/std/UWS#rest-1.1", base_url + application.path);
  write_service(xml, application, application.name + "-sync", "", base_url + application.folder() + "/sync");
  return xml.finish();
}

}  // namespace apps

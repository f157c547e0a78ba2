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

}  // namespace

std::string description_votable(const task::Application& application, const std::string& base_url) {
  XmlWriter xml;
  xml.open("VOTABLE").attribute("version", "1.4").attribute("xmlns", "http://www.ivoa.net/xml/VOTable/v1.3");
  xml.open("RESOURCE")
      .attribute("name", application.name)
      .attribute("type", "meta")
      .attribute("utype", "adhoc:service");
  const std::string& text = application.description.empty() ? application.title : application.description;
  xml.element("DESCRIPTION", text);
  write_text(xml, "standardID", "ivo://ivoa.net/std/UWS#rest-1.1");
  write_text(xml, "accessURL", base_url + application.path);
  xml.open("GROUP").attribute("name", "inputParams");
  for (const Declaration& parameter : application.parameters) write_parameter(xml, parameter);
  return xml.finish();
}

}  // namespace apps

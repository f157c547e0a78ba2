#include "data/xml.h"

#include <string>

#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "util/text.h"

namespace data {
namespace {

using namespace std::string_literals;

constexpr std::string_view declaration = "<?xml version=\"1.0\"?>\n";

std::string body(XmlWriter& writer) {
  const std::string text = writer.finish();
  EXPECT_EQ(text.substr(0, declaration.size()), declaration);
  return text.substr(declaration.size());
}

TEST(XmlWriter, WritesElementsAttributesAndText) {
  XmlWriter xml;
  xml.open("uws:job").attribute("xmlns:uws", "http://example.org").attribute("version", "1.1");
  xml.element("uws:phase", "PENDING").open("uws:quote").attribute("xsi:nil", "true").close().close();
  EXPECT_EQ(body(xml),
            "<uws:job xmlns:uws=\"http://example.org\" version=\"1.1\"><uws:phase>PENDING</uws:phase>"
            "<uws:quote xsi:nil=\"true\"/></uws:job>");
}

// U61
TEST(XmlWriter, DeclaresNoEncoding) { EXPECT_EQ(XmlWriter().open("a").finish(), "<?xml version=\"1.0\"?>\n<a/>"); }

TEST(XmlWriter, EscapesText) {
  XmlWriter xml;
  xml.element("a", "<b> & ]]> \" ' \r\n\t");
  EXPECT_EQ(body(xml), "<a>&lt;b&gt; &amp; ]]&gt; \" ' &#13;\n\t</a>");
}

TEST(XmlWriter, EscapesAttributes) {
  XmlWriter xml;
  xml.open("a").attribute("x", "<\"'>&\n\r\t");
  EXPECT_EQ(body(xml), "<a x=\"&lt;&quot;'&gt;&amp;&#10;&#13;&#9;\"/>");
}

TEST(XmlWriter, ReplacesWhatXmlCannotCarry) {
  XmlWriter xml;
  xml.open("a").attribute("x", "\x01").text("a\0b\x1B\xFF\uFFFE"s);
  EXPECT_EQ(body(xml), "<a x=\"\uFFFD\">a\uFFFDb\uFFFD\uFFFD\uFFFD</a>");
}

TEST(XmlWriter, EmptyTextIsAnElementWithBothTags) {
  XmlWriter xml;
  xml.element("a", "");
  EXPECT_EQ(body(xml), "<a></a>");
}

TEST(XmlWriter, IsTakenInPieces) {
  XmlWriter xml;
  xml.open("a");
  std::string text = xml.take();
  xml.attribute("x", "1").open("b");
  text += xml.take();
  xml.text("t");
  text += xml.take();
  text += xml.take();
  text += xml.finish();
  EXPECT_EQ(text, std::string(declaration) + "<a x=\"1\"><b>t</b></a>");
}

TEST(XmlWriter, AReaderFindsWhatWasWritten) {
  std::string hostile;
  for (int i = 1; i < 128; ++i) hostile += static_cast<char>(i);
  hostile += "\u00E9\U0001F600<![CDATA[x]]><!-- --><?x?>&amp;&#65;";
  XmlWriter xml;
  xml.open("root").attribute("value", hostile).text(hostile);
  const std::string text = xml.finish();
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(text.c_str(), pugi::parse_default | pugi::parse_ws_pcdata)) << text;
  EXPECT_EQ(document.child("root").attribute("value").value(), util::to_xml_text(hostile));
  EXPECT_EQ(document.child("root").child_value(), util::to_xml_text(hostile));
}

TEST(XmlWriter, FinishClosesWhatIsOpen) {
  XmlWriter xml;
  xml.open("a").open("b").open("c");
  EXPECT_EQ(body(xml), "<a><b><c/></b></a>");
}

}  // namespace
}  // namespace data

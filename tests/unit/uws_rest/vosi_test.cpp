// Tests the documents in which the service describes itself (VOSI 1.1).
#include <nlohmann/json.hpp>

#include <pugixml.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class VosiDocuments : public TreeTest {
 protected:
  /// Adds the documents of a second Vosi with these options, beside those of the fixture.
  void serve_vosi(VosiOptions options) {
    more_ = std::make_unique<Vosi>(health_, std::move(options));
    add_more_ = [this](http::Router& router) { more_->add_routes(router); };
    serve();
  }
  void TearDown() override {
    TreeTest::TearDown();
    more_.reset();
  }
  std::unique_ptr<Vosi> more_;
};
FOR_SQLITE(VosiDocuments);

TEST_P(VosiDocuments, U64_AvailabilityAsVosiSays) {
  health_.set({false, {"docker: no answer", "db: <fine>"}});
  user_.reset();
  const auto response = get("/availability");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.header("Content-Type"), HasSubstr("text/xml"));
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(response.body.c_str()));
  const auto root = document.document_element();
  EXPECT_STREQ(root.attribute("xmlns:vosi").value(), "http://www.ivoa.net/xml/VOSIAvailability/v1.0");
  std::vector<std::string> parts;
  for (const auto& child : root.children()) parts.push_back(std::string(child.name()) + "=" + child.text().get());
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_TRUE(util::parse_instant(root.child("vosi:upSince").text().get()).ok());
  parts.erase(parts.begin() + 1);
  EXPECT_THAT(parts, ElementsAre("vosi:available=false", "vosi:note=docker: no answer", "vosi:note=db: <fine>"));
}

TEST_P(VosiDocuments, U64_AvailabilityAsJson) {
  const auto report = nlohmann::json::parse(get_json("/availability").body);
  EXPECT_EQ(report["available"], true);
  EXPECT_TRUE(report["notes"].empty());
  EXPECT_EQ(get("/availability?RESPONSEFORMAT=tea").status, 400);
}

TEST_P(VosiDocuments, U64_CapabilitiesNameEveryListAndHowToAuthenticate) {
  serve_vosi(
      {.folder = "/tap", .lists = {"/tap/async", "/jobs"}, .security_methods = {"", "ivo://ivoa.net/sso#BasicAA"}});
  user_.reset();
  const auto response = get("/tap/capabilities");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.header("Content-Type"), HasSubstr("text/xml"));
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(response.body.c_str()));
  std::vector<std::string> lines;
  for (const auto& capability : document.document_element().children("capability")) {
    const auto interface = capability.child("interface");
    EXPECT_STREQ(interface.attribute("xsi:type").value(), "vs:ParamHTTP");
    EXPECT_STREQ(interface.attribute("role").value(), "std");
    const auto url = interface.child("accessURL");
    std::string line = std::string(capability.attribute("standardID").value()) + " " + url.attribute("use").value() +
                       " " + url.text().get();
    for (const auto& method : interface.children("securityMethod")) {
      line += std::string(" [") + method.attribute("standardID").value() + "]";
    }
    lines.push_back(line);
  }
  EXPECT_THAT(lines, ElementsAre("ivo://ivoa.net/std/VOSI#availability full http://test/tap/availability",
                                 "ivo://ivoa.net/std/VOSI#capabilities full http://test/tap/capabilities",
                                 "ivo://ivoa.net/std/UWS#rest-1.1 base http://test/tap/async"
                                 " [] [ivo://ivoa.net/sso#BasicAA]",
                                 "ivo://ivoa.net/std/UWS#rest-1.1 base http://test/jobs"
                                 " [] [ivo://ivoa.net/sso#BasicAA]"));
}

TEST_P(VosiDocuments, U64_CapabilitiesAsJson) {
  const auto report = nlohmann::json::parse(get_json("/capabilities").body);
  ASSERT_EQ(report["capabilities"].size(), 3U);
  EXPECT_EQ(report["capabilities"][2]["standardID"], "ivo://ivoa.net/std/UWS#rest-1.1");
  EXPECT_EQ(report["capabilities"][2]["accessURL"], "http://test/jobs");
}

TEST_P(VosiDocuments, AreLeftToWhoeverElseServesThem) {
  serve_vosi({.folder = "/tap", .lists = {"/tap/async"}, .capabilities = false});
  EXPECT_EQ(get("/tap/capabilities").status, 404);
  EXPECT_EQ(get("/tap/availability").status, 200);
}

}  // namespace
}  // namespace uws::rest

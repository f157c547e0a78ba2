// Tests how the parameters that a client gives are accepted or refused, and which tasks may be run.
#include "executor/acceptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/uws_fakes.h"
#include "parameters.h"

namespace executor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using util::ErrorCode;
using uws::Parameter;

task::PolicyOptions policy() {
  task::PolicyOptions options;
  options.images = {"busybox"};
  return options;
}

class Accepting : public ::testing::Test {
 protected:
  Accepting()
      : admission(task::Policy(policy()), std::make_shared<const net::AddressPolicy>(*net::AddressPolicy::create({}))),
        acceptor(admission) {}

  util::Result<std::vector<Parameter>> accept(std::vector<Parameter> given,
                                              const std::vector<Parameter>& present = {}) {
    return fakes::parameters_of(acceptor.accept(std::nullopt, present, {std::move(given), std::nullopt}));
  }
  util::Result<std::vector<Parameter>> accept_document(std::string text, std::vector<Parameter> given = {}) {
    const uws::Document document{"application/json", std::move(text)};
    return fakes::parameters_of(acceptor.accept(std::nullopt, {}, {std::move(given), document}));
  }
  static std::vector<std::string> pairs(const util::Result<std::vector<Parameter>>& result) {
    std::vector<std::string> texts;
    if (!result.ok()) return {result.error().message};
    for (const Parameter& parameter : *result) texts.push_back(parameter.name + "=" + parameter.value);
    return texts;
  }

  Admission admission;
  Acceptor acceptor;
};

TEST_F(Accepting, NamesGetTheirCanonicalSpellingAndOrder) {
  EXPECT_THAT(pairs(accept({value("arg", "a"), value("Image", "busybox"), value("ARG", "b")})),
              ElementsAre("IMAGE=busybox", "ARG=a", "ARG=b"));
}

TEST_F(Accepting, SettingANameReplacesAllItsValues) {
  const std::vector<Parameter> present{value("IMAGE", "busybox"), value("ARG", "a"), value("ARG", "b")};
  EXPECT_THAT(pairs(accept({value("arg", "c")}, present)), ElementsAre("IMAGE=busybox", "ARG=c"));
}

TEST_F(Accepting, NothingAtAllIsFine) { EXPECT_THAT(pairs(accept({})), ElementsAre()); }

TEST_F(Accepting, AnUnknownNameIsRefusedWithTheNearest) {
  const auto result = accept({value("IMGAE", "busybox")});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  ASSERT_EQ(result.error().faults.size(), 1U);
  EXPECT_EQ(result.error().faults[0].input, "IMGAE");
  EXPECT_EQ(result.error().faults[0].accepted, "IMAGE");
}

TEST_F(Accepting, AnUnknownNameMayMeanOneOfTheJob) {  // U13
  for (const auto& [given, meant] : std::vector<std::pair<std::string, std::string>>{
           {"RUN_ID", "RUNID"}, {"PHSE", "PHASE"}, {"execution_duration", "EXECUTIONDURATION"}, {"SHARED", "SHARE"}}) {
    const auto result = accept({value(given, "x")});
    ASSERT_FALSE(result.ok()) << given;
    EXPECT_EQ(result.error().faults[0].accepted, meant);
  }
  EXPECT_THAT(accept({value("something", "x")}).error().message, HasSubstr("RUNID"));
}

TEST_F(Accepting, MalformedValuesAreInvalidAndRefusedOnesForbidden) {
  EXPECT_EQ(accept({value("CORES", "many")}).error().code, ErrorCode::invalid_argument);
  const auto refused = accept({value("IMAGE", "postgres"), value("NETWORK", "outbound")});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
  EXPECT_EQ(refused.error().faults.size(), 2U);
}

TEST_F(Accepting, ADocumentIsExpandedAsBodyOrAsTask) {
  const std::string text = R"({"image": "busybox", "args": ["echo", "1"]})";
  EXPECT_THAT(pairs(accept_document(text)), ElementsAre("IMAGE=busybox", "ARG=echo", "ARG=1"));
  EXPECT_THAT(pairs(accept({value("task", text)})), ElementsAre("IMAGE=busybox", "ARG=echo", "ARG=1"));
}

TEST_F(Accepting, ADocumentReplacesWhatItNames) {
  const std::vector<Parameter> present{value("IMAGE", "busybox"), value("ARG", "a")};
  EXPECT_THAT(pairs(accept({value("TASK", R"({"args": ["b"]})")}, present)), ElementsAre("IMAGE=busybox", "ARG=b"));
  EXPECT_THAT(pairs(accept({value("TASK", "{}")}, present)), ElementsAre("IMAGE=busybox", "ARG=a"));
}

TEST_F(Accepting, AnEmptyListTakesAllValuesBack) {  // U18
  const std::vector<Parameter> present{value("IMAGE", "busybox"), value("ARG", "a"), value("ENV", "A=b"),
                                       value("OUTPUT", "c")};
  EXPECT_THAT(pairs(accept({value("TASK", R"({"args": []})")}, present)),
              ElementsAre("IMAGE=busybox", "ENV=A=b", "OUTPUT=c"));
  EXPECT_THAT(pairs(accept({value("TASK", R"({"env": {}, "outputs": []})")}, present)),
              ElementsAre("IMAGE=busybox", "ARG=a"));
  EXPECT_THAT(pairs(accept({value("TASK", R"({"env": [], "args": null})")}, present)),
              ElementsAre("IMAGE=busybox", "ARG=a", "OUTPUT=c"));
}

TEST_F(Accepting, AQuestionReplacesTheWholeTask) {
  const std::vector<Parameter> present{value("IMAGE", "busybox"), value("ARG", "a")};
  const std::string question = R"({"tasktype": "oci-container", "taskinfo": {"image": "busybox"}})";
  EXPECT_THAT(pairs(accept({value("TASK", question)}, present)), ElementsAre("IMAGE=busybox"));
}

TEST_F(Accepting, ADocumentTogetherWithParametersIsRefused) {
  const auto result = accept_document(R"({"image": "busybox"})", {value("ARG", "x")});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(result.error().message, HasSubstr("ARG"));
  EXPECT_FALSE(accept_document(R"({"image": "busybox"})", {value("TASK", "{}")}).ok());
  EXPECT_FALSE(accept({value("TASK", "{}"), value("TASK", "{}")}).ok());
}

TEST_F(Accepting, AnUploadThatNoInputSpeaksOfIsRefused) {
  const auto result = accept({value("IMAGE", "busybox"), upload("image.fits")});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(result.error().faults[0].input, "image.fits");
  EXPECT_THAT(result.error().faults[0].accepted, HasSubstr("param:image.fits"));
}

TEST_F(Accepting, AnUploadWithItsInputIsKept) {
  const auto result = accept({value("INPUT", "in.fits,param:mine"), upload("mine")});
  ASSERT_TRUE(result.ok()) << result.error().message;
  ASSERT_EQ(result->size(), 2U);
  EXPECT_TRUE((*result)[1].by_reference);
  EXPECT_EQ((*result)[1].blob, "blob");
}

TEST_F(Accepting, AFormerUploadGoesWhenNoInputSpeaksOfItAnyMore) {
  const std::vector<Parameter> present{value("INPUT", "/in,param:mine"), upload("mine")};
  EXPECT_THAT(pairs(accept({value("INPUT", "/in,https://example.org/x")}, present)),
              ElementsAre("INPUT=/in,https://example.org/x"));
}

TEST_F(Accepting, ATaskParameterCannotBeUploaded) { EXPECT_FALSE(accept({upload("image")}).ok()); }

TEST_F(Accepting, AnInputFromAMetadataAddressIsForbiddenWhenItIsGiven) {
  const auto result = accept({value("INPUT", "x,http://169.254.169.254/latest")});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::forbidden);
  EXPECT_EQ(result.error().faults[0].input, "INPUT");
}

TEST_F(Accepting, MoreThanTheBiggestEngineHasIsForbidden) {
  EXPECT_TRUE(accept({value("CORES", "8")}).ok());
  admission.set_engine("small", {1000, 64LL << 30, 1}, {});
  admission.set_engine("big", {4000, 1LL << 30, 1}, {});
  EXPECT_TRUE(accept({value("CORES", "4")}).ok());
  const auto result = accept({value("CORES", "8")});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::forbidden);
  EXPECT_EQ(result.error().faults[0].accepted, "at most 4");
  EXPECT_FALSE(accept({value("CORES", "4"), value("MEMORY", "32G")}).ok());
}

TEST_F(Accepting, WhatNoEngineGivesIsForbidden) {
  const auto faults_of = [this](const std::string& name, const std::string& text) {
    const auto result = accept({value(name, text)});
    return result.ok() ? std::vector<util::Fault>() : result.error().faults;
  };
  EXPECT_EQ(faults_of("GPUS", "0").size(), 0U);
  ASSERT_EQ(faults_of("GPUS", "1").size(), 1U);
  EXPECT_EQ(faults_of("GPUS", "1")[0].reason, "no engine of this service gives GPUs");
  EXPECT_EQ(faults_of("DISK", "1G")[0].input, "DISK");
  admission.set_engine("with none", {4000, 64LL << 30, 1}, {});
  ASSERT_EQ(faults_of("GPUS", "1").size(), 1U);
  EXPECT_EQ(faults_of("GPUS", "1")[0].input, "GPUS");
  admission.set_engine("with two", {2000, 64LL << 30, 1, {{"gpus", 2}}}, {.limits_disk = true});
  const auto both = accept({value("GPUS", "2"), value("CORES", "4")});
  ASSERT_FALSE(both.ok());
  EXPECT_THAT(both.error().faults[0].reason, testing::HasSubstr("so many GPUs together"));
  EXPECT_EQ(faults_of("GPUS", "2").size(), 0U);
  ASSERT_EQ(faults_of("GPUS", "3").size(), 1U);
  EXPECT_EQ(faults_of("GPUS", "3")[0].accepted, "at most 2");
  EXPECT_EQ(faults_of("DISK", "1G").size(), 0U);
}

TEST_F(Accepting, WhatIsNotWholeIsNotRunnable) {
  const auto status = admission.runnable({}, {value("ARG", "x")});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::forbidden);
  EXPECT_EQ(status.error().faults[0].input, "IMAGE");
  EXPECT_TRUE(admission.runnable({}, {value("IMAGE", "busybox")}).ok());
}

}  // namespace
}  // namespace executor

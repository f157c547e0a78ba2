// Tests how parameters for the jobs of an application are accepted or refused (U11, U13, U18).
#include "executor/application_acceptor.h"

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

task::Declaration declared(const std::string& name) {
  task::Declaration parameter;
  parameter.name = name;
  parameter.max_length = 1000;
  parameter.passing.arguments = {"{value}"};
  return parameter;
}

/// An application whose image no policy lists.
task::Application tap() {
  task::Application application;
  application.name = "tap";
  application.task = *task::from_parameters({{"IMAGE", "never/listed"}}, {});
  task::Declaration query = declared("QUERY");
  query.required = true;
  task::Declaration max_rec = declared("max rec");
  max_rec.type = task::ValueType::integer;
  max_rec.default_value = "10";
  task::Declaration table = declared("table");
  table.passing = {.arguments = {}, .variable = "", .file = "/work/job/table", .folder = ""};
  task::Declaration more = declared("UPLOAD");
  more.passing = {.arguments = {}, .variable = "", .file = "", .folder = "/work/job/up"};
  more.multiple = true;
  application.parameters = {query, max_rec, table, more};
  return application;
}

class ApplicationAccepting : public ::testing::Test {
 protected:
  explicit ApplicationAccepting(task::Application application = tap())
      : admission(task::Policy({}), std::make_shared<const net::AddressPolicy>(*net::AddressPolicy::create({})),
                  {std::move(application)}),
        acceptor(admission, admission.applications().front()) {}

  util::Result<std::vector<Parameter>> accept(std::vector<Parameter> given,
                                              const std::vector<Parameter>& present = {}) {
    return fakes::parameters_of(acceptor.accept(std::nullopt, present, {std::move(given), std::nullopt}));
  }
  util::Result<std::vector<Parameter>> accept_document(std::string text, const std::vector<Parameter>& present = {}) {
    const uws::Document document{"application/json", std::move(text)};
    return fakes::parameters_of(acceptor.accept(std::nullopt, present, {{}, document}));
  }
  static std::vector<std::string> pairs(const util::Result<std::vector<Parameter>>& result) {
    std::vector<std::string> texts;
    if (!result.ok()) return {result.error().message};
    for (const Parameter& parameter : *result) {
      texts.push_back(parameter.name + (parameter.by_reference ? "@" : "=") + parameter.value);
    }
    return texts;
  }
  static std::string refusal(const util::Result<std::vector<Parameter>>& result,
                             ErrorCode code = ErrorCode::invalid_argument) {
    if (result.ok()) return "";
    EXPECT_EQ(result.error().code, code);
    return result.error().message;
  }

  Admission admission;
  ApplicationAcceptor acceptor;
};

TEST_F(ApplicationAccepting, AnEmptyListInADocumentTakesAllValuesBack) {  // U18
  const std::vector<Parameter> present{value("QUERY", "q"), value("UPLOAD", "a,http://h/a")};
  EXPECT_THAT(pairs(accept_document(R"({"UPLOAD": []})", present)), ElementsAre("QUERY=q", "max rec=10"));
  EXPECT_THAT(refusal(accept_document(R"({"UPLOADS": []})")), HasSubstr("UPLOAD"));
}

TEST_F(ApplicationAccepting, AnUnknownNameMayMeanOneOfTheJob) {  // U13
  EXPECT_THAT(refusal(accept({value("RUNIDS", "a")})), HasSubstr("(accepted: RUNID)"));
}

TEST_F(ApplicationAccepting, DeclaredNamesInTheirOrderWithDefaultsWhateverThePolicyLists) {
  EXPECT_THAT(pairs(accept({value("MAX REC", "5"), value("query", "SELECT")})),
              ElementsAre("QUERY=SELECT", "max rec=5"));
  EXPECT_THAT(pairs(accept({})), ElementsAre("max rec=10"));
}

TEST_F(ApplicationAccepting, WhatIsNotDeclaredIsRefusedWithTheNearest) {
  EXPECT_EQ(refusal(accept({value("QUERRY", "x")})), "QUERRY: is not a parameter of tap (accepted: QUERY)");
  EXPECT_EQ(refusal(accept({value("IMAGE", "busybox")})),
            "IMAGE: is not a parameter of tap (accepted: QUERY, max rec, table, UPLOAD)");
}

TEST_F(ApplicationAccepting, ValuesAreJudgedWhenTheyAreGivenAndAllAreNamed) {
  const std::string refused = refusal(accept({value("max rec", "x"), value("UPLOAD", "y"), value("Z", "")}));
  EXPECT_THAT(refused, HasSubstr("max rec: 'x' is not a whole number"));
  EXPECT_THAT(refused, HasSubstr("UPLOAD: "));
  EXPECT_THAT(refused, HasSubstr("Z: is not a parameter"));
  EXPECT_THAT(refusal(accept({value("QUERY", "a"), value("query", "b")})), HasSubstr("QUERY: is given 2 times"));
}

TEST_F(ApplicationAccepting, SettingANameReplacesItsValues) {
  const auto present = accept({value("QUERY", "a"), value("max rec", "5"), upload("table")});
  ASSERT_TRUE(present.ok());
  EXPECT_THAT(pairs(accept({value("query", "b")}, *present)), ElementsAre("QUERY=b", "max rec=5", "table@"));
  EXPECT_THAT(pairs(accept({value("table", "text")}, *present)), ElementsAre("QUERY=a", "max rec=5", "table=text"));
  const auto texts = accept({value("table", "text")});
  EXPECT_THAT(pairs(accept({upload("TABLE")}, *texts)), ElementsAre("max rec=10", "table@"));
}

TEST_F(ApplicationAccepting, PartsAreTakenWhereTheyAreReferredTo) {  // U11
  EXPECT_THAT(pairs(accept({value("table", "param:part"), upload("part")})),
              ElementsAre("max rec=10", "table=param:part", "part@"));
  EXPECT_THAT(pairs(accept({value("table", "param:table"), upload("table")})), ElementsAre("max rec=10", "table@"));
  EXPECT_THAT(pairs(accept({value("UPLOAD", "a,param:x;b,param:y"), upload("y"), upload("x")})),
              ElementsAre("max rec=10", "UPLOAD=a,param:x;b,param:y", "x@", "y@"));
  EXPECT_THAT(refusal(accept({value("table", "param:part")})), HasSubstr("table: refers to param:part"));
  EXPECT_THAT(refusal(accept({upload("tabel")})),
              HasSubstr("tabel: was uploaded, and no parameter refers to it (accepted: table)"));
  EXPECT_THAT(refusal(accept({upload("QUERY")})), HasSubstr("QUERY: was uploaded, and is not taken as a file"));
}

TEST_F(ApplicationAccepting, AnUploadThatNothingSpeaksOfAnyMoreIsDropped) {
  const auto present = accept({value("table", "param:part"), upload("part")});
  EXPECT_THAT(pairs(accept({value("table", "text")}, *present)), ElementsAre("max rec=10", "table=text"));
}

TEST_F(ApplicationAccepting, ADocumentIsAnObjectOfParameters) {
  EXPECT_THAT(pairs(accept_document(R"({"query": "SELECT 1", "max rec": 7, "UPLOAD": []})")),
              ElementsAre("QUERY=SELECT 1", "max rec=7"));
  EXPECT_THAT(pairs(accept_document(R"({"max rec": 7.0, "QUERY": 0.50})")), ElementsAre("QUERY=0.50", "max rec=7"));
  EXPECT_THAT(refusal(accept_document(R"({"max rec": 7.5})")), HasSubstr("'7.5' is not a whole number"));
  EXPECT_THAT(refusal(accept_document(R"({"QUERY": null})")), HasSubstr("/QUERY: is not a value"));
  EXPECT_THAT(refusal(accept_document(R"({"QUERY": {"a": 1}})")), HasSubstr("/QUERY: is not a value"));
  EXPECT_THAT(refusal(accept_document("[1]")), HasSubstr("is not an object"));
  const auto both = acceptor.accept(std::nullopt, {}, {{value("QUERY", "x")}, uws::Document{"application/json", "{}"}});
  EXPECT_THAT(refusal(fakes::parameters_of(both)), HasSubstr("QUERY: is given together with a document"));
}

TEST_F(ApplicationAccepting, WhatIsFetchedIsSubjectToTheAddressPolicy) {
  EXPECT_THAT(refusal(accept({value("UPLOAD", "a,http://127.0.0.1/x")}), ErrorCode::forbidden),
              HasSubstr("UPLOAD: 'http://127.0.0.1/x' is not fetched"));
}

TEST_F(ApplicationAccepting, OnlyWhatIsWholeIsRunnable) {  // U18
  const auto lacking = admission.runnable("tap", *accept({}));
  ASSERT_FALSE(lacking.ok());
  EXPECT_EQ(lacking.error().code, ErrorCode::forbidden);
  EXPECT_THAT(lacking.error().message, HasSubstr("QUERY: is missing"));
  EXPECT_TRUE(admission.runnable("tap", *accept({value("QUERY", "x")})).ok());
  EXPECT_THAT(admission.runnable("gone", {}).error().message, HasSubstr("'gone' is not configured any more"));
}

TEST_F(ApplicationAccepting, MakesTheTaskOfTheApplication) {
  const auto task = admission.task_of("tap", *accept({value("QUERY", "x"), value("table", "a,b")}));
  ASSERT_TRUE(task.ok()) << task.error().message;
  EXPECT_EQ(task->image->to_string(), "docker.io/never/listed:latest");
  EXPECT_THAT(task->args, ElementsAre("x", "10"));
  EXPECT_EQ(task->inputs.at(0).text, "a,b");
}

TEST_F(ApplicationAccepting, OneValueMayBeSaidTwice) {
  EXPECT_THAT(pairs(accept({value("QUERY", "a"), value("query", "a"), value("max rec", "5"), value("MAX REC", "5")})),
              ElementsAre("QUERY=a", "max rec=5"));
}

TEST_F(ApplicationAccepting, ReferencesCompareWithoutCase) {  // U13
  const auto accepted =
      accept({value("table", "PARAM:Part"), value("UPLOAD", "a,param:X"), upload("part"), upload("x")});
  EXPECT_THAT(pairs(accepted), ElementsAre("max rec=10", "table=PARAM:Part", "UPLOAD=a,param:X", "part@", "x@"));
  EXPECT_THAT(pairs(accept({value("table", "param:TABLE"), upload("Table")})), ElementsAre("max rec=10", "table@"));
  EXPECT_THAT(pairs(accept({value("UPLOAD", "a,param:x;b,param:X"), upload("x"), upload("X")})),
              ElementsAre("max rec=10", "UPLOAD=a,param:x;b,param:X", "X@", "x@"));
}

/// The same application, configured as the TAP protocol needs it.
task::Application lenient_tap() {
  task::Application application = tap();
  application.ignore_unknown = true;
  application.empty_is_absent = true;
  application.judge = task::JudgeAt::run;
  application.parameters.back().accumulate = true;
  return application;
}

class LenientApplication : public ApplicationAccepting {
 protected:
  LenientApplication() : ApplicationAccepting(lenient_tap()) {}
};

TEST_F(LenientApplication, WhatIsNotDeclaredIsIgnored) {
  EXPECT_THAT(pairs(accept({value("QUERY", "a"), value("tapclient", "x"), upload("stray")})),
              ElementsAre("QUERY=a", "max rec=10"));
  EXPECT_THAT(pairs(accept_document(R"({"QUERY": "a", "other": 7})")), ElementsAre("QUERY=a", "max rec=10"));
}

TEST_F(LenientApplication, AnEmptyValueIsNone) {
  EXPECT_THAT(pairs(accept({value("QUERY", ""), value("max rec", "")})), ElementsAre("max rec=10"));
  const auto present = accept({value("QUERY", "a"), value("max rec", "5"), value("UPLOAD", "a,http://example.org/a")});
  EXPECT_THAT(pairs(accept({value("max rec", ""), value("UPLOAD", "")}, *present)),
              ElementsAre("QUERY=a", "max rec=10"));
}

TEST_F(LenientApplication, ValuesAreJudgedAtRun) {  // U18
  const auto kept = accept({value("QUERY", "a"), value("max rec", "many"), value("UPLOAD", "nothing")});
  EXPECT_THAT(pairs(kept), ElementsAre("QUERY=a", "max rec=many", "UPLOAD=nothing"));
  const auto refused = admission.runnable("tap", *kept);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
  EXPECT_THAT(refused.error().message, HasSubstr("max rec: 'many' is not a whole number"));
  EXPECT_THAT(refused.error().message, HasSubstr("UPLOAD: "));
  EXPECT_TRUE(admission.runnable("tap", *accept({value("max rec", "7"), value("UPLOAD", "")}, *kept)).ok());
  EXPECT_THAT(refusal(accept({value("QUERY", "\x01")})), HasSubstr("control characters")) << "no job can keep it";
  EXPECT_THAT(refusal(accept({value("QUERY", std::string(1001, 'x'))})), HasSubstr("1001 bytes"));
  EXPECT_THAT(refusal(accept({value("QUERY", "a"), value("QUERY", "b")})), HasSubstr("is given 2 times"));
}

TEST_F(LenientApplication, UploadsAccumulateByTheNameOfTheirFile) {
  const auto first = accept({value("UPLOAD", "a,param:x;b,http://example.org/b"), upload("x")});
  const auto second = accept({value("upload", "c,param:y"), upload("y")}, *first);
  EXPECT_THAT(pairs(second),
              ElementsAre("max rec=10", "UPLOAD=a,param:x;b,http://example.org/b", "UPLOAD=c,param:y", "x@", "y@"));
  const auto third = accept({value("UPLOAD", "a,param:z"), upload("z")}, *second);
  EXPECT_THAT(pairs(third), ElementsAre("max rec=10", "UPLOAD=b,http://example.org/b", "UPLOAD=c,param:y",
                                        "UPLOAD=a,param:z", "y@", "z@"))
      << "the former a is replaced";
  EXPECT_THAT(refusal(accept({value("UPLOAD", "d,param:y"), upload("y")}, *second)),
              HasSubstr("UPLOAD: the part 'y' is what a former value refers to"));
}

}  // namespace
}  // namespace executor

#include <set>

#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using util::ErrorCode;
using uws::Phase;

class JobCreation : public JobTest {};
FOR_BOTH_DATABASES(JobCreation);

TEST_P(JobCreation, ANewJobIsPendingAndHasAllThatWasGiven) {  // U10
  const store::BlobId uploaded = blob();
  uws::Creation creation{.owner = alice, .run_id = "run α", .execution_duration = 90s, .given = {}};
  creation.destruction = util::now() + 2h;
  creation.given.parameters = {value_of("image", "hello-world"), value_of("ARG", "a"), value_of("ARG", ""),
                               upload_of("IN", uploaded)};
  const uws::Job made = create(creation).value();
  const uws::Job job = get(made.id).value();
  EXPECT_EQ(job.id, made.id);
  EXPECT_EQ(job.owner, alice);
  EXPECT_EQ(job.run_id, "run α");
  EXPECT_EQ(job.phase, Phase::pending);
  EXPECT_EQ(job.execution_duration, 90s);
  EXPECT_EQ(job.destruction, creation.destruction);
  EXPECT_LE(util::now() - job.creation_time, test_timeout);
  EXPECT_FALSE(job.start_time || job.end_time || job.error);
  EXPECT_TRUE(job.info.is_object());
  EXPECT_EQ(job.version, made.version);
  ASSERT_THAT(job.parameters, SizeIs(4));
  EXPECT_EQ(job.parameters[0].name, "IMAGE");
  EXPECT_EQ(job.parameters[1].value, "a");
  EXPECT_EQ(job.parameters[2].value, "");
  EXPECT_TRUE(job.parameters[3].by_reference);
  EXPECT_EQ(job.parameters[3].blob, uploaded);
  EXPECT_EQ(job.parameters[3].media_type, "application/fits");
  EXPECT_EQ(job.parameters[3].size_bytes, 5U);
  EXPECT_THAT(job.results, IsEmpty());
  EXPECT_TRUE(refers_to(uploaded));
  EXPECT_TRUE(has(uploaded));
  EXPECT_THAT(runs_.queued(), IsEmpty());
  EXPECT_EQ(runs_.checks(), 0);
}

TEST_P(JobCreation, WordsAreKeptWhateverTheyAreMadeOf) {
  const std::vector<std::string> words{"",     "NULL",          "null", "{}", "a,b", "\"",    "\\",
                                       "\\\"", "{\"a\",\"b\"}", " a ",  "'",  "α",   "a\nb\t"};
  for (const std::string& word : words) {
    uws::Creation creation{.owner = uws::Owner("o" + word), .run_id = "r" + word, .given = {}};
    for (const std::string& value : words) creation.given.parameters.push_back(value_of("ARG", value + word));
    const uws::Job made = create(creation).value();
    const uws::Job job = find(made.id).value();
    EXPECT_EQ(job.owner, "o" + word);
    EXPECT_EQ(job.run_id, "r" + word);
    ASSERT_THAT(job.parameters, SizeIs(words.size()));
    for (std::size_t i = 0; i < words.size(); ++i) EXPECT_EQ(job.parameters[i].value, words[i] + word);
  }
}

TEST_P(JobCreation, ManyLargeOnesAtOnceAreWhole) {
  const std::string large(300'000, 'x');
  std::vector<Answer<uws::Job>> answers(60);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    uws::Creation creation{.owner = alice, .given = {}};
    creation.given.parameters = {value_of("ARG", large + std::to_string(i)), value_of("ARG", "")};
    service().create(std::move(creation), answers[i].done());
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const uws::Job job = get(answers[i].get()->id).value();
    ASSERT_THAT(job.parameters, SizeIs(2));
    EXPECT_TRUE(job.parameters[0].value == large + std::to_string(i)) << i;
  }
}

TEST_P(JobCreation, EveryNumberOfParametersIsKeptInOrder) {
  for (int count = 20; count >= 0; --count) {
    uws::Creation creation{.owner = alice, .given = {}};
    for (int i = 0; i < count; ++i) creation.given.parameters.push_back(value_of("ARG", std::to_string(i)));
    const uws::Job job = get(create(creation)->id).value();
    ASSERT_THAT(job.parameters, SizeIs(count));
    for (int i = 0; i < count; ++i) EXPECT_EQ(job.parameters[i].value, std::to_string(i));
  }
}

TEST_P(JobCreation, WithRunIsQueuedAtOnce) {  // U10
  const uws::Job job = create({.owner = alice, .given = {{value_of("A", "1")}, {}}, .run = true}).value();
  EXPECT_EQ(job.phase, Phase::queued);
  EXPECT_EQ(phase(job.id), Phase::queued);
  EXPECT_EQ(runs_.checks(), 1);
  EXPECT_THAT(runs_.queued(), ElementsAre(job.id));
  EXPECT_THAT(queue(), ElementsAre(job.id));
}

TEST_P(JobCreation, WithRunTellsWhatReadingTheJobWould) {
  const std::vector<uws::Parameter> given{value_of("A", "1"), value_of("A", "2")};
  const uws::JobId id = create({.owner = alice, .given = {given, {}}, .run = true})->id;
  const auto read = database()
                        .read_now([&](store::Session& session) -> util::Result<std::vector<uws::QueuedJob>> {
                          return service().claims().read_queued(session, {id});
                        })
                        .value();
  ASSERT_EQ(read.size(), 1U);
  const uws::QueuedJob told = runs_.new_job().value();
  EXPECT_EQ(told.place, read[0].place);
  EXPECT_EQ(told.list, read[0].list);
  EXPECT_EQ(told.owner, read[0].owner);
  EXPECT_EQ(told.execution_duration, read[0].execution_duration);
  ASSERT_EQ(told.parameters.size(), read[0].parameters.size());
  for (std::size_t i = 0; i < told.parameters.size(); ++i) {
    EXPECT_EQ(told.parameters[i].name, read[0].parameters[i].name);
    EXPECT_EQ(told.parameters[i].value, read[0].parameters[i].value);
    EXPECT_EQ(told.parameters[i].by_reference, read[0].parameters[i].by_reference);
  }
}

TEST_P(JobCreation, ThatIsRefusedLeavesNothing) {  // U14, U18
  service().start();
  const auto left = [this] { return list({.caller = alice}).value().size(); };
  const auto create_with = [&](uws::Creation creation) {
    const store::BlobId uploaded = blob();
    creation.owner = alice;
    creation.given.parameters.push_back(upload_of("IN", uploaded));
    const auto refused = create(creation);
    EXPECT_FALSE(refused.ok());
    EXPECT_TRUE(eventually([&] { return !has(uploaded); }));
    EXPECT_FALSE(refers_to(uploaded));
    return refused.ok() ? ErrorCode::internal : refused.error().code;
  };
  acceptor_.refuse("BAD", ErrorCode::invalid_argument);
  EXPECT_EQ(create_with({.given = {{value_of("BAD", "")}, {}}}), ErrorCode::invalid_argument);
  EXPECT_EQ(create_with({.given = {{value_of("A", "\x01")}, {}}}), ErrorCode::invalid_argument);
  EXPECT_EQ(create_with({.execution_duration = -1s}), ErrorCode::invalid_argument);
  EXPECT_EQ(create_with({.destruction = util::now() - 1h}), ErrorCode::invalid_argument);
  EXPECT_EQ(create_with({.run_id = "\x01"}), ErrorCode::invalid_argument);
  runs_.refuse(util::Error::of(ErrorCode::forbidden, "IMAGE is missing"));
  EXPECT_EQ(create_with({.run = true}), ErrorCode::forbidden);
  EXPECT_EQ(left(), 0U);
}

TEST_P(JobCreation, KeepsTheUploadsThatItTook) {
  service().start();
  const store::BlobId first = blob();
  const store::BlobId second = blob();
  const uws::Job job = create({.owner = alice, .given = {{upload_of("A", first), upload_of("A", second)}, {}}}).value();
  EXPECT_THAT(job.parameters, SizeIs(2));
  const store::BlobId refused = blob();
  acceptor_.refuse("BAD", ErrorCode::invalid_argument);
  EXPECT_FALSE(create({.owner = alice, .given = {{upload_of("BAD", refused)}, {}}}).ok());
  ASSERT_TRUE(eventually([&] { return !has(refused); }));
  EXPECT_TRUE(has(first) && has(second));
}

TEST_P(JobCreation, BeyondAQuotaIsTooMany) {
  options().max_unended_jobs_per_owner = 2;
  options().max_jobs_per_owner = 3;
  restart();
  const uws::Job first = pending();
  pending();
  const auto third = create({.owner = alice});
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.error().code, ErrorCode::too_many);
  EXPECT_THAT(third.error().message, HasSubstr("2"));
  EXPECT_TRUE(create({.owner = bob}).ok());

  ASSERT_TRUE(abort(first.id).ok());
  pending();
  ASSERT_TRUE(abort(list({.caller = alice}).value().at(0).id).ok());
  const auto fourth = create({.owner = alice});
  ASSERT_FALSE(fourth.ok());
  EXPECT_EQ(fourth.error().code, ErrorCode::too_many);
  EXPECT_THAT(fourth.error().message, HasSubstr("3"));
  ASSERT_TRUE(destroy(first.id).ok());
  EXPECT_TRUE(create({.owner = alice}).ok());
}

TEST_P(JobCreation, WhoIsFarBelowHisQuotaIsCountedNowAndThenOnly) {
  options().max_unended_jobs_per_owner = 400;
  restart();
  pending();
  database()
      .write_now([&](store::Transaction& transaction) -> util::Result<bool> {
        for (int i = 0; i < 399; ++i) {
          uws::JobRow row;
          row.job.id = "another" + std::to_string(i);
          row.job.owner = alice;
          insert_row(transaction, row);
        }
        return true;
      })
      .value();
  // The jobs that were inserted behind the service's back are noticed only when it counts again, after 100 jobs.
  for (int i = 1; i < 100; ++i) EXPECT_TRUE(create({.owner = alice}).ok()) << i;
  EXPECT_EQ(create({.owner = alice}).error().code, ErrorCode::too_many);
}

TEST_P(JobCreation, BelongsToItsOwner) {  // U60, U65
  const uws::Job job = pending(alice);
  for (const uws::Owner& other : {bob, nobody}) {
    EXPECT_EQ(get(job.id, other).error().code, ErrorCode::forbidden);
    EXPECT_EQ(run(job.id, other).error().code, ErrorCode::forbidden);
    EXPECT_EQ(abort(job.id, other).error().code, ErrorCode::forbidden);
    EXPECT_EQ(destroy(job.id, other).error().code, ErrorCode::forbidden);
    EXPECT_EQ(set_parameters(job.id, {}, other).error().code, ErrorCode::forbidden);
  }
  EXPECT_EQ(phase(job.id), Phase::pending);
  const uws::Job anonymous = pending(nobody);
  EXPECT_EQ(get(anonymous.id, nobody).value().owner, std::nullopt);
  EXPECT_TRUE(get(anonymous.id, bob).ok());
}

TEST_P(JobCreation, WhatIsNotThereIsNotFound) {
  for (const std::string& id : {std::string("nosuchjob"), std::string(), std::string("' OR 1=1 --")}) {
    EXPECT_EQ(get(id).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(id).error().code, ErrorCode::not_found);
    EXPECT_EQ(abort(id).error().code, ErrorCode::not_found);
    EXPECT_EQ(destroy(id).error().code, ErrorCode::not_found);
  }
}

TEST_P(JobCreation, SurvivesARestart) {
  const uws::Job job = create({.owner = alice, .given = {{value_of("A", "1")}, {}}, .run = true}).value();
  restart();
  EXPECT_EQ(phase(job.id), Phase::queued);
  EXPECT_EQ(get(job.id)->parameters.at(0).value, "1");
  EXPECT_THAT(queue(), ElementsAre(job.id));
}

}  // namespace

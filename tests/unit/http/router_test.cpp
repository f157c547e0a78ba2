#include "http/router.h"

#include <stdexcept>

#include <gmock/gmock.h>

namespace http {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    add(Method::get, "/jobs");
    add(Method::post, "/jobs");
    add(Method::get, "/jobs/{id}");
    add(Method::delete_, "/jobs/{job}");
    add(Method::get, "/jobs/{id}/results/{result}");
    add(Method::get, "/jobs/special");
    add(Method::get, "/jobs/special/only");
  }
  void add(Method method, const char* pattern) {
    router.add(method, pattern, {.handler = [](const auto&, const Reply&) {}});
  }
  Router router;
};

TEST_F(RouterTest, BracesTakeOneSegment) {
  const auto match = router.match(Method::get, {"jobs", "a/b", "results", "out"});
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.values.at("id"), "a/b");
  EXPECT_EQ(match.values.at("result"), "out");
}

TEST_F(RouterTest, ALiteralWinsOverBracesAndGivesBackWhatItCannotEnd) {
  EXPECT_THAT(router.match(Method::get, {"jobs", "special"}).values, IsEmpty());
  EXPECT_EQ(router.match(Method::get, {"jobs", "special", "results", "x"}).values.at("id"), "special");
}

TEST_F(RouterTest, NamesMayDifferByMethod) {
  EXPECT_EQ(router.match(Method::delete_, {"jobs", "7"}).values.at("job"), "7");
}

TEST_F(RouterTest, HeadIsGet) { EXPECT_NE(router.match(Method::head, {"jobs"}).route, nullptr); }

TEST_F(RouterTest, AnotherMethodGetsWhatIsAllowed) {
  const auto match = router.match(Method::put, {"jobs"});
  EXPECT_EQ(match.route, nullptr);
  EXPECT_THAT(match.allowed, UnorderedElementsAre(Method::get, Method::head, Method::post, Method::options));
}

TEST_F(RouterTest, UnknownPathsMatchNothing) {
  for (const std::vector<std::string>& path : std::vector<std::vector<std::string>>{{},
                                                                                    {"job"},
                                                                                    {"jobs", ""},
                                                                                    {"", "jobs"},
                                                                                    {"jobs", "1", "x"},
                                                                                    {"jobs", "1", "results"},
                                                                                    {"jobs", "", "results", "x"}}) {
    const auto match = router.match(Method::get, path);
    EXPECT_EQ(match.route, nullptr);
    EXPECT_THAT(match.allowed, IsEmpty());
  }
}

TEST_F(RouterTest, TheSameRouteTwiceIsAProgrammersError) { EXPECT_THROW(add(Method::get, "/jobs/"), std::logic_error); }

}  // namespace
}  // namespace http

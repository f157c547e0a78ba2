#include "util/result.h"

#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace util {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error::of(ErrorCode::invalid_argument, Fault{"number", "is odd", "an even number"});
  return number / 2;
}

Result<int> quarter(int number) {
  ASSIGN_OR_RETURN(const int once, half(number));
  ASSIGN_OR_RETURN(const int twice, half(once));
  return twice;
}

Status even(int number) {
  RETURN_IF_ERROR(half(number));
  return {};
}

TEST(Result, HoldsAValue) {
  const Result<int> result = half(8);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 4);
}

TEST(Result, HoldsAnErrorWithItsFault) {
  const Result<int> result = half(3);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(result.error().message, "number: is odd (accepted: an even number)");
  ASSERT_EQ(result.error().faults.size(), 1U);
  EXPECT_EQ(result.error().faults[0].input, "number");
}

TEST(Result, TheFirstErrorLeavesTheFunction) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_FALSE(quarter(6).ok());
  EXPECT_TRUE(even(2).ok());
  EXPECT_EQ(even(1).error().code, ErrorCode::invalid_argument);
}

TEST(Result, CarriesWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, TheMessageNamesEveryFault) {
  const Error error = Error::of(ErrorCode::forbidden, {{"A", "is bad", ""}, {"", "nothing given", "something"}});
  EXPECT_EQ(error.message, "A: is bad\nnothing given (accepted: something)");
}

TEST(Result, BusySaysWhenToComeBack) {
  const Error error = Error::busy("the queue is full", std::chrono::seconds(5));
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_EQ(error.retry_after, std::chrono::seconds(5));
}

TEST(Result, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    names.insert(to_string(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::internal) + 1);
}

}  // namespace
}  // namespace util

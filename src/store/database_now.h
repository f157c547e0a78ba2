// Defines Database::read_now() and write_now(), which wait for the result. Only store/database.h includes this file.
#pragma once

#include <future>

#include "store/database.h"

namespace store {

template <typename Work>
auto Database::read_now(Work work) -> decltype(work(std::declval<Session&>())) {
  using Answer = decltype(work(std::declval<Session&>()));
  auto promise = std::make_shared<std::promise<Answer>>();
  auto future = promise->get_future();
  read(std::move(work), [promise](Answer answer) { promise->set_value(std::move(answer)); });
  return future.get();
}

template <typename Work>
auto Database::write_now(Work work) -> decltype(work(std::declval<Transaction&>())) {
  using Answer = decltype(work(std::declval<Transaction&>()));
  auto promise = std::make_shared<std::promise<Answer>>();
  auto future = promise->get_future();
  write(std::move(work), [promise](Answer answer) { promise->set_value(std::move(answer)); });
  return future.get();
}

}  // namespace store

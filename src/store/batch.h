// What several transactions have in common when they share a commit: rows that each hands over, and that all of them
// add by one statement. On PostgreSQL each statement is a way there and back, and a plan to be started.
//
// Used within a write's work, on its thread.
#pragma once

#include <memory>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>

#include "store/database.h"

namespace store {

/// Of one commit.
class Batch {
 public:
  virtual ~Batch() = default;
  /// After the works of all transactions in the commit, and before it; what it throws fails them all, and each is then
  /// run again alone.
  virtual void write(Session& session) = 0;
};

/// Of one connection: the batches of the commit that is in the making.
class Batches {
 public:
  explicit Batches(soci::session& /*sql*/) {}

  template <typename T>
  T& of() {
    std::unique_ptr<Batch>& slot = batches_[std::type_index(typeid(T))];
    if (!slot) slot = std::make_unique<T>();
    return static_cast<T&>(*slot);
  }
  void write(Session& session) {
    for (const auto& [type, batch] : batches_) batch->write(session);
    batches_.clear();
  }
  void clear() { batches_.clear(); }

 private:
  std::unordered_map<std::type_index, std::unique_ptr<Batch>> batches_;
};

/// The T, made by T(), of the commit that this transaction will be in.
template <typename T>
T& batch(Transaction& transaction) {
  return transaction.session().local<Batches>().of<T>();
}

}  // namespace store

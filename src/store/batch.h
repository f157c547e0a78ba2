// Collects the rows of several transactions that share a commit, so that one statement inserts them all. On PostgreSQL
// each statement costs a round trip and the start of a plan.
//
// Used within the work of a write, on the writer's thread. Owned by the connection.
#pragma once

#include <memory>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>

#include "store/database.h"

namespace store {

/// The rows of one kind for one commit.
class Batch {
 public:
  virtual ~Batch() = default;
  /// Called after the works of all transactions that share the commit, and before the commit. If it throws, the commit
  /// fails; transactions that shared it are then run again one by one.
  virtual void write(Session& session) = 0;
};

/// The batches of one connection for the commit that it prepares.
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

/// The batch of type T for the commit that will contain this transaction. It is made by T() when it is first used.
template <typename T>
T& batch(Transaction& transaction) {
  return transaction.session().local<Batches>().of<T>();
}

}  // namespace store

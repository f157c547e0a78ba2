// The ledger: which capacity of the engines is held, and when. Concurrent calls never hold more than there is.
//
// A hold keeps cores, memory and a slot of one engine from one instant to another, or until it is ended. try_hold()
// runs in the caller's transaction, under a lock for the engine, so that a hold is committed together with the run that
// it is for. set_capacity() sets the capacity of an engine at start-up; when a capacity shrinks, existing holds stay.
// Any thread may call; calls block on the database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"
#include "util/result.h"
#include "util/time.h"

namespace ledger {

struct Amount {
  std::int64_t millicores = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t slots = 1;

  bool fits(const Amount& capacity) const {
    return millicores <= capacity.millicores && memory_bytes <= capacity.memory_bytes && slots <= capacity.slots;
  }
  /// For use as a key of maps; the order has no meaning.
  auto operator<=>(const Amount&) const = default;
};

struct Hold {
  std::string id;      // chosen by the caller: the name of the run
  std::string engine;  // the configured name of the engine
  Amount amount;
  util::Instant from;
  std::optional<util::Instant> to;  // open-ended when absent
};

/// The migrations of this room's tables.
std::vector<store::Migration> migrations();

void set_capacity(store::Transaction& transaction, const std::string& engine, const Amount& capacity);

/// True: the capacity is held. False: at some time within the hold not enough is free. A hold that exists already is
/// not made twice. `not_found`: the engine has no capacity set. `conflict`: the id exists with another engine or
/// amount. `invalid_argument`: the amount is negative, or the hold ends before it begins.
util::Result<bool> try_hold(store::Transaction& transaction, const Hold& hold);

/// Ends the hold now. It is no error if the hold does not exist.
void end_hold(store::Transaction& transaction, const std::string& id);

/// The capacity that is free on the engine during all of [from, to), and at least 0. `not_found`: the engine has no
/// capacity set.
util::Result<Amount> free(store::Session& session, const std::string& engine, util::Instant from,
                          std::optional<util::Instant> to);

std::vector<Hold> holds(store::Session& session, const std::string& engine);

}  // namespace ledger

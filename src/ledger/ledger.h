// The ledger: capacity held on engines over time. Free capacity is never negative, whatever the interleaving.
//
// A hold keeps cores, memory and a slot on one engine from an instant until another (or until it is ended). try_hold()
// runs in the caller's transaction, under a lock named by the engine, so a hold is committed together with what it is
// for. Capacities are told by the engines at start-up (set_capacity); what is held stays held when capacity shrinks.
// Any thread.
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
  /// For maps: says nothing about which is larger.
  auto operator<=>(const Amount&) const = default;
};

struct Hold {
  std::string id;      // given by whom it is for: a run's name
  std::string engine;  // the configured name of the engine
  Amount amount;
  util::Instant from;
  std::optional<util::Instant> to;  // open-ended when absent
};

/// store::Migration of this room.
std::vector<store::Migration> migrations();

void set_capacity(store::Transaction& transaction, const std::string& engine, const Amount& capacity);

/// True: held. False: not enough is free at some time within the hold. The same id twice is held once.
/// `not_found` when the engine has no capacity set.
util::Result<bool> try_hold(store::Transaction& transaction, const Hold& hold);

/// Ends the hold now; absent is fine.
void end_hold(store::Transaction& transaction, const std::string& id);

/// The least that is free on the engine at any time in [from, to).
util::Result<Amount> free(store::Session& session, const std::string& engine, util::Instant from,
                          std::optional<util::Instant> to);

std::vector<Hold> holds(store::Session& session, const std::string& engine);

}  // namespace ledger

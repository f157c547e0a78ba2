// The ledger: which resources of the engines are held, and when. Concurrent calls never hold more than there is.
//
// A hold keeps resources of one engine from one instant to another, or until it is ended. The functions that change
// holds run in the caller's transaction, under a lock for the engine, so that a hold is committed together with what it
// is for: a run, an offer, or a booking. set_capacity() sets what an engine has; when that shrinks, existing holds
// stay. Any thread may call; calls block on the database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/resources.h"
#include "store/database.h"
#include "util/result.h"
#include "util/time.h"

namespace ledger {

struct Hold {
  std::string id;      // chosen by the caller: the name of the run
  std::string engine;  // the configured name of the engine
  Resources resources;
  util::Instant from;
  std::optional<util::Instant> to;  // open-ended when absent
  /// What happens at `to`. False: the resources are still held until end_hold(), because a run may take longer than was
  /// expected. True: the hold ends by itself, as that of an offer does.
  bool expires = false;

  /// When it ends, as far as is known at `now`. A hold that does not expire is expected to last another minute.
  std::optional<util::Instant> ends(util::Instant now) const;
};

/// The migrations of this room's tables.
std::vector<store::Migration> migrations();

void set_capacity(store::Transaction& transaction, const std::string& engine, const Resources& capacity);

/// True: the resources are held. False: at some time within the hold not enough is free. A hold that exists already is
/// not made twice. `not_found`: the engine has no capacity set. `conflict`: the id exists with something else in it.
/// `invalid_argument`: an amount is negative, or the hold ends before it begins.
util::Result<bool> try_hold(store::Transaction& transaction, const Hold& hold, util::Instant now);

/// Moves the end of a hold. True: it is moved. False: not enough is free until then, and the end stays as it is.
/// `not_found`: there is no such hold.
util::Result<bool> extend(store::Transaction& transaction, const std::string& id, std::optional<util::Instant> to,
                          util::Instant now);

/// Sets the expected end of a hold, although not enough may be free until then: what runs, runs. It is no error if the
/// hold does not exist.
void expect_end(store::Transaction& transaction, const std::string& id, std::optional<util::Instant> to);

/// Passes what one hold keeps on to another id: from an offer to its booking, from a booking to its run. Nothing is
/// free in between. `expires`: as in Hold, from now on. False: there is no such hold.
bool transfer(store::Transaction& transaction, const std::string& id, const std::string& to_id, bool expires);

/// Ends the hold now. It is no error if the hold does not exist.
void end_hold(store::Transaction& transaction, const std::string& id);

/// What is free on the engine during all of [from, to), and at least 0. `not_found`: the engine has no capacity set.
util::Result<Resources> free(store::Session& session, const std::string& engine, util::Instant from,
                             std::optional<util::Instant> to, util::Instant now);

std::vector<Hold> holds(store::Session& session, const std::string& engine);

}  // namespace ledger

// Arithmetic of holds: what they take together at the worst moment. Internal to the room.
#pragma once

#include <vector>

#include "ledger/ledger.h"

namespace ledger {

/// The most of each amount that is held at any instant of [from, to), each taken by itself.
Amount most_held(const std::vector<Hold>& holds, util::Instant from, std::optional<util::Instant> to);

}  // namespace ledger

// Computes how much several holds take together. Internal to the room; any thread may call.
#pragma once

#include <vector>

#include "ledger/ledger.h"

namespace ledger {

/// The maximum of cores, memory and slots that are held at any instant of [from, to). The three maxima may be at
/// different instants.
Amount most_held(const std::vector<Hold>& holds, util::Instant from, std::optional<util::Instant> to);

}  // namespace ledger

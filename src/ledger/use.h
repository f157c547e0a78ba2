// Computes how much several holds take together. Internal to the room; any thread may call.
#pragma once

#include <vector>

#include "ledger/ledger.h"

namespace ledger {

/// The maximum of each resource that is held at any instant of [from, to), as far as is known at `now`. The maxima may
/// be at different instants.
Resources most_held(const std::vector<Hold>& holds, util::Instant from, std::optional<util::Instant> to,
                    util::Instant now);

}  // namespace ledger

// Starts the parameters of a model from a seed.
#pragma once

#include "runtime/bundle/Bundle.h"

#include <cstdint>
#include <span>

namespace samba {

class Player;

/// Elements [first, first + values.size()) of parameter number `index`. With u uniform in [0, 1) and z
/// normal, both from Philox at (seed, index, element), in double:
///   constant v           v
///   normal s             s z
///   uniform b            b (2 u - 1)
///   log_range            log(j + 1), j the index along the last dimension
///   inverse_softplus_log_uniform(low, high, floor)
///                        softplus^-1(dt) = dt + log(-expm1(-dt)), dt = max(floor, low (high / low)^u)
void initialize(const Parameter &parameter, uint64_t seed, uint32_t index, int64_t first,
                std::span<float> values);

/// Initializes every parameter of the player's bundle.
void initializeParameters(Player &player, uint64_t seed);

} // namespace samba

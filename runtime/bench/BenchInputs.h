// Inputs that keep an entry as busy as real ones do.
#pragma once

#include <cstdint>
#include <string>

namespace samba {

class Player;

/// Fills the inputs of an entry: random tokens and targets of the whole vocabulary, standard normal numbers,
/// the usual rules of sampling, and for `update` the settings of an ordinary step with a learning rate small
/// enough to leave the parameters as they are. Integers of 64 bits are positions, all the same one.
void fillBenchInputs(Player &player, const std::string &entry, int64_t position = 0);

} // namespace samba

// Inputs that keep an entry as busy as real ones do.
#pragma once

#include <string>

namespace samba {

class Player;

/// Fills the inputs of an entry: random tokens and targets of the whole vocabulary, standard normal numbers,
/// the usual rules of sampling, and for `update` the settings of an ordinary step with a learning rate small
/// enough to leave the parameters as they are.
void fillBenchInputs(Player &player, const std::string &entry);

} // namespace samba

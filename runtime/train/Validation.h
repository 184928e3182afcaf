// The mean loss over held-out sequences, each read from the zero state in chunks.
#pragma once

#include "runtime/train/BatchSource.h"

namespace samba {

class Player;

/// Plays entry `eval` and returns the mean negative log likelihood (nats) over all targets of `source`: batch
/// sequences side by side, seq tokens at a time, in constant memory whatever the length. exp of it is the
/// perplexity at context source.length(). Leaves the state zeroed. Throws Error when the length is beyond the
/// model's max_context.
double validationLoss(Player &player, SequenceSource &source);

} // namespace samba

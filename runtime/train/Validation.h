// The mean loss over held-out sequences, each read from the zero state in chunks.
#pragma once

#include "runtime/train/BatchSource.h"

namespace samba {

class Player;
struct Bundle;

/// Whether whole chunks of entry `eval`, as many as `length` targets take, fit in the model's max_context.
bool playsContext(const Bundle &bundle, int64_t length);

/// Throws Error if entry `eval` cannot play sequences of `length` targets: whole chunks of it have to fit in
/// the model's max_context.
void checkContext(const Player &player, int64_t length);

/// Plays entry `eval` and returns the mean negative log likelihood (nats) over all targets of `source`: batch
/// sequences side by side, seq tokens at a time, in constant memory whatever the length. exp of it is the
/// perplexity at context source.length(). Leaves the state zeroed. Throws Error as checkContext does.
double validationLoss(Player &player, SequenceSource &source);

} // namespace samba

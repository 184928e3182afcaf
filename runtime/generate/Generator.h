// Continues a text: reads the prompt, then writes one token after another.
#pragma once

#include "runtime/generate/Sampler.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace samba {

class Player;

struct GenerateReport {
  int64_t promptTokens = 0, newTokens = 0;
  double promptSeconds = 0, newSeconds = 0;
  std::string stopped; ///< one sentence when the model, not the caller, ended the text; otherwise empty
};

/// Plays the prompt from the zero state (entry `prefill` for whole chunks if the bundle has it, entry
/// `decode` for the rest), then samples up to `maxTokens` tokens (0: without end) and hands each to `take`,
/// which returns false to stop. Where `decode` samples itself, the device goes on with what it drew while the
/// token travels; a repeat penalty is known to the host only. Memory does not grow with the length; a model
/// with a max_context stops there and says so. All rows of a bundle compiled for several sequences play the
/// same prompt, and the first is handed on. Throws samba::Error if the prompt is empty or longer than
/// max_context, or has an id outside the vocabulary.
GenerateReport generate(Player &player, std::span<const int32_t> prompt, const SamplerSettings &sampling,
                        int64_t maxTokens, const std::function<bool(int32_t)> &take);

} // namespace samba

// Choosing the next token from the logits, by the rules and in the order of llama.cpp.
//
//   1  repeat penalty   the logit of every token among the last `repeatLastN`: divided by the penalty if
//                       positive, multiplied by it otherwise; 1: off
//      temperature 0    the largest logit wins (the smallest id of equals), rules 2 to 6 are not asked
//   2  top-k            the k largest logits stay; 0: off
//   3  top-p            of the softmax of what stays, the most probable stay until their sum reaches p; 1:
//   off 4  min-p            what has at least minP times the probability of the most probable stays; 0: off
//   5  temperature      logits are divided by it
//   6  draw             from the softmax, by one uniform number of Philox (seed, position in the text)
//
// The most probable token always stays, equal logits stay or go together and are drawn in the order of their
// ids, so a seed fixes the text. Rules 2 to 6 are those of the core op samba.sample, which draws on the
// device.
#pragma once

#include "runtime/init/Philox.h"

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace samba {

/// llama.cpp's names and defaults.
struct SamplerSettings {
  double temperature = 0.8;
  int64_t topK = 40;
  double topP = 0.95;
  double minP = 0.05;
  double repeatPenalty = 1.0;
  int64_t repeatLastN = 64;
  uint64_t seed = 0;

  /// Whether earlier tokens change what may be drawn.
  bool looksBack() const { return repeatPenalty != 1 && repeatLastN > 0; }
  /// Throws samba::Error naming the first setting outside its range.
  void check() const;
};

class Sampler {
public:
  struct Candidate {
    int32_t id;
    double logit, probability;
  };

  explicit Sampler(const SamplerSettings &settings);

  /// Remembers a token of the prompt or of the output for the repeat penalty; the last `repeatLastN` are
  /// kept.
  void accept(int32_t token);

  /// What may be drawn now, the most probable first; the probabilities add up to 1. `logits` has one value
  /// per id of the vocabulary. Throws samba::Error naming the first logit that is not finite.
  std::vector<Candidate> candidates(std::span<const float> logits) const;

  /// Draws the token after that at `position`.
  int32_t sample(std::span<const float> logits, int64_t position) const;

private:
  SamplerSettings settings;
  Philox random;
  std::deque<int32_t> recent;
};

} // namespace samba

// What the layers of a model do with a text: how widely attention looks, how evenly a recurrence takes its
// tokens.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace samba {

class Player;

/// One quantity of one layer (Ren et al. 2024, Figure 5 and appendix C), in nats, the mean over all texts.
///
/// attention_entropy: -(1 / (l h)) sum over heads, the last l positions j and all k of A_jk log A_jk.
/// selection_entropy: with the step sizes normalised over time, D'_ij = D_ij / sum_i D_ij, the mean over
/// channels j of -sum_i D'_ij log D'_ij.
struct LayerEntropy {
  std::string layer, quantity;
  double entropy = 0;
};

/// Adds up texts, one by one.
class EntropyProbe {
public:
  /// The player's bundle has entry `probe`; the last `generated` positions of a text count for attention.
  /// Throws samba::Error if the entry has fewer positions.
  EntropyProbe(Player &player, int64_t generated);

  /// Plays one text of as many tokens as the entry takes.
  void add(std::span<const int32_t> text);
  /// In the order of the stack.
  std::vector<LayerEntropy> result() const;
  int64_t texts() const { return count; }

private:
  Player &player;
  int64_t generated, count = 0;
  std::vector<LayerEntropy> sums;
};

} // namespace samba

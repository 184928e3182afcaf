// Training batches: the windows of a text in an order that is random and yet a pure function of its index.
//
// An epoch cuts the text into windows of `seq` tokens and visits each of them once. The order is a
// permutation computed from the seed (a Feistel network, no table), and where the first window begins differs
// from epoch to epoch, so that a token is not always at the same place of its window.
#pragma once

#include "runtime/data/TokenStream.h"
#include "runtime/train/BatchSource.h"

namespace samba {

class ShuffledBatches : public BatchSource {
public:
  /// `text` must outlive this. `identity` says which data it is. Throws samba::Error if the text is shorter
  /// than one window, seq + 1 tokens.
  ShuffledBatches(const TokenStream &text, int64_t seq, uint64_t seed, std::string identity);

  void fill(int64_t index, std::span<int32_t> tokens, std::span<int32_t> targets) override;
  void fillDocuments(int64_t index, std::span<int32_t> documents) override;
  std::string identity() const override { return name; }

  /// Windows of an epoch.
  int64_t windows() const { return perEpoch; }
  /// Position in the text of the window that stands at `place`, counted from 0 over all epochs.
  int64_t windowStart(int64_t place) const;

private:
  const TokenStream &text;
  int64_t seq, perEpoch;
  uint64_t seed;
  std::string name;
};

/// Where `index` of [0, size) goes in the permutation number `which` of `seed`.
uint64_t permuted(uint64_t index, uint64_t size, uint64_t seed, uint32_t which);

} // namespace samba

// The permutation, and reading a window.
#include "runtime/data/ShuffledBatches.h"

#include "runtime/Error.h"
#include "runtime/init/Philox.h"

#include <algorithm>
#include <bit>

using namespace samba;

uint64_t samba::permuted(uint64_t index, uint64_t size, uint64_t seed, uint32_t which) {
  // Four rounds on two halves of `bits` bits permute [0, 4^bits); walking on while outside [0, size) permutes
  // [0, size). 4^bits < 4 size, so four walks are enough on average.
  int bits = (std::bit_width(size - 1) + 1) / 2;
  uint64_t mask = (uint64_t(1) << bits) - 1;
  Philox random(seed, Purpose::Data, which);
  do {
    uint64_t left = index >> bits, right = index & mask;
    for (uint64_t round = 0; round < 4; ++round) {
      Philox::Block block = random.block(round << 32 | right);
      uint64_t next = left ^ (block[0] & mask);
      left = right;
      right = next;
    }
    index = left << bits | right;
  } while (index >= size);
  return index;
}

ShuffledBatches::ShuffledBatches(const TokenStream &text, int64_t seq, uint64_t seed, std::string identity)
    : text(text), seq(seq), seed(seed), name(std::move(identity)) {
  int64_t whole = (text.size() - 1) / seq; // a window reads seq + 1 tokens, the last also begins the next
  if (whole < 1)
    throw Error("the training text has ", text.size(), " tokens: expected at least ", seq + 1,
                ", one sequence of ", seq, " and its last target; give more --data or a smaller --seq");
  perEpoch = std::max<int64_t>(1, whole - 1); // leaves room to shift
}

int64_t ShuffledBatches::windowStart(int64_t place) const {
  int64_t epoch = place / perEpoch;
  uint64_t room = static_cast<uint64_t>(text.size() - perEpoch * seq); // starts 0 … room - 1
  // Index 2^63 lies beyond every index that `permuted` uses.
  uint64_t shift = Philox(seed, Purpose::Data, static_cast<uint32_t>(epoch)).below(uint64_t(1) << 63, room);
  uint64_t window = permuted(static_cast<uint64_t>(place % perEpoch), static_cast<uint64_t>(perEpoch), seed,
                             static_cast<uint32_t>(epoch));
  return static_cast<int64_t>(shift + window * static_cast<uint64_t>(seq));
}

void ShuffledBatches::fill(int64_t index, std::span<int32_t> tokens, std::span<int32_t> targets) {
  size_t length = static_cast<size_t>(seq);
  int64_t rows = static_cast<int64_t>(tokens.size() / length);
  std::vector<int32_t> window(length + 1);
  for (int64_t row = 0; row < rows; ++row) {
    text.read(windowStart(index * rows + row), seq + 1, window.data());
    std::copy_n(window.begin(), length, tokens.begin() + row * seq);
    std::copy_n(window.begin() + 1, length, targets.begin() + row * seq);
  }
}

void ShuffledBatches::fillDocuments(int64_t index, std::span<int32_t> documents) {
  int64_t rows = static_cast<int64_t>(documents.size()) / seq;
  for (int64_t row = 0; row < rows; ++row)
    text.readDocuments(windowStart(index * rows + row), seq, documents.data() + row * seq);
}

// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): randomness as a pure
// function of (seed, stream, index), so nothing has to be saved to continue it.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace samba {

/// What a stream of random numbers is for; two purposes never share numbers.
enum class Purpose : uint32_t { Init = 0, Data = 1, Sampling = 2 };

class Philox {
public:
  using Block = std::array<uint32_t, 4>;

  /// The key is `seed`; `purpose` and `stream` (the index of a parameter, say) fill the upper half of the
  /// counter.
  Philox(uint64_t seed, Purpose purpose, uint32_t stream)
      : key{uint32_t(seed), uint32_t(seed >> 32)}, stream(stream), purpose(uint32_t(purpose)) {}

  /// The 128 random bits of `index`.
  Block block(uint64_t index) const {
    return rounds({uint32_t(index), uint32_t(index >> 32), stream, purpose}, key[0], key[1]);
  }
  /// Uniform in [0, 1), 53 bits.
  double uniform(uint64_t index) const {
    Block b = block(index);
    return fraction(b[0], b[1]);
  }
  /// Standard normal (Box and Muller).
  double normal(uint64_t index) const {
    Block b = block(index);
    double radius = std::sqrt(-2 * std::log(1 - fraction(b[0], b[1])));
    return radius * std::cos(2 * std::numbers::pi * fraction(b[2], b[3]));
  }
  /// Uniform in [0, bound), bound >= 1: the high half of a 64 x 64-bit product; its bias is below bound /
  /// 2^64.
  uint64_t below(uint64_t index, uint64_t bound) const {
    Block b = block(index);
    uint64_t x = uint64_t(b[0]) << 32 | b[1];
    uint64_t low = (x & 0xffffffff) * (bound & 0xffffffff), mid1 = (x >> 32) * (bound & 0xffffffff),
             mid2 = (x & 0xffffffff) * (bound >> 32);
    uint64_t carry = ((low >> 32) + (mid1 & 0xffffffff) + (mid2 & 0xffffffff)) >> 32;
    return (x >> 32) * (bound >> 32) + (mid1 >> 32) + (mid2 >> 32) + carry;
  }

  /// The ten rounds on one counter.
  static Block rounds(Block c, uint32_t key0, uint32_t key1) {
    for (int round = 0; round < 10; ++round) {
      uint64_t p0 = uint64_t(0xD2511F53) * c[0], p1 = uint64_t(0xCD9E8D57) * c[2];
      c = {uint32_t(p1 >> 32) ^ c[1] ^ key0, uint32_t(p1), uint32_t(p0 >> 32) ^ c[3] ^ key1, uint32_t(p0)};
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    return c;
  }

private:
  static double fraction(uint32_t high, uint32_t low) {
    return double((uint64_t(high) << 32 | low) >> 11) * 0x1p-53;
  }

  std::array<uint32_t, 2> key;
  uint32_t stream, purpose;
};

} // namespace samba

//===- Random.h - Seeded numbers for test inputs -------------------------------------------------------===//
#pragma once

#include <cmath>
#include <cstdint>

namespace samba::oracle {

/// The same numbers for the same seed, whatever the standard library. (splitmix64, Steele et al. 2014.)
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t bits() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// In [low, high).
  double uniform(double low, double high) { return low + (high - low) * (double(bits() >> 11) * 0x1p-53); }
  /// In [low, high).
  int64_t integer(int64_t low, int64_t high) { return low + int64_t(bits() % uint64_t(high - low)); }
  /// Mean 0, standard deviation 1 (Box and Muller).
  double normal() {
    double radius = std::sqrt(-2 * std::log(1 - uniform(0, 1)));
    return radius * std::cos(6.283185307179586 * uniform(0, 1));
  }

private:
  uint64_t state;
};

} // namespace samba::oracle

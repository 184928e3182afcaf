// What this machine can do at best, measured: the two lines of a roofline.
#pragma once

#include <cstdint>

namespace samba {

struct Roofline {
  double flops = 0; ///< float32 multiply-adds in registers, two operations each, per second
  double bytes = 0; ///< bytes read plus bytes written per second by a copy that fits in no cache

  /// The least time in which a machine with these limits can do the work.
  double seconds(int64_t workFlops, int64_t workBytes) const;
};

/// Measures both in well under a second, on `threads` threads: AVX-512 or AVX2 multiply-adds, whichever this
/// processor has, and copies of 64 MiB per thread.
Roofline measureRoofline(int threads);

} // namespace samba

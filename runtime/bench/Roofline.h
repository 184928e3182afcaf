// What a machine can do at best, measured: the two lines of a roofline.
#pragma once

#include <cstdint>

namespace samba {

class Device;

struct Roofline {
  double flops =
      0; ///< of the processor: float32 multiply-adds in registers; of a GPU: the matrix units' peak
  double bytes = 0; ///< bytes read plus bytes written per second by a copy that fits in no cache

  /// The least time in which a machine with these limits can do the work.
  double seconds(int64_t workFlops, int64_t workBytes) const;
};

/// Of this machine's processor, measured in well under a second on `threads` threads: AVX-512 or AVX2
/// multiply-adds, whichever it has, and copies of 64 MiB per thread.
Roofline measureRoofline(int threads);
/// Of a device: its own, or that of the processor it runs on.
Roofline measureRoofline(Device &device);

} // namespace samba

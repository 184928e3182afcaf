// Copies between the host and the GPU through pinned memory.
#pragma once

#include "runtime/device/cuda/CudaContext.h"

#include <array>

namespace samba::cuda {

/// Two halves of pinned memory take turns, so that the processor fills or empties one while the copy engine
/// works on the other.
class CudaTransfers {
public:
  explicit CudaTransfers(CudaContext &context);
  ~CudaTransfers();

  /// Returns when `from` may be changed again; the copy itself may still be under way.
  void copyIn(CUdeviceptr to, const std::byte *from, int64_t bytes);
  /// Waits for all earlier work, and for the copy.
  void copyOut(std::byte *to, CUdeviceptr from, int64_t bytes);

private:
  struct Half {
    std::byte *memory = nullptr;
    CUevent done = nullptr; ///< after the last copy from or to it
  };

  void wait(Half &half);
  void release();

  CudaContext &context;
  std::array<Half, 2> halves;
  size_t next = 0;
};

} // namespace samba::cuda

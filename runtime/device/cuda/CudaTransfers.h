// Copies between the host and the GPU through pinned memory.
#pragma once

#include "runtime/device/Device.h"
#include "runtime/device/cuda/CudaContext.h"

#include <array>
#include <vector>

namespace samba::cuda {

/// Slots of pinned memory take turns: the processor fills or empties one while the copy engine works on
/// others, and a few small copies can wait in the stream behind a long computation while the host goes on.
class CudaTransfers {
public:
  explicit CudaTransfers(CudaContext &context);
  ~CudaTransfers();

  /// Returns when `from` may be changed again; the copy itself may still be under way.
  void copyIn(CUdeviceptr to, const std::byte *from, int64_t bytes);
  /// Waits for all earlier work, and for the copy.
  void copyOut(std::byte *to, CUdeviceptr from, int64_t bytes);
  /// Reads what earlier work leaves at `from`, without waiting for it.
  std::unique_ptr<PendingRead> startRead(CUdeviceptr from, int64_t bytes);

private:
  class Read;
  struct Slot {
    std::byte *memory = nullptr;
    CUevent done = nullptr; ///< after the last copy from or to it
    int64_t bytes = 0;
  };
  static constexpr size_t kSlots = 8;
  static constexpr int64_t kSlotBytes = int64_t(2) << 20;

  Slot makeSlot(int64_t bytes);
  void freeSlot(Slot &slot);
  void wait(const Slot &slot);
  Slot &takeSlot();
  void startCopyOut(const Slot &slot, CUdeviceptr from, int64_t bytes);
  void release();

  CudaContext &context;
  std::array<Slot, kSlots> slots;
  size_t next = 0;             ///< its turn counts on, slots[next % kSlots]
  std::vector<Slot> readSlots; ///< of reads that are done
};

} // namespace samba::cuda

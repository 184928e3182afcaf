// Copies in slots.
#include "runtime/device/cuda/CudaTransfers.h"

#include <algorithm>
#include <cstring>

namespace samba::cuda {

CudaTransfers::CudaTransfers(CudaContext &context) : context(context) {
  try {
    for (Slot &slot : slots)
      slot = makeSlot(kSlotBytes);
  } catch (...) {
    release();
    throw;
  }
}

CudaTransfers::~CudaTransfers() { release(); }

void CudaTransfers::release() {
  context.driver().cuStreamSynchronize(context.stream());
  for (Slot &slot : slots)
    freeSlot(slot);
  for (Slot &slot : readSlots)
    freeSlot(slot);
}

CudaTransfers::Slot CudaTransfers::makeSlot(int64_t bytes) {
  const CudaDriver &driver = context.driver();
  Slot slot;
  slot.bytes = bytes;
  context.check(driver.cuMemHostAlloc(reinterpret_cast<void **>(&slot.memory), size_t(bytes), 0),
                "cuMemHostAlloc");
  if (CUresult result = driver.cuEventCreate(&slot.done, CU_EVENT_DISABLE_TIMING); result != CUDA_SUCCESS) {
    driver.cuMemFreeHost(slot.memory);
    context.check(result, "cuEventCreate");
  }
  return slot;
}

void CudaTransfers::freeSlot(Slot &slot) {
  if (slot.done)
    context.driver().cuEventDestroy_v2(slot.done);
  if (slot.memory)
    context.driver().cuMemFreeHost(slot.memory);
  slot = {};
}

void CudaTransfers::wait(const Slot &slot) {
  context.check(context.driver().cuEventSynchronize(slot.done), "cuEventSynchronize");
}

/// The slot whose turn it is, once the copy that used it before is done.
CudaTransfers::Slot &CudaTransfers::takeSlot() {
  Slot &slot = slots[next++ % kSlots];
  wait(slot);
  return slot;
}

void CudaTransfers::copyIn(CUdeviceptr to, const std::byte *from, int64_t bytes) {
  const CudaDriver &driver = context.driver();
  for (int64_t done = 0; done < bytes; done += kSlotBytes) {
    Slot &slot = takeSlot();
    size_t count = size_t(std::min(kSlotBytes, bytes - done));
    std::memcpy(slot.memory, from + done, count);
    context.check(driver.cuMemcpyHtoDAsync_v2(to + CUdeviceptr(done), slot.memory, count, context.stream()),
                  "cuMemcpyHtoDAsync");
    context.check(driver.cuEventRecord(slot.done, context.stream()), "cuEventRecord");
  }
}

void CudaTransfers::startCopyOut(const Slot &slot, CUdeviceptr from, int64_t bytes) {
  const CudaDriver &driver = context.driver();
  context.check(driver.cuMemcpyDtoHAsync_v2(slot.memory, from, size_t(bytes), context.stream()),
                "cuMemcpyDtoHAsync");
  context.check(driver.cuEventRecord(slot.done, context.stream()), "cuEventRecord");
}

void CudaTransfers::copyOut(std::byte *to, CUdeviceptr from, int64_t bytes) {
  constexpr int64_t ahead = 2 * kSlotBytes;
  auto count = [&](int64_t begin) { return std::min(kSlotBytes, bytes - begin); };
  int64_t started = 0;
  size_t oldest = next;
  for (int64_t begin = 0; begin < bytes; begin += kSlotBytes) {
    for (; started < std::min(bytes, begin + ahead); started += kSlotBytes)
      startCopyOut(takeSlot(), from + CUdeviceptr(started), count(started));
    const Slot &slot = slots[oldest++ % kSlots];
    wait(slot);
    std::memcpy(to + begin, slot.memory, size_t(count(begin)));
  }
}

/// Owns a slot until it is read.
class CudaTransfers::Read : public PendingRead {
public:
  Read(CudaTransfers &transfers, Slot slot, int64_t bytes) : transfers(transfers), slot(slot), bytes(bytes) {}
  ~Read() override { transfers.readSlots.push_back(slot); }

  void finish(void *to) override {
    transfers.wait(slot);
    std::memcpy(to, slot.memory, size_t(bytes));
  }

private:
  CudaTransfers &transfers;
  Slot slot;
  int64_t bytes;
};

std::unique_ptr<PendingRead> CudaTransfers::startRead(CUdeviceptr from, int64_t bytes) {
  // A read that was given up may still be under way, so the stream goes on in order with it.
  auto found =
      std::find_if(readSlots.begin(), readSlots.end(), [&](const Slot &slot) { return slot.bytes >= bytes; });
  Slot slot = found != readSlots.end() ? *found : makeSlot(std::max<int64_t>(bytes, 4096));
  if (found != readSlots.end())
    readSlots.erase(found);
  auto read = std::make_unique<Read>(*this, slot, bytes);
  startCopyOut(slot, from, bytes);
  return read;
}

} // namespace samba::cuda

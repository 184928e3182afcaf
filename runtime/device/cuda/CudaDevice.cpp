// Device memory and copies.
#include "runtime/device/cuda/CudaDevice.h"
#include "runtime/device/cuda/CudaKernels.h"
#include "runtime/device/cuda/CudaTimer.h"

#include <algorithm>

namespace samba::cuda {

static CUdeviceptr address(const void *memory) { return reinterpret_cast<uintptr_t>(memory); }

std::string CudaDevice::description() const {
  return "cuda, " + context.gpuName() + ", driver " + context.driver().version();
}

void *CudaDevice::allocate(int64_t bytes) {
  CUdeviceptr memory = 0;
  size_t size = size_t(std::max<int64_t>(bytes, 1));
  context.checkMemory(context.driver().cuMemAlloc_v2(&memory, size), bytes);
  void *allocated = reinterpret_cast<void *>(memory);
  fillZero(allocated, int64_t(size));
  return allocated;
}

void CudaDevice::release(void *memory, int64_t) {
  context.driver().cuStreamSynchronize(context.stream()); // an error was or will be thrown elsewhere
  context.driver().cuMemFree_v2(address(memory));
}

void CudaDevice::copyIn(void *to, const void *from, int64_t bytes) {
  transfers.copyIn(address(to), static_cast<const std::byte *>(from), bytes);
}

void CudaDevice::copyOut(void *to, const void *from, int64_t bytes) {
  transfers.copyOut(static_cast<std::byte *>(to), address(from), bytes);
}

std::unique_ptr<PendingRead> CudaDevice::startRead(const void *from, int64_t bytes) {
  return transfers.startRead(address(from), bytes);
}

void CudaDevice::fillZero(void *to, int64_t bytes) {
  context.check(context.driver().cuMemsetD8Async(address(to), 0, size_t(bytes), context.stream()),
                "cuMemsetD8Async");
}

std::unique_ptr<Kernels> CudaDevice::load(const Bundle &bundle) {
  return std::make_unique<CudaKernels>(bundle, context, *this);
}

double CudaDevice::copyBandwidth() {
  constexpr int64_t bytes = int64_t(256) << 20; // fits in no cache
  constexpr int rounds = 20;
  void *from = allocate(bytes), *to = nullptr;
  double seconds = 0;
  try {
    to = allocate(bytes);
    context.check(context.driver().cuMemsetD8Async(address(from), 0x5a, size_t(bytes), context.stream()),
                  "cuMemsetD8Async"); // zeros take less power
    CudaTimer timer(context);
    for (int round = -1; round < rounds; ++round) { // the first one warms up
      if (round == 0)
        timer.mark();
      context.check(
          context.driver().cuMemcpyDtoDAsync_v2(address(to), address(from), size_t(bytes), context.stream()),
          "cuMemcpyDtoDAsync");
    }
    timer.mark();
    seconds = timer.seconds();
  } catch (...) {
    release(from, bytes);
    if (to)
      release(to, bytes);
    throw;
  }
  release(from, bytes);
  release(to, bytes);
  return 2.0 * double(bytes) * rounds / seconds;
}

} // namespace samba::cuda

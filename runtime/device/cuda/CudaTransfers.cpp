// Double-buffered copies.
#include "runtime/device/cuda/CudaTransfers.h"

#include <algorithm>
#include <cstring>

namespace samba::cuda {

static constexpr int64_t kHalfBytes = int64_t(4) << 20;

CudaTransfers::CudaTransfers(CudaContext &context) : context(context) {
  const CudaDriver &driver = context.driver();
  try {
    for (Half &half : halves) {
      context.check(driver.cuMemHostAlloc(reinterpret_cast<void **>(&half.memory), size_t(kHalfBytes), 0),
                    "cuMemHostAlloc");
      context.check(driver.cuEventCreate(&half.done, CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    }
  } catch (...) {
    release();
    throw;
  }
}

CudaTransfers::~CudaTransfers() { release(); }

void CudaTransfers::release() {
  context.driver().cuStreamSynchronize(context.stream());
  for (Half &half : halves) {
    if (half.done)
      context.driver().cuEventDestroy_v2(half.done);
    if (half.memory)
      context.driver().cuMemFreeHost(half.memory);
  }
}

void CudaTransfers::wait(Half &half) {
  context.check(context.driver().cuEventSynchronize(half.done), "cuEventSynchronize");
}

void CudaTransfers::copyIn(CUdeviceptr to, const std::byte *from, int64_t bytes) {
  const CudaDriver &driver = context.driver();
  for (int64_t done = 0; done < bytes; done += kHalfBytes) {
    Half &half = halves[next];
    next = 1 - next;
    size_t count = size_t(std::min(kHalfBytes, bytes - done));
    wait(half);
    std::memcpy(half.memory, from + done, count);
    context.check(driver.cuMemcpyHtoDAsync_v2(to + CUdeviceptr(done), half.memory, count, context.stream()),
                  "cuMemcpyHtoDAsync");
    context.check(driver.cuEventRecord(half.done, context.stream()), "cuEventRecord");
  }
}

void CudaTransfers::copyOut(std::byte *to, CUdeviceptr from, int64_t bytes) {
  const CudaDriver &driver = context.driver();
  auto count = [&](int64_t begin) { return size_t(std::min(kHalfBytes, bytes - begin)); };
  auto start = [&](int64_t begin, Half &half) {
    context.check(
        driver.cuMemcpyDtoHAsync_v2(half.memory, from + CUdeviceptr(begin), count(begin), context.stream()),
        "cuMemcpyDtoHAsync");
    context.check(driver.cuEventRecord(half.done, context.stream()), "cuEventRecord");
  };
  if (bytes > 0)
    start(0, halves[next]);
  for (int64_t begin = 0; begin < bytes; begin += kHalfBytes) {
    Half &half = halves[next];
    next = 1 - next;
    if (begin + kHalfBytes < bytes)
      start(begin + kHalfBytes, halves[next]);
    wait(half);
    std::memcpy(to + begin, half.memory, count(begin));
  }
}

} // namespace samba::cuda

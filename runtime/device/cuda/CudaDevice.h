// An NVIDIA GPU of compute capability 9.0 through its driver alone.
#pragma once

#include "runtime/device/Device.h"
#include "runtime/device/cuda/CudaTransfers.h"

namespace samba::cuda {

class CudaDevice : public Device {
public:
  /// Throws Error when there is no driver, no GPU, or not the right one.
  CudaDevice() = default;

  std::string description() const override;
  void *allocate(int64_t bytes) override;
  void release(void *memory, int64_t bytes) override;
  void copyIn(void *to, const void *from, int64_t bytes) override;
  void copyOut(void *to, const void *from, int64_t bytes) override;
  std::unique_ptr<PendingRead> startRead(const void *from, int64_t bytes) override;
  void fillZero(void *to, int64_t bytes) override;
  void finish() override { context.finish(); }
  std::unique_ptr<Kernels> load(const Bundle &bundle) override;
  /// Dense bf16 of an H100 or H200 (SXM).
  double peakFlops() const override { return 989e12; }
  double copyBandwidth() override;

private:
  CudaContext context;
  CudaTransfers transfers{context};
};

} // namespace samba::cuda

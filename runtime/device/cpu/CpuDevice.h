// The host as a device: memory from the operating system, kernels from kernels.so, cells on a thread pool.
#pragma once

#include "runtime/device/Device.h"
#include "runtime/device/cpu/ThreadPool.h"

namespace samba {

class CpuDevice : public Device {
public:
  /// With SAMBA_THREADS threads, or one per hardware thread. Throws Error when SAMBA_THREADS is no number, or
  /// the processor has neither AVX2 nor AVX-512, or not what SAMBA_ISA asks for.
  CpuDevice();

  std::string description() const override;
  int threads() const override { return pool.size(); }
  void *allocate(int64_t bytes) override;
  void release(void *memory, int64_t bytes) override;
  void copyIn(void *to, const void *from, int64_t bytes) override;
  void copyOut(void *to, const void *from, int64_t bytes) override;
  void fillZero(void *to, int64_t bytes) override;
  std::unique_ptr<Kernels> load(const Bundle &bundle) override;

private:
  std::string isa; ///< suffix of the kernels' symbols: "avx512" or "avx2"
  ThreadPool pool;
};

} // namespace samba

// The functions of a bundle's kernels.so.
#pragma once

#include "runtime/device/Device.h"
#include "runtime/device/cpu/ThreadPool.h"

#include <vector>

namespace samba {

class CpuKernels : public Kernels {
public:
  /// One grid cell of a kernel; `scratch` belongs to the calling thread.
  using Function = void (*)(void *const *args, int64_t cell, void *scratch);

  /// Opens the library and finds NAME_ISA for every kernel. Throws Error when it or one of them is missing.
  CpuKernels(const Bundle &bundle, const std::string &isa, ThreadPool &pool, Device &device);
  ~CpuKernels() override;

  std::unique_ptr<Program> bind(std::vector<BoundLaunch> launches) override;
  int64_t memoryBytes() const override { return scratchBytes * pool.size(); }
  void poisonScratch() override;

  /// Runs all cells of a launch.
  void run(const BoundLaunch &launch);

private:
  ThreadPool &pool;
  Device &device;
  void *library = nullptr;
  std::vector<Function> functions;
  int64_t scratchBytes = 0; ///< per thread: the most that any kernel needs
  std::byte *scratch = nullptr;
};

} // namespace samba

// The GPU, its context, and the one stream that all work goes through in order.
#pragma once

#include "runtime/device/cuda/CudaDriver.h"

#include <string>

namespace samba::cuda {

/// Everything asked of the device runs in the order of asking; whoever reads memory waits for what came
/// before. Errors of kernels show up at the next wait.
class CudaContext {
public:
  /// Takes the first GPU that the driver shows (CUDA_VISIBLE_DEVICES chooses). Throws Error when bundles for
  /// sm_90a cannot run on it.
  CudaContext();
  ~CudaContext();
  CudaContext(const CudaContext &) = delete;
  CudaContext &operator=(const CudaContext &) = delete;

  const CudaDriver &driver() const { return theDriver; }
  CUstream stream() const { return theStream; }
  /// "NVIDIA H100 80GB HBM3".
  const std::string &gpuName() const { return name; }
  int multiprocessors() const { return processors; }

  /// Makes the context that of the calling thread.
  void enter() const;
  /// Waits until everything is done. Throws Error when a kernel broke off.
  void finish();
  /// Throws Error unless `result` is a success; of a kernel that broke off it says what ran last and how to
  /// find the culprit.
  void check(CUresult result, const char *call);
  /// Throws as check does when the driver could not give `bytes` of device memory.
  void checkMemory(CUresult result, int64_t bytes);

  /// For messages: what was started last.
  void started(const std::string &what) { last = what; }
  /// Whether SAMBA_SYNC asks to wait after each launch.
  bool waitsForEachLaunch() const { return eachLaunch; }

private:
  void chooseDevice();

  CudaDriver theDriver;
  CUdevice device = 0;
  CUcontext context = nullptr;
  CUstream theStream = nullptr;
  std::string name;
  int processors = 0;
  std::string last;
  bool eachLaunch = false;
};

} // namespace samba::cuda

// The functions in a bundle's images, and the scratch memory that their launches share.
#pragma once

#include "runtime/bundle/Bundle.h"
#include "runtime/data/MappedFile.h"
#include "runtime/device/Device.h"
#include "runtime/device/cuda/CudaContext.h"

#include <map>
#include <set>
#include <vector>

namespace samba::cuda {

class CudaKernels : public Kernels {
public:
  /// Throws Error when the bundle is for the host. Images are loaded when a program needs them.
  CudaKernels(const Bundle &bundle, CudaContext &context, Device &device);
  ~CudaKernels() override;

  std::unique_ptr<Program> bind(std::vector<BoundLaunch> launches) override;
  int64_t memoryBytes() const override { return scratchBytes; }
  /// Scratch memory that is allocated later is poisoned too.
  void poisonScratch() override;

  const Kernel &kernel(size_t index) const { return kernels[index]; }
  /// The function of a launch of `kernel`, which is bound.
  CUfunction function(const Kernel &kernel, const GpuLaunch &launch);
  /// Launches run one after another, so all of them use the same. Moves when a program that needs more is
  /// bound.
  CUdeviceptr scratch() const { return reinterpret_cast<uintptr_t>(scratchMemory); }

private:
  using Image = std::pair<int64_t, int64_t>; // offset and bytes in the file

  static Image imageOf(const Kernel &kernel) { return {kernel.imageOffset, kernel.imageBytes}; }
  void loadImages(const std::set<Image> &images);
  CUmodule loadImage(const Image &image) const;
  void growScratch(int64_t bytes);

  CudaContext &context;
  Device &device;
  MappedFile file;
  bool isPtx;
  std::vector<Kernel> kernels;
  std::map<Image, CUmodule> modules;
  std::map<std::pair<CUmodule, std::string>, CUfunction> functions;
  void *scratchMemory = nullptr;
  int64_t scratchBytes = 0;
  bool isPoisoned = false;
};

} // namespace samba::cuda

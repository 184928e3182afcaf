// One grid with its parameters, in the form the driver wants.
#pragma once

#include "runtime/bundle/Bundle.h"
#include "runtime/device/cuda/CudaContext.h"

#include <vector>

namespace samba::cuda {

/// Encodes `map` of what begins at `address`.
CUtensorMap encode(CudaContext &context, const TensorMap &map, CUdeviceptr address);

class CudaLaunch {
public:
  /// `args` are the device addresses of the kernel's arguments.
  CudaLaunch(CudaContext &context, const GpuLaunch &launch, CUfunction function,
             const std::vector<void *> &args, CUdeviceptr scratch);
  CudaLaunch(CudaLaunch &&) = default;

  /// Puts the grid into the stream. With `early` its blocks may begin while the launch before it ends: the
  /// kernel itself waits before it touches what that one wrote (programmatic dependent launch).
  void start(CudaContext &context, bool early);
  const std::string &function() const { return name; }

private:
  union Parameter {
    CUdeviceptr address;
    CUtensorMap map;
  };

  std::string name;
  CUfunction handle;
  CUlaunchConfig config{};
  unsigned cluster;
  std::vector<Parameter> parameters;
  std::vector<void *> pointers; ///< to each of them, as the driver takes them
};

} // namespace samba::cuda

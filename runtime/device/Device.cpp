// Chooses a device by name, and times what has no clock of its own.
#include "runtime/device/Device.h"
#include "runtime/Error.h"
#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/device/cuda/CudaDevice.h"

#include <chrono>

namespace samba {

double Program::time(std::span<const size_t> launches, int64_t passes) {
  auto start = std::chrono::steady_clock::now();
  for (int64_t pass = 0; pass < passes; ++pass)
    for (size_t launch : launches)
      run(launch, launch + 1);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return took.count() / double(passes);
}

std::unique_ptr<Device> makeDevice(const std::string &name) {
  if (name == "cpu")
    return std::make_unique<CpuDevice>();
  if (name == "cuda")
    return std::make_unique<cuda::CudaDevice>();
  throw Error("unknown device '", name, "'; expected cpu or cuda");
}

} // namespace samba

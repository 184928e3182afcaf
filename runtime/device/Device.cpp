// Chooses a device by name.
#include "runtime/device/Device.h"
#include "runtime/Error.h"
#include "runtime/device/cpu/CpuDevice.h"

namespace samba {

std::unique_ptr<Device> makeDevice(const std::string &name) {
  if (name == "cpu")
    return std::make_unique<CpuDevice>();
  if (name == "cuda")
    throw Error("device 'cuda': this build plays bundles on the cpu only; use --device cpu");
  throw Error("unknown device '", name, "'; expected cpu");
}

} // namespace samba

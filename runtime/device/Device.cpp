// Chooses a device by name, and times what has no clock of its own.
#include "runtime/device/Device.h"
#include "runtime/Error.h"
#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/device/cuda/CudaDevice.h"

#include <chrono>
#include <cstring>

namespace samba {

double Program::time(std::span<const size_t> launches, int64_t passes) {
  auto start = std::chrono::steady_clock::now();
  for (int64_t pass = 0; pass < passes; ++pass)
    for (size_t launch : launches)
      run(launch, launch + 1);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return took.count() / double(passes);
}

std::vector<double> Program::timeParts(std::span<const size_t> bounds, int64_t runs) {
  std::vector<double> seconds(bounds.size() - 1);
  for (int64_t i = 0; i < runs; ++i)
    for (size_t part = 0; part < seconds.size(); ++part) {
      auto start = std::chrono::steady_clock::now();
      run(bounds[part], bounds[part + 1]);
      std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      seconds[part] += took.count() / double(runs);
    }
  return seconds;
}

namespace {

/// What was read at once.
class FinishedRead : public PendingRead {
public:
  FinishedRead(Device &device, const void *from, int64_t bytes) : bytes(static_cast<size_t>(bytes)) {
    device.copyOut(this->bytes.data(), from, bytes);
  }
  void finish(void *to) override { std::memcpy(to, bytes.data(), bytes.size()); }

private:
  std::vector<std::byte> bytes;
};

} // namespace

std::unique_ptr<PendingRead> Device::startRead(const void *from, int64_t bytes) {
  return std::make_unique<FinishedRead>(*this, from, bytes);
}

std::unique_ptr<Device> makeDevice(const std::string &name) {
  if (name == "cpu")
    return std::make_unique<CpuDevice>();
  if (name == "cuda")
    return std::make_unique<cuda::CudaDevice>();
  throw Error("unknown device '", name, "'; expected cpu or cuda");
}

} // namespace samba

// The kernels of a bundle on a device of the player, one launch at a time, as the oracle's checks want them.
#pragma once

#include "runtime/bundle/Bundle.h"
#include "runtime/device/Device.h"
#include "test/oracle/KernelRunner.h"

#include <functional>

namespace samba {

/// Copies the buffers to the device, guards and all, plays the launch, and copies everything back. A device
/// on which a kernel failed may be of no more use: `open` is asked for another then.
class DeviceKernels : public oracle::KernelRunner {
public:
  using Open = std::function<std::shared_ptr<Device>()>;

  DeviceKernels(Bundle bundle, Open open);

  mlir::FailureOr<llvm::SmallVector<std::string>> ways(KernelOp kernel) override;
  int64_t alignment(KernelOp kernel, unsigned argument) override;
  std::string run(KernelOp kernel, llvm::StringRef way, llvm::MutableArrayRef<oracle::GuardedBuffer> buffers,
                  llvm::ArrayRef<size_t> home, oracle::Random &random) override;

private:
  void load();
  void play(BoundLaunch launch, llvm::MutableArrayRef<oracle::GuardedBuffer> buffers,
            llvm::ArrayRef<size_t> home);

  Bundle bundle;
  Open open;
  std::shared_ptr<Device> device;
  std::unique_ptr<Kernels> kernels; ///< before the device is closed
  std::map<std::string, size_t> indices;
};

} // namespace samba

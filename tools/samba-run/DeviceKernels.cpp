// Guarded buffers in device memory.
#include "tools/samba-run/DeviceKernels.h"
#include "runtime/Error.h"

using namespace mlir;
using namespace samba;
using oracle::GuardedBuffer;

namespace {

/// What the planner promises of the addresses of a launch, unless the kernel says otherwise.
constexpr int64_t kUsualAlignment = 16;

/// The image of a guarded buffer on a device.
class DeviceImage {
public:
  DeviceImage(Device &device, GuardedBuffer &buffer)
      : device(device), buffer(buffer),
        memory(static_cast<std::byte *>(device.allocate(buffer.imageBytes()))) {
    device.copyIn(memory, buffer.image(), buffer.imageBytes());
  }
  ~DeviceImage() {
    try {
      device.release(memory, buffer.imageBytes());
    } catch (const Error &) { // the error that ended the launch is the one to report
    }
  }
  DeviceImage(const DeviceImage &) = delete;

  void *data() { return memory + buffer.offset(); }
  void fetch() { device.copyOut(buffer.image(), memory, buffer.imageBytes()); }

private:
  Device &device;
  GuardedBuffer &buffer;
  std::byte *memory;
};

} // namespace

DeviceKernels::DeviceKernels(Bundle bundle, Open open) : bundle(std::move(bundle)), open(std::move(open)) {
  for (size_t i = 0; i < this->bundle.kernels.size(); ++i)
    indices[this->bundle.kernels[i].name] = i;
  load();
}

void DeviceKernels::load() {
  kernels.reset();
  device.reset(); // a GPU that a kernel broke is whole again when its context is gone
  device = open();
  kernels = device->load(bundle);
}

FailureOr<SmallVector<std::string>> DeviceKernels::ways(KernelOp kernel) {
  if (!indices.count(kernel.getSymName().str()))
    return kernel.emitError("the bundle has no kernel '") << kernel.getSymName() << "'";
  return SmallVector<std::string>{kernel.getSymName().str()};
}

int64_t DeviceKernels::alignment(KernelOp kernel, unsigned argument) {
  std::optional<ArrayRef<int64_t>> alignments = kernel.getAlignments();
  return alignments ? (*alignments)[argument] : kUsualAlignment;
}

std::string DeviceKernels::run(KernelOp kernel, StringRef, MutableArrayRef<GuardedBuffer> buffers,
                               ArrayRef<size_t> home, oracle::Random &) {
  try {
    play({indices.at(kernel.getSymName().str()), int64_t(kernel.getGrid().value_or(1)), {}}, buffers, home);
    return "";
  } catch (const Error &error) {
    std::string reason = error.what();
    try {
      load();
    } catch (const Error &) { // the next kernel will say so
    }
    return reason;
  }
}

void DeviceKernels::play(BoundLaunch launch, MutableArrayRef<GuardedBuffer> buffers, ArrayRef<size_t> home) {
  if (!kernels)
    throw Error("the device did not come back after the failure before");
  std::vector<std::unique_ptr<DeviceImage>> images;
  for (GuardedBuffer &buffer : buffers)
    images.push_back(std::make_unique<DeviceImage>(*device, buffer));
  for (size_t i : home)
    launch.args.push_back(images[i]->data());
  kernels->poisonScratch();
  kernels->bind({launch})->run(0, 1);
  for (auto &image : images)
    image->fetch();
}

// Opens kernels.so and runs launches cell by cell.
#include "runtime/device/cpu/CpuKernels.h"
#include "runtime/Error.h"
#include "runtime/bundle/BundleChecks.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

namespace samba {

namespace {

class CpuProgram : public Program {
public:
  CpuProgram(CpuKernels &kernels, std::vector<BoundLaunch> launches)
      : kernels(kernels), launches(std::move(launches)) {}

  void run(size_t begin, size_t end) override {
    for (size_t i = begin; i < end; ++i)
      kernels.run(launches[i]);
  }

private:
  CpuKernels &kernels;
  std::vector<BoundLaunch> launches;
};

} // namespace

CpuKernels::CpuKernels(const Bundle &bundle, const std::string &isa, ThreadPool &pool, Device &device)
    : pool(pool), device(device) {
  // dlopen looks for a name without a slash in the system's folders, so give it the whole path.
  std::string path = std::filesystem::absolute(bundle.kernelsFile).string();
  library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    throw Error("cannot load the kernels of the bundle: ", dlerror(), "; compile the spec again");
  for (const Kernel &kernel : bundle.kernels) {
    std::string symbol = kernel.name + "_" + isa;
    void *address = dlsym(library, symbol.c_str());
    if (!address) {
      dlclose(library);
      throw Error("'", bundle.kernelsFile.string(), "' has no kernel '", symbol, "'; compile the spec again");
    }
    functions.push_back(reinterpret_cast<Function>(address));
    scratchBytes = std::max(scratchBytes, alignUp(kernel.scratchBytes));
  }
  if (scratchBytes > 0)
    scratch = static_cast<std::byte *>(device.allocate(memoryBytes()));
}

CpuKernels::~CpuKernels() {
  if (scratch)
    device.release(scratch, memoryBytes());
  dlclose(library);
}

std::unique_ptr<Program> CpuKernels::bind(std::vector<BoundLaunch> launches) {
  return std::make_unique<CpuProgram>(*this, std::move(launches));
}

void CpuKernels::poisonScratch() {
  if (scratch)
    std::memset(scratch, 0xff, size_t(memoryBytes()));
}

void CpuKernels::run(const BoundLaunch &launch) {
  Function function = functions[launch.kernel];
  pool.run(launch.grid, [&](int64_t begin, int64_t end, int thread) {
    void *mine = scratch + thread * scratchBytes;
    for (int64_t cell = begin; cell < end; ++cell)
      function(launch.args.data(), cell, mine);
  });
}

} // namespace samba

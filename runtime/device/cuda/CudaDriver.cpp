// Opening the driver, and what its results mean.
#include "runtime/device/cuda/CudaDriver.h"

#include <dlfcn.h>

#include <cstdlib>

namespace samba::cuda {

static constexpr int kOldestVersion = 12000; // tensor maps

static std::string versionText(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

CudaDriver::CudaDriver() {
  const char *wanted = std::getenv("SAMBA_LIBCUDA");
  file = wanted && *wanted ? wanted : "libcuda.so.1";
  library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE); // its threads outlive us
  if (!library)
    throw Error("no NVIDIA driver found: ", dlerror(), "; install the driver, or use --device cpu");
  try {
    loadSymbols();
    initialize();
  } catch (...) {
    dlclose(library);
    throw;
  }
}

CudaDriver::~CudaDriver() { dlclose(library); }

void CudaDriver::loadSymbols() {
#define SAMBA_CUDA_LOAD(name, parameters)                                                                    \
  name = reinterpret_cast<decltype(name)>(dlsym(library, #name));                                            \
  if (!name)                                                                                                 \
    throw Error("the NVIDIA driver is too old: '", file, "' has no ", #name, "; expected one for CUDA ",     \
                versionText(kOldestVersion), " or newer");
  SAMBA_CUDA_API(SAMBA_CUDA_LOAD)
#undef SAMBA_CUDA_LOAD
}

void CudaDriver::initialize() {
  int devices = 0;
  CUresult result = cuInit(0);
  if (result == CUDA_SUCCESS)
    result = cuDeviceGetCount(&devices);
  if (result == CUDA_ERROR_NO_DEVICE || (result == CUDA_SUCCESS && devices == 0))
    throw Error("the NVIDIA driver finds no GPU; is CUDA_VISIBLE_DEVICES set? --device cpu needs none");
  if (result != CUDA_SUCCESS)
    throw Error("the NVIDIA driver does not start: ", describe(result));
  check(cuDriverGetVersion(&versionNumber), "cuDriverGetVersion");
  theVersion = versionText(versionNumber);
  if (versionNumber < kOldestVersion)
    throw Error("the NVIDIA driver is too old: expected one for CUDA ", versionText(kOldestVersion),
                " or newer, got ", theVersion);
}

std::string CudaDriver::describe(CUresult result) const {
  const char *name = nullptr, *text = nullptr;
  if (cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
    return "error " + std::to_string(int(result));
  if (cuGetErrorString(result, &text) != CUDA_SUCCESS || !text)
    return name;
  return std::string(name) + " (" + text + ")";
}

bool CudaDriver::isSticky(CUresult result) {
  return result == CUDA_ERROR_ECC_UNCORRECTABLE || result == CUDA_ERROR_ILLEGAL_ADDRESS ||
         result == CUDA_ERROR_LAUNCH_TIMEOUT || result == CUDA_ERROR_CONTEXT_IS_DESTROYED ||
         result == CUDA_ERROR_ASSERT || result == CUDA_ERROR_UNKNOWN ||
         (result >= CUDA_ERROR_HARDWARE_STACK_ERROR && result <= CUDA_ERROR_LAUNCH_FAILED);
}

} // namespace samba::cuda

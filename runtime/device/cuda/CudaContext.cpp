// Choosing the GPU, and telling people what went wrong on it.
#include "runtime/device/cuda/CudaContext.h"
#include "runtime/device/Device.h"

#include <cstdlib>
#include <string_view>

namespace samba::cuda {

static bool isOn(const char *variable) {
  const char *text = std::getenv(variable);
  return text && *text && std::string_view(text) != "0";
}

CudaContext::CudaContext() : eachLaunch(isOn("SAMBA_SYNC")) {
  chooseDevice();
  theDriver.check(theDriver.cuDevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain");
  CUresult result = theDriver.cuCtxSetCurrent(context);
  if (result == CUDA_SUCCESS)
    result = theDriver.cuStreamCreate(&theStream, CU_STREAM_NON_BLOCKING);
  if (result != CUDA_SUCCESS)
    theDriver.cuDevicePrimaryCtxRelease_v2(device);
  theDriver.check(result, "cuStreamCreate");
}

CudaContext::~CudaContext() {
  theDriver.cuStreamDestroy_v2(theStream);
  theDriver.cuDevicePrimaryCtxRelease_v2(device);
}

void CudaContext::chooseDevice() {
  int major = 0, minor = 0;
  char text[256] = "";
  theDriver.check(theDriver.cuDeviceGet(&device, 0), "cuDeviceGet");
  theDriver.check(theDriver.cuDeviceGetName(text, sizeof text, device), "cuDeviceGetName");
  auto read = [&](int &value, CUdevice_attribute attribute) {
    theDriver.check(theDriver.cuDeviceGetAttribute(&value, attribute, device), "cuDeviceGetAttribute");
  };
  read(major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  read(minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  read(processors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  name = text;
  if (major != 9 || minor != 0) // sm_90a is no other architecture's machine code, not even a newer one's
    throw Error(
        "'", name, "' has compute capability ", major, ".", minor,
        "; bundles for sm_90a run on 9.0 (H100, H200, GH200); CUDA_VISIBLE_DEVICES chooses another GPU");
}

void CudaContext::enter() const { theDriver.check(theDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent"); }

void CudaContext::finish() { check(theDriver.cuStreamSynchronize(theStream), "cuStreamSynchronize"); }

void CudaContext::check(CUresult result, const char *call) {
  if (result == CUDA_SUCCESS)
    return;
  if (!CudaDriver::isSticky(result))
    theDriver.check(result, call);
  throw Error(
      "cuda: a kernel broke off: ", theDriver.describe(result), "; the CUDA context is lost; ",
      eachLaunch ? "the culprit is " : "what was started last: ", last.empty() ? "nothing" : last,
      eachLaunch ? "" : "; the same command with SAMBA_SYNC=1 waits after each launch and names the culprit");
}

void CudaContext::checkMemory(CUresult result, int64_t bytes) {
  if (result != CUDA_ERROR_OUT_OF_MEMORY)
    return check(result, "cuMemAlloc");
  size_t free = 0, total = 0;
  theDriver.cuMemGetInfo_v2(&free, &total);
  auto gib = [](auto count) { return double(count) / (1 << 30); };
  throw OutOfMemory("'", name, "' is out of memory: ", bytes, " bytes (", gib(bytes),
                    " GiB) were asked for, ", free, " (", gib(free), " GiB) of ", total, " (", gib(total),
                    " GiB) are free");
}

} // namespace samba::cuda

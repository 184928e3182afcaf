// Loading images: cubins at once, PTX on several threads because the driver compiles it.
#include "runtime/device/cuda/CudaKernels.h"
#include "runtime/bundle/BundleChecks.h"
#include "runtime/device/cuda/CudaProgram.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace samba::cuda {

static const Bundle &forGpu(const Bundle &bundle) {
  if (!bundle.isForGpu())
    throw Error("'", bundle.folder.string(),
                "' is compiled for the host: compile the spec with "
                "--target sm_90a to play it with --device cuda, or use --device cpu");
  return bundle;
}

CudaKernels::CudaKernels(const Bundle &bundle, CudaContext &context, Device &device)
    : context(context), device(device), file(forGpu(bundle).kernelsFile),
      isPtx(bundle.imageFormat == ImageFormat::Ptx), kernels(bundle.kernels) {}

CudaKernels::~CudaKernels() {
  context.driver().cuStreamSynchronize(context.stream());
  for (const auto &[image, module] : modules)
    context.driver().cuModuleUnload(module);
  if (scratchMemory)
    device.release(scratchMemory, scratchBytes);
}

std::unique_ptr<Program> CudaKernels::bind(std::vector<BoundLaunch> launches) {
  std::set<Image> missing;
  int64_t scratchNeeded = 0;
  for (const BoundLaunch &bound : launches) {
    const Kernel &kernel = kernels[bound.kernel];
    scratchNeeded = std::max(scratchNeeded, alignUp(kernel.scratchBytes));
    if (!modules.count(imageOf(kernel)))
      missing.insert(imageOf(kernel));
  }
  loadImages(missing);
  growScratch(scratchNeeded);
  return std::make_unique<CudaProgram>(*this, context, std::move(launches));
}

void CudaKernels::growScratch(int64_t bytes) {
  if (bytes <= scratchBytes)
    return;
  if (scratchMemory)
    device.release(scratchMemory, scratchBytes);
  scratchMemory = nullptr, scratchBytes = 0;
  scratchMemory = device.allocate(bytes);
  scratchBytes = bytes;
  if (isPoisoned)
    poisonScratch();
}

void CudaKernels::poisonScratch() {
  isPoisoned = true;
  if (scratchMemory)
    context.check(context.driver().cuMemsetD8Async(scratch(), 0xff, size_t(scratchBytes), context.stream()),
                  "cuMemsetD8Async");
}

void CudaKernels::loadImages(const std::set<Image> &images) {
  std::vector<Image> list(images.begin(), images.end());
  std::vector<CUmodule> loaded(list.size(), nullptr);
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  auto work = [&] {
    try {
      context.enter();
      for (size_t i; (i = next++) < list.size();)
        loaded[i] = loadImage(list[i]);
    } catch (...) {
      std::scoped_lock lock(mutex);
      failure = std::current_exception();
      next = list.size();
    }
  };
  size_t helpers = isPtx ? std::min<size_t>(list.size(), std::thread::hardware_concurrency()) : 0;
  std::vector<std::thread> threads;
  for (size_t i = 1; i < helpers; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  for (size_t i = 0; i < list.size(); ++i)
    if (loaded[i])
      modules.emplace(list[i], loaded[i]);
  if (failure)
    std::rethrow_exception(failure);
}

CUmodule CudaKernels::loadImage(const Image &image) const {
  auto [offset, bytes] = image;
  std::string name = file.path().string();
  if (offset + bytes > int64_t(file.bytes().size()))
    throw Error("'", name, "' became shorter; compile the spec again");
  const unsigned char *data = file.bytes().data() + offset;
  if (isPtx && data[bytes - 1] != 0)
    throw Error("'", name, "': the PTX at byte ", offset, " does not end in NUL; compile the spec again");

  std::string log(4096, '\0');
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size())};
  CUmodule module = nullptr;
  CUresult result = context.driver().cuModuleLoadDataEx(&module, data, 2, options, values);
  if (result == CUDA_SUCCESS)
    return module;
  const CudaDriver &driver = context.driver();
  log = log.c_str();
  std::replace(log.begin(), log.end(), '\n', ' ');
  if (isPtx && result == CUDA_ERROR_UNSUPPORTED_PTX_VERSION)
    throw Error("the NVIDIA driver (CUDA ", driver.version(), ") is too old for the PTX of '", name,
                "': ", driver.describe(result),
                "; install a newer driver, or compile the spec where ptxas is installed");
  if (!isPtx && (result == CUDA_ERROR_INVALID_IMAGE || result == CUDA_ERROR_NO_BINARY_FOR_GPU))
    throw Error("the NVIDIA driver (CUDA ", driver.version(), ") does not take the machine code of '", name,
                "': ", driver.describe(result),
                "; install a driver as new as the ptxas that made it, or compile the spec without ptxas");
  throw Error("cannot load the kernels of '", name, "': ", driver.describe(result), log.empty() ? "" : ": ",
              log, "; compile the spec again");
}

CUfunction CudaKernels::function(const Kernel &kernel, const GpuLaunch &launch) {
  CUmodule module = modules.at(imageOf(kernel));
  auto [found, isNew] = functions.try_emplace({module, launch.function}, nullptr);
  if (!isNew)
    return found->second;
  const CudaDriver &driver = context.driver();
  CUresult result = driver.cuModuleGetFunction(&found->second, module, launch.function.c_str());
  if (result == CUDA_ERROR_NOT_FOUND)
    throw Error("'", file.path().string(), "' has no function '", launch.function,
                "' where the manifest says; compile the spec again");
  context.check(result, "cuModuleGetFunction");
  context.check(driver.cuFuncSetAttribute(found->second, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                          int(launch.sharedBytes)),
                "cuFuncSetAttribute");
  if (launch.carveout)
    context.check(driver.cuFuncSetAttribute(found->second, CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT,
                                            int(*launch.carveout)),
                  "cuFuncSetAttribute");
  return found->second;
}

} // namespace samba::cuda

// libcuda.so.1, opened at run time.
#pragma once

#include "runtime/Error.h"
#include "runtime/device/cuda/CudaApi.h"

#include <string>

namespace samba::cuda {

/// The driver's entry points under their own names: `driver.cuMemFree_v2(memory)`.
class CudaDriver {
public:
  /// Opens libcuda.so.1, or the file that SAMBA_LIBCUDA names, and initializes it. Throws Error when there is
  /// no driver, it is too old, or it finds no GPU.
  CudaDriver();
  ~CudaDriver();
  CudaDriver(const CudaDriver &) = delete;
  CudaDriver &operator=(const CudaDriver &) = delete;

#define SAMBA_CUDA_DECLARE(name, parameters) CUresult(*name) parameters = nullptr;
  SAMBA_CUDA_API(SAMBA_CUDA_DECLARE)
#undef SAMBA_CUDA_DECLARE

  /// The newest CUDA that the driver knows, as "13.0".
  const std::string &version() const { return theVersion; }
  /// Whether a graph may hold programmatic dependent launches: since CUDA 12.3.
  bool graphsOverlapLaunches() const { return versionNumber >= 12030; }

  /// "CUDA_ERROR_ILLEGAL_ADDRESS (an illegal memory access was encountered)".
  std::string describe(CUresult result) const;
  /// Whether everything else fails too after `result`: a kernel broke off and the context is lost.
  static bool isSticky(CUresult result);
  /// Throws Error unless `result` is a success. `call` names what was tried.
  void check(CUresult result, const char *call) const {
    if (result != CUDA_SUCCESS)
      throw Error("cuda: ", call, " failed: ", describe(result));
  }

private:
  void loadSymbols();
  void initialize();

  std::string file;
  void *library = nullptr;
  int versionNumber = 0;
  std::string theVersion;
};

} // namespace samba::cuda

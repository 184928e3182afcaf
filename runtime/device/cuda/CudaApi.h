// The part of the CUDA driver's interface that the player uses, declared here so that neither building nor
// starting the player needs the CUDA toolkit. Names, values and layouts are those of the driver API reference
// (CUDA 12.0 or newer); a name with _v2 is the symbol behind the documented name without it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace samba::cuda {

using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUcontext = struct CUctx_st *;
using CUmodule = struct CUmod_st *;
using CUfunction = struct CUfunc_st *;
using CUstream = struct CUstream_st *;
using CUevent = struct CUevent_st *;
using CUgraph = struct CUgraph_st *;
using CUgraphExec = struct CUgraphExec_st *;

/// The results that mean something to the player; the driver names the others.
enum CUresult : int {
  CUDA_SUCCESS = 0,
  CUDA_ERROR_INVALID_VALUE = 1,
  CUDA_ERROR_OUT_OF_MEMORY = 2,
  CUDA_ERROR_STUB_LIBRARY = 34,
  CUDA_ERROR_NO_DEVICE = 100,
  CUDA_ERROR_INVALID_IMAGE = 200,
  CUDA_ERROR_NO_BINARY_FOR_GPU = 209,
  CUDA_ERROR_ECC_UNCORRECTABLE = 214,
  CUDA_ERROR_INVALID_PTX = 218,
  CUDA_ERROR_JIT_COMPILER_NOT_FOUND = 221,
  CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222,
  CUDA_ERROR_NOT_FOUND = 500,
  CUDA_ERROR_ILLEGAL_ADDRESS = 700,
  CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES = 701,
  CUDA_ERROR_LAUNCH_TIMEOUT = 702,
  CUDA_ERROR_CONTEXT_IS_DESTROYED = 709,
  CUDA_ERROR_ASSERT = 710,
  CUDA_ERROR_HARDWARE_STACK_ERROR = 714,
  CUDA_ERROR_LAUNCH_FAILED = 719,
  CUDA_ERROR_SYSTEM_DRIVER_MISMATCH = 803,
  CUDA_ERROR_UNKNOWN = 999,
};

enum CUdevice_attribute : int {
  CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
};

enum CUfunction_attribute : int {
  CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8,
  CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT = 9 // percent of what a multiprocessor has
};

enum CUjit_option : int { CU_JIT_ERROR_LOG_BUFFER = 5, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6 };

enum CUstreamCaptureMode : int { CU_STREAM_CAPTURE_MODE_RELAXED = 2 };

inline constexpr unsigned CU_STREAM_NON_BLOCKING = 1;
inline constexpr unsigned CU_EVENT_DEFAULT = 0;
inline constexpr unsigned CU_EVENT_DISABLE_TIMING = 2;

enum CUlaunchAttributeID : int {
  CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION = 4,
  CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION = 6,
};

union CUlaunchAttributeValue {
  char pad[64];
  struct {
    unsigned x, y, z;
  } clusterDim;
  int programmaticStreamSerializationAllowed;
  void *handle; ///< of members that the player does not use: they align the union
};

struct CUlaunchAttribute {
  CUlaunchAttributeID id;
  char pad[8 - sizeof(CUlaunchAttributeID)];
  CUlaunchAttributeValue value;
};

struct CUlaunchConfig {
  unsigned gridDimX, gridDimY, gridDimZ;
  unsigned blockDimX, blockDimY, blockDimZ;
  unsigned sharedMemBytes;
  CUstream hStream;
  CUlaunchAttribute *attrs;
  unsigned numAttrs;
};
static_assert(sizeof(CUlaunchAttribute) == 72 && alignof(CUlaunchAttribute) == 8);
static_assert(sizeof(CUlaunchConfig) == 56);

/// Opaque; a kernel takes it by value.
struct alignas(128) CUtensorMap {
  uint64_t opaque[16];
};
static_assert(sizeof(CUtensorMap) == 128);

enum CUtensorMapDataType : int { CU_TENSOR_MAP_DATA_TYPE_FLOAT32 = 7, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 = 9 };
enum CUtensorMapInterleave : int { CU_TENSOR_MAP_INTERLEAVE_NONE = 0 };
enum CUtensorMapSwizzle : int {
  CU_TENSOR_MAP_SWIZZLE_NONE = 0,
  CU_TENSOR_MAP_SWIZZLE_32B = 1,
  CU_TENSOR_MAP_SWIZZLE_64B = 2,
  CU_TENSOR_MAP_SWIZZLE_128B = 3,
};
enum CUtensorMapL2promotion : int { CU_TENSOR_MAP_L2_PROMOTION_L2_256B = 3 };
enum CUtensorMapFloatOOBfill : int { CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE = 0 }; ///< zeros

// clang-format off
/// FUNCTION(name, parameters) for every entry point that the player uses.
#define SAMBA_CUDA_API(FUNCTION)                                                                             \
  FUNCTION(cuInit, (unsigned flags))                                                                         \
  FUNCTION(cuDriverGetVersion, (int *version))                                                               \
  FUNCTION(cuGetErrorName, (CUresult result, const char **name))                                             \
  FUNCTION(cuGetErrorString, (CUresult result, const char **text))                                           \
  FUNCTION(cuDeviceGetCount, (int *count))                                                                   \
  FUNCTION(cuDeviceGet, (CUdevice *device, int ordinal))                                                     \
  FUNCTION(cuDeviceGetName, (char *name, int bytes, CUdevice device))                                        \
  FUNCTION(cuDeviceGetAttribute, (int *value, CUdevice_attribute attribute, CUdevice device))                \
  FUNCTION(cuDevicePrimaryCtxRetain, (CUcontext *context, CUdevice device))                                  \
  FUNCTION(cuDevicePrimaryCtxRelease_v2, (CUdevice device))                                                  \
  FUNCTION(cuCtxSetCurrent, (CUcontext context))                                                             \
  FUNCTION(cuMemAlloc_v2, (CUdeviceptr *memory, size_t bytes))                                               \
  FUNCTION(cuMemFree_v2, (CUdeviceptr memory))                                                               \
  FUNCTION(cuMemGetInfo_v2, (size_t *free, size_t *total))                                                   \
  FUNCTION(cuMemHostAlloc, (void **memory, size_t bytes, unsigned flags))                                    \
  FUNCTION(cuMemFreeHost, (void *memory))                                                                    \
  FUNCTION(cuMemcpyHtoDAsync_v2, (CUdeviceptr to, const void *from, size_t bytes, CUstream stream))          \
  FUNCTION(cuMemcpyDtoHAsync_v2, (void *to, CUdeviceptr from, size_t bytes, CUstream stream))                \
  FUNCTION(cuMemcpyDtoDAsync_v2, (CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream))          \
  FUNCTION(cuMemsetD8Async, (CUdeviceptr to, unsigned char value, size_t bytes, CUstream stream))            \
  FUNCTION(cuStreamCreate, (CUstream *stream, unsigned flags))                                               \
  FUNCTION(cuStreamDestroy_v2, (CUstream stream))                                                            \
  FUNCTION(cuStreamSynchronize, (CUstream stream))                                                           \
  FUNCTION(cuStreamBeginCapture_v2, (CUstream stream, CUstreamCaptureMode mode))                             \
  FUNCTION(cuStreamEndCapture, (CUstream stream, CUgraph *graph))                                            \
  FUNCTION(cuGraphInstantiateWithFlags, (CUgraphExec *executable, CUgraph graph, unsigned long long flags))  \
  FUNCTION(cuGraphLaunch, (CUgraphExec executable, CUstream stream))                                         \
  FUNCTION(cuGraphExecDestroy, (CUgraphExec executable))                                                     \
  FUNCTION(cuGraphDestroy, (CUgraph graph))                                                                  \
  FUNCTION(cuEventCreate, (CUevent *event, unsigned flags))                                                  \
  FUNCTION(cuEventDestroy_v2, (CUevent event))                                                               \
  FUNCTION(cuEventRecord, (CUevent event, CUstream stream))                                                  \
  FUNCTION(cuEventSynchronize, (CUevent event))                                                              \
  FUNCTION(cuEventElapsedTime, (float *milliseconds, CUevent start, CUevent end))                            \
  FUNCTION(cuModuleLoadDataEx, (CUmodule *module, const void *image, unsigned count, CUjit_option *options,  \
                                void **values))                                                              \
  FUNCTION(cuModuleUnload, (CUmodule module))                                                                \
  FUNCTION(cuModuleGetFunction, (CUfunction *function, CUmodule module, const char *name))                   \
  FUNCTION(cuFuncSetAttribute, (CUfunction function, CUfunction_attribute attribute, int value))             \
  FUNCTION(cuLaunchKernelEx, (const CUlaunchConfig *config, CUfunction function, void **parameters,          \
                              void **extra))                                                                 \
  FUNCTION(cuTensorMapEncodeTiled, (CUtensorMap *map, CUtensorMapDataType type, uint32_t rank,               \
                                    void *address, const uint64_t *sizes, const uint64_t *strides,           \
                                    const uint32_t *box, const uint32_t *elementStrides,                     \
                                    CUtensorMapInterleave interleave, CUtensorMapSwizzle swizzle,            \
                                    CUtensorMapL2promotion promotion, CUtensorMapFloatOOBfill fill))
// clang-format on

} // namespace samba::cuda

// Packing parameters, and launching with attributes.
#include "runtime/device/cuda/CudaLaunch.h"

#include <algorithm>
#include <array>

namespace samba::cuda {

static CUtensorMapSwizzle swizzleOf(int64_t bytes) {
  switch (bytes) {
  case 32:
    return CU_TENSOR_MAP_SWIZZLE_32B;
  case 64:
    return CU_TENSOR_MAP_SWIZZLE_64B;
  case 128:
    return CU_TENSOR_MAP_SWIZZLE_128B;
  }
  return CU_TENSOR_MAP_SWIZZLE_NONE;
}

CUtensorMap encode(CudaContext &context, const TensorMap &map, CUdeviceptr address) {
  constexpr size_t maxRank = 5;
  size_t rank = map.sizes.size();
  std::array<uint64_t, maxRank> sizes{}, strides{};
  std::array<uint32_t, maxRank> box{}, steps{};
  steps.fill(1);
  std::copy(map.sizes.begin(), map.sizes.end(), sizes.begin());
  std::copy(map.strides.begin(), map.strides.end(), strides.begin());
  std::copy(map.box.begin(), map.box.end(), box.begin());
  CUtensorMap encoded;
  context.check(
      context.driver().cuTensorMapEncodeTiled(
          &encoded,
          map.dtype == DType::BF16 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 : CU_TENSOR_MAP_DATA_TYPE_FLOAT32,
          uint32_t(rank), reinterpret_cast<void *>(address), sizes.data(), strides.data(), box.data(),
          steps.data(), CU_TENSOR_MAP_INTERLEAVE_NONE, swizzleOf(map.swizzle),
          CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE),
      "cuTensorMapEncodeTiled");
  return encoded;
}

CudaLaunch::CudaLaunch(CudaContext &context, const GpuLaunch &launch, CUfunction function,
                       const std::vector<void *> &args, CUdeviceptr scratch)
    : name(launch.function), handle(function), cluster(unsigned(launch.cluster)),
      parameters(launch.params.size()) {
  config.gridDimX = unsigned(launch.grid[0]);
  config.gridDimY = unsigned(launch.grid[1]);
  config.gridDimZ = unsigned(launch.grid[2]);
  config.blockDimX = unsigned(launch.threads);
  config.blockDimY = config.blockDimZ = 1;
  config.sharedMemBytes = unsigned(launch.sharedBytes);
  config.hStream = context.stream();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const GpuParam &param = launch.params[i];
    CUdeviceptr base = param.arg ? reinterpret_cast<uintptr_t>(args[*param.arg]) : scratch;
    CUdeviceptr address = base + CUdeviceptr(param.offset);
    if (param.map)
      parameters[i].map = encode(context, *param.map, address);
    else
      parameters[i].address = address;
    pointers.push_back(&parameters[i]);
  }
}

void CudaLaunch::start(CudaContext &context, bool early) {
  std::array<CUlaunchAttribute, 2> attributes{};
  config.attrs = attributes.data();
  config.numAttrs = 0;
  if (cluster > 1) {
    CUlaunchAttribute &attribute = attributes[config.numAttrs++];
    attribute.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
    attribute.value.clusterDim = {cluster, 1, 1};
  }
  if (early) {
    CUlaunchAttribute &attribute = attributes[config.numAttrs++];
    attribute.id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
    attribute.value.programmaticStreamSerializationAllowed = 1;
  }
  CUresult result = context.driver().cuLaunchKernelEx(&config, handle, pointers.data(), nullptr);
  config.attrs = nullptr;
  if (result != CUDA_SUCCESS)
    context.check(result, ("launch of '" + name + "'").c_str());
}

} // namespace samba::cuda

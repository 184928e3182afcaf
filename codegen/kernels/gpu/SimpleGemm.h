//===- SimpleGemm.h - a matrix product without demands on sizes -----------------------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

struct SimpleFactor {
  Value tensor;
  bool depthDown; ///< [depth, outer], else [outer, depth]
};

/// result = a [m, depth] b [n, depth]^T for operands that TMA cannot address.
void emitSimpleGemm(KernelBuilder &k, const SimpleFactor &a, const SimpleFactor &b, Value result,
                    int64_t depth);

} // namespace samba::gpu

//===- SkinnyGemm.h - y = x w^T for few rows of x -------------------------------------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

/// Rows of x up to which streaming w is what counts.
constexpr int64_t skinnyRows = 64;

/// x and w are bf16, their rows multiples of 16 bytes apart, at most skinnyRows rows; where a norm makes x,
/// its channels are a multiple of 8. What the kernel holds besides: other products of x; the norm that makes
/// x; rotary embeddings of results (codegen/ShareLaunches.cpp says when).
void emitSkinnyGemm(KernelBuilder &k, LinearOp op);

} // namespace samba::gpu

//===- StreamGemm.h - y = x w^T for some rows of x ------------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/SkinnyResults.h"

namespace samba::gpu {

/// Whether emitStreamGemm can: more than 8 rows of x, and TMA can address both operands.
bool canStream(KernelBuilder &k, LinearOp op);

/// The same as emitSkinnyGemm, of more rows; x is an input of the kernel.
void emitStreamGemm(KernelBuilder &k, LinearOp op);

} // namespace samba::gpu

//===- Kernels.h - the GPU kernels of the core ops --------------------------------------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

/// Attaches every kernel below to its op when the dialect is loaded.
void registerGpuKernels(mlir::DialectRegistry &registry);

/// A kernel of element-wise ops alone, all outputs of one shape.
mlir::LogicalResult emitElementwise(KernelBuilder &k);

// One per file of this folder: each attaches the external models of that file's ops.
void attachElementwise(mlir::MLIRContext &context);

} // namespace samba::gpu

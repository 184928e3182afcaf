//===- Kernels.h - the GPU kernels of the core ops ------------------------------------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

/// Attaches every kernel below to its op when the dialect is loaded.
void registerGpuKernels(mlir::DialectRegistry &registry);

/// A kernel of element-wise ops alone, all outputs of one shape.
mlir::LogicalResult emitElementwise(KernelBuilder &k);

// One per file of this folder: each attaches the external models of that file's ops.
void attachAttention(mlir::MLIRContext &context);
void attachAttentionDelta(mlir::MLIRContext &context);
void attachAttentionGrad(mlir::MLIRContext &context);
void attachCausalConv(mlir::MLIRContext &context);
void attachCausalConvGrad(mlir::MLIRContext &context);
void attachCrossEntropy(mlir::MLIRContext &context);
void attachCrossEntropyGrad(mlir::MLIRContext &context);
void attachDecayAttention(mlir::MLIRContext &context);
void attachElementwise(mlir::MLIRContext &context);
void attachEmbedding(mlir::MLIRContext &context);
void attachFill(mlir::MLIRContext &context);
void attachLinear(mlir::MLIRContext &context);
void attachMaskedMean(mlir::MLIRContext &context);
void attachOptimizer(mlir::MLIRContext &context);
void attachReduce(mlir::MLIRContext &context);
void attachRingUpdate(mlir::MLIRContext &context);
void attachRmsNorm(mlir::MLIRContext &context);
void attachRotary(mlir::MLIRContext &context);
void attachSample(mlir::MLIRContext &context);
void attachSelectiveScan(mlir::MLIRContext &context);
void attachSelectiveScanGrad(mlir::MLIRContext &context);

} // namespace samba::gpu

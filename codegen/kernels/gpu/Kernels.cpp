//===- Kernels.cpp - registers the GPU kernels of the core ops ------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"

using namespace mlir;

namespace samba::gpu {

void registerGpuKernels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, SambaDialect *) {
    attachAttention(*context);
    attachAttentionDelta(*context);
    attachAttentionGrad(*context);
    attachCausalConv(*context);
    attachCausalConvGrad(*context);
    attachCrossEntropy(*context);
    attachCrossEntropyGrad(*context);
    attachDecayAttention(*context);
    attachElementwise(*context);
    attachEmbedding(*context);
    attachFill(*context);
    attachLinear(*context);
    attachMaskedMean(*context);
    attachOptimizer(*context);
    attachReduce(*context);
    attachRingUpdate(*context);
    attachRmsNorm(*context);
    attachRotary(*context);
    attachSample(*context);
    attachSelectiveScan(*context);
    attachSelectiveScanGrad(*context);
  });
}

} // namespace samba::gpu

//===- Kernels.cpp - registers the host kernels of the core ops -----------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

void registerHostKernels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, SambaDialect *) {
    attachAttention(*context);
    attachAttentionGrad(*context);
    attachCausalConv(*context);
    attachCrossEntropy(*context);
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

} // namespace samba::host

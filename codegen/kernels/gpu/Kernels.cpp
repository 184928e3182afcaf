//===- Kernels.cpp - registers the GPU kernels of the core ops ------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"

using namespace mlir;

namespace samba::gpu {

void registerGpuKernels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, SambaDialect *) { attachElementwise(*context); });
}

} // namespace samba::gpu

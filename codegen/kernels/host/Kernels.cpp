//===- Kernels.cpp - registers the host kernels of the core ops
//------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

void registerHostKernels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, SambaDialect *) {
    attachElementwise(*context);
    attachLinear(*context);
  });
}

} // namespace samba::host

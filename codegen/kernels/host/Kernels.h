//===- Kernels.h - the host kernels of the core ops
//------------------------------------------------------===//
#pragma once

#include "codegen/targets/host/HostKernel.h"

namespace samba::host {

/// Attaches every kernel below to its op when the dialect is loaded.
void registerHostKernels(mlir::DialectRegistry &registry);

/// A kernel of element-wise ops alone: one loop over rows and channels, all outputs of one shape.
Schedule scheduleElementwise(KernelOp kernel);
void emitElementwise(KernelOp kernel, KernelBuilder &k);

// One per file of this folder: each attaches the external models of that file's ops.
void attachElementwise(mlir::MLIRContext &context);
void attachLinear(mlir::MLIRContext &context);

} // namespace samba::host

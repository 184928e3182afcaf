//===- Codegen.h - the passes and registrations of code generation --------------------------------------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace samba {

#define GEN_PASS_DECL
#include "codegen/CodegenPasses.h.inc"

#define GEN_PASS_REGISTRATION
#include "codegen/CodegenPasses.h.inc"

/// Registers the kernels of the core ops for both targets, the dialects they are written in and their
/// translation to LLVM. `host::buildSharedLibrary` (codegen/targets/host/HostTarget.h) and
/// `gpu::compileKernels` (codegen/targets/nvptx/NvptxTarget.h) compile what `samba-emit-kernels` writes.
void registerCodegen(mlir::DialectRegistry &registry);

/// The modules that `samba-emit-kernels` added to `module`, one per instruction set.
llvm::SmallVector<mlir::ModuleOp> hostModules(mlir::ModuleOp module);

/// Bytes that a thread needs besides the launches' buffers: those of the kernel of the planned module that
/// needs most. Fails on a kernel that cannot be emitted.
llvm::FailureOr<int64_t> scratchBytesPerThread(mlir::ModuleOp planned);

} // namespace samba

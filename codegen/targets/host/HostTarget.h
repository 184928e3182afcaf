//===- HostTarget.h - from modules of host functions to kernels.so --------------------------------------===//
//
// Every kernel is built twice, for AVX2 and for AVX-512; the player chooses by CPUID when it loads the
// bundle. The two modules are lowered and compiled side by side: func, scf, arith and vector to the LLVM
// dialect, LLVM IR, the O3 pipeline without unrolling and auto-vectorisation (the emitters have done both by
// hand), an object file, ld.lld.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace samba::host {

/// One of the instruction sets that a bundle carries.
struct InstructionSet {
  llvm::StringRef suffix;   ///< of every symbol, and the name of its module
  int64_t lanes;            ///< f32 per register
  llvm::StringRef cpu;      ///< LLVM's -mcpu
  llvm::StringRef features; ///< LLVM's -mattr
  llvm::StringRef vectorWidth;
};

llvm::ArrayRef<InstructionSet> instructionSets();

/// Registers the dialects that the emitters write, and what lowers and translates them.
void registerHostTarget(mlir::DialectRegistry &registry);

/// Builds one shared library from modules named after their instruction set (`builtin.module @avx512`), which
/// stay as they are. Nothing is left at `path` on failure; the diagnostics say what was looked for.
mlir::LogicalResult buildSharedLibrary(llvm::ArrayRef<mlir::ModuleOp> modules, llvm::StringRef path);

/// Lowers and compiles one module to an object file in memory.
mlir::FailureOr<llvm::SmallVector<char, 0>> compileObject(mlir::ModuleOp module, const InstructionSet &isa);

/// Links object files in memory to a shared library, through ld.lld-22, ld.lld or ld.
mlir::LogicalResult linkSharedLibrary(mlir::Location loc, llvm::ArrayRef<llvm::SmallVector<char, 0>> objects,
                                      llvm::StringRef path);

} // namespace samba::host

//===- NvptxTarget.h - from GPU functions to PTX and cubins ---------------------------------------------===//
//
// Every kernel's functions are compiled by themselves, kernels side by side: scf, arith and NVVM to the LLVM
// dialect, LLVM IR with every inline-assembly call made convergent, the O3 pipeline without unrolling (the
// emitters have done it by hand), PTX, and, where ptxas is installed, a cubin. ptxas's report is read:
// registers, spills, warnings.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace samba::gpu {

/// The name of the target, of the module that holds its functions, and of LLVM's processor.
inline constexpr llvm::StringLiteral targetName = "sm_90a";

/// Registers the dialects that the emitters write, and what lowers and translates them.
void registerNvptxTarget(mlir::DialectRegistry &registry);

/// The module that `samba-emit-kernels{target=sm_90a}` added; null if it did not.
mlir::ModuleOp gpuModule(mlir::ModuleOp module);

/// What ptxas says of a function.
struct Report {
  std::string function;
  int64_t registers = 0, stackBytes = 0, spillBytes = 0, sharedBytes = 0;
  std::vector<std::string> warnings; ///< C75xx notes and warnings, without "ptxas info"

  /// Nothing that makes the function slower than it was written.
  bool isClean() const { return !stackBytes && !spillBytes && warnings.empty(); }
  std::string text() const;
};

/// Reads what `ptxas -v` prints.
std::vector<Report> readReports(llvm::StringRef text);

/// The functions of one kernel, compiled.
struct Image {
  std::string kernel;
  std::string ptx;
  std::string cubin;           ///< empty where there is no ptxas
  std::vector<Report> reports; ///< one per function, where there is ptxas
};

/// Compiles the functions of all kernels, in the kernels' order: to PTX, and with `assembled` further, where
/// there is ptxas.
mlir::FailureOr<std::vector<Image>> compileKernels(mlir::ModuleOp module, bool assembled = true);

/// The path of ptxas: on PATH, in CUDA_HOME or /usr/local/cuda; empty if there is none.
std::string findPtxas();

/// Runs ptxas on `ptx`.
mlir::FailureOr<std::pair<std::string, std::vector<Report>>>
assemble(mlir::Location loc, llvm::StringRef ptxas, llvm::StringRef ptx);

} // namespace samba::gpu

//===- BackEnd.h - from lowered modules of kernels to what LLVM's back ends write -----------------------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CodeGen.h"

namespace llvm {
class Module;
}

namespace samba {

/// One of LLVM's back ends, and how modules of kernels get there.
struct BackEnd {
  llvm::StringRef name, triple;
  void (*initialize)(); ///< tells LLVM of it, once
  void (*lowering)(mlir::OpPassManager &pm);

  /// Loads the dialects that the lowering writes: threads that run it may not.
  void loadDialects(mlir::MLIRContext *context) const;

  /// The object file, or the assembly, of a module, which is lowered in place. `mark` may say more of the
  /// functions before they are optimized. Fails with an error about `what`.
  llvm::FailureOr<llvm::SmallVector<char, 0>> compile(mlir::ModuleOp module, llvm::StringRef cpu,
                                                      llvm::StringRef features, llvm::CodeGenFileType type,
                                                      const llvm::Twine &what,
                                                      llvm::function_ref<void(llvm::Module &)> mark) const;
};

} // namespace samba

//===- KernelTable.h - The kernels of a module, one per distinct group ----------------------------------===//
#pragma once

#include "dialect/Samba.h"
#include "llvm/ADT/StringMap.h"

namespace samba {

/// Makes kernels at the end of a module; what computes the same on the same layout shares one.
class KernelTable {
public:
  explicit KernelTable(mlir::ModuleOp module) : module(module) {}

  /// The kernel that computes `op` (a group or a lone core op) on arguments with these row strides (elements)
  /// and at addresses that are multiples of `alignments` (bytes).
  KernelOp kernelFor(mlir::Operation *op, llvm::ArrayRef<int64_t> rowStrides,
                     llvm::ArrayRef<int64_t> alignments);

  /// The op that gives a kernel its name: the one that is not element-wise, or the first.
  static mlir::Operation *rootOf(mlir::Operation *op);

private:
  KernelOp unique(KernelOp kernel, llvm::StringRef name);

  mlir::ModuleOp module;
  llvm::StringMap<KernelOp> kernels; ///< by their text
  llvm::StringMap<unsigned> counts;  ///< of each name
};

} // namespace samba

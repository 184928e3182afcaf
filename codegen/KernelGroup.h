//===- KernelGroup.h - what a samba.kernel's root and its fused ops mean to an emitter ------------------===//
//
// A tensor [.., C] is seen as rows, the leading dimensions collapsed, of C channels; a tensor of rank 1 is
// one row.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "dialect/Samba.h"

namespace samba {

/// Rows and channels of a tensor [.., channels]; rank 0 is one row of one channel.
int64_t kernelRowsOf(mlir::Value tensor);
int64_t kernelChannelsOf(mlir::Value tensor);

/// The launch argument that holds `tensor`: an input, or the first output that is this very value.
std::optional<unsigned> argumentOf(KernelOp kernel, mlir::Value tensor);

/// The buffer that a launch's argument is, or is channels of.
BufferOp bufferOf(mlir::Value argument);

/// Whether every launch finds in an input what its program began with: no launch before it has written there.
bool isGiven(KernelOp kernel, mlir::Value input);

/// What a kernel of several roots computes along with `result`: its first user that is an Op, or null.
template <class Op> Op userOf(mlir::Value result) {
  for (mlir::Operation *user : result.getUsers())
    if (auto op = llvm::dyn_cast<Op>(user))
      return op;
  return {};
}

/// Whether `result` is an output of the kernel, and no output comes from anything but its op.
bool isPlainOutputOf(KernelOp kernel, mlir::Value result);

/// The outputs to store when `result` of the root is known: those that hang on it, and, with the root's
/// epilogue result, those that hang on inputs alone.
llvm::SmallVector<unsigned> outputsBehind(KernelOp kernel, mlir::Value result);

} // namespace samba

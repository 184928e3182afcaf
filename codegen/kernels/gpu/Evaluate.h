//===- Evaluate.h - fused element-wise ops where a kernel knows several values --------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

/// What is known at a place: results of the ops that the kernel computes, and what follows from them.
using Known = llvm::DenseMap<Value, Values>;

/// `n` neighbouring channels of `tensor`: known, an input, or element-wise ops on such.
Values evaluateAt(KernelBuilder &k, Value tensor, Operand row, Operand column, int64_t n, Known &known);

/// The kernel's outputs that hang on one of `results`, through element-wise ops alone.
llvm::SmallVector<unsigned> outputsOf(KernelBuilder &k, ValueRange results);

/// The kernel's inputs that these tensors are made of, through element-wise ops alone, each as often as it is
/// read.
llvm::SmallVector<Value> inputsOf(ValueRange tensors);

/// Loads the inputs that these outputs are made of at a place, ahead of what else they hang on.
Known loadInputs(KernelBuilder &k, llvm::ArrayRef<unsigned> outputs, Operand row, Operand column, int64_t n);

/// Stores these outputs at a place, all values being made before the first store.
void storeOutputs(KernelBuilder &k, llvm::ArrayRef<unsigned> outputs, Operand row, Operand column, int64_t n,
                  Known known);

} // namespace samba::gpu

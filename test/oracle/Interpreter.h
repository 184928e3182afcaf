//===- Interpreter.h - Evaluates blocks of core ops in double precision --------------------------------===//
#pragma once

#include "dialect/Samba.h"
#include "test/oracle/Tensor.h"

namespace samba::oracle {

/// Evaluates the ops of `block` in order on `inputs`, the values of its arguments, and returns what its
/// terminator returns or yields. The block is the body of a func.func, a samba.fused or a samba.kernel. Fails
/// with a diagnostic at an op that has no rule.
mlir::FailureOr<std::vector<Tensor>> evaluate(mlir::Block &block, llvm::ArrayRef<Tensor> inputs);

/// Evaluates one op.
mlir::FailureOr<std::vector<Tensor>> evaluate(mlir::Operation *op, llvm::ArrayRef<const Tensor *> operands);

} // namespace samba::oracle

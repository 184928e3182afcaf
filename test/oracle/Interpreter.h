//===- Interpreter.h - Evaluates blocks of core ops in double precision --------------------------------===//
#pragma once

#include "dialect/Samba.h"
#include "test/oracle/Tensor.h"

namespace samba::oracle {

/// Whether values keep double precision, or are rounded where their type is bf16: the same mathematics done
/// naively with such storage. Other types are taken as exact.
enum class Rounding { none, bf16 };

/// Evaluates the ops of `block` in order on `inputs`, the values of its arguments, and returns what its
/// terminator returns or yields. The block is the body of a func.func, a samba.fused or a samba.kernel. Fails
/// with a diagnostic at an op that has no rule.
mlir::FailureOr<std::vector<Tensor>> evaluate(mlir::Block &block, llvm::ArrayRef<Tensor> inputs,
                                              Rounding rounding = Rounding::none);

/// Evaluates one op.
mlir::FailureOr<std::vector<Tensor>> evaluate(mlir::Operation *op, llvm::ArrayRef<const Tensor *> operands,
                                              Rounding rounding = Rounding::none);

} // namespace samba::oracle

//===- Gradients.h - Emitted cotangents against finite differences -------------------------------------===//
#pragma once

#include "dialect/Samba.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "test/oracle/Random.h"

namespace samba::oracle {

/// The greatest relative error of central differences in double precision.
constexpr double gradientLimit = 1e-6;

/// The ops of a function that are to be checked: distinct by name, attributes and types; none if the function
/// holds an op that is not differentiable.
std::vector<DifferentiableOpInterface> differentiableOps(mlir::func::FuncOp func);

/// The cotangents that `op` emits, evaluated in double precision on random inputs, against central
/// differences of the op itself along a random direction in each operand: |difference - <gradient,
/// direction>| / |gradient|, the largest over the operands. Every float operand must get a cotangent.
/// Fails with a diagnostic at an op that has no rule or leaves an operand without one.
mlir::FailureOr<double> gradientError(DifferentiableOpInterface op, Random &random);

} // namespace samba::oracle

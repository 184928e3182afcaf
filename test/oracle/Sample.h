//===- Sample.h - Random inputs of a block, and what it makes of them ----------------------------------===//
#pragma once

#include "test/oracle/Interpreter.h"
#include "test/oracle/Random.h"

namespace samba::oracle {

struct Sample {
  std::vector<Tensor> inputs;  ///< of the block's arguments
  std::vector<Tensor> outputs; ///< of what its terminator returns or yields
};

/// Draws the arguments of a block of core ops so that they make sense to the ops that read them, as the rules
/// of Semantics.h say, and evaluates it. Inputs are rounded as their types store them, so that a kernel can
/// be given the same. Fails with a diagnostic at an op that has no rule.
mlir::FailureOr<Sample> drawSample(mlir::Block &block, Random &random);

} // namespace samba::oracle

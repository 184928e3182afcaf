//===- Interpreter.cpp - Evaluates blocks of core ops in double precision ------------------------------===//
#include "test/oracle/Interpreter.h"
#include "test/oracle/Semantics.h"
#include "test/oracle/Storage.h"

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

static FailureOr<std::vector<Tensor>> evaluateBlock(Block &block, ArrayRef<const Tensor *> inputs,
                                                    Rounding rounding) {
  if (block.getNumArguments() != inputs.size())
    return emitError(block.getParentOp()->getLoc())
           << "the oracle expected " << block.getNumArguments() << " inputs, got " << inputs.size();
  DenseMap<Value, const Tensor *> known;
  std::vector<std::vector<Tensor>> owned;
  auto isRounded = [&](Value value) { return rounding == Rounding::bf16 && isBf16(value.getType()); };
  for (auto [argument, input] : llvm::zip(block.getArguments(), inputs)) {
    known[argument] = input;
    if (isRounded(argument)) {
      owned.push_back({*input});
      store(argument.getType(), owned.back()[0]);
      known[argument] = owned.back().data();
    }
  }
  for (Operation &op : block.without_terminator()) {
    SmallVector<const Tensor *> operands;
    for (Value operand : op.getOperands())
      operands.push_back(known.at(operand));
    FailureOr<std::vector<Tensor>> results = oracle::evaluate(&op, operands, rounding);
    if (failed(results))
      return failure();
    owned.push_back(std::move(*results));
    for (auto [result, tensor] : llvm::zip(op.getResults(), owned.back()))
      known[result] = &tensor;
  }
  std::vector<Tensor> outputs;
  for (Value output : block.getTerminator()->getOperands())
    outputs.push_back(*known.at(output));
  return outputs;
}

FailureOr<std::vector<Tensor>> samba::oracle::evaluate(Operation *op, ArrayRef<const Tensor *> operands,
                                                       Rounding rounding) {
  if (auto fused = dyn_cast<FusedOp>(op))
    return evaluateBlock(fused.getBody().front(), operands, rounding);
  const Rule *rule = semantics().find(op->getName().getStringRef());
  if (!rule)
    return op->emitError("the oracle has no rule for '") << op->getName() << "'; add one to test/oracle/ops";
  std::vector<Tensor> results;
  for (Type type : op->getResultTypes())
    results.emplace_back(cast<RankedTensorType>(type).getShape());
  rule->evaluate(op, Operands(operands), results);
  if (rounding == Rounding::bf16)
    for (auto [type, result] : llvm::zip(op->getResultTypes(), results))
      if (isBf16(type))
        store(type, result);
  return results;
}

FailureOr<std::vector<Tensor>> samba::oracle::evaluate(Block &block, ArrayRef<Tensor> inputs,
                                                       Rounding rounding) {
  SmallVector<const Tensor *> pointers;
  for (const Tensor &input : inputs)
    pointers.push_back(&input);
  return evaluateBlock(block, pointers, rounding);
}

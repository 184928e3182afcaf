//===- Sample.cpp - Random inputs of a block, and what it makes of them --------------------------------===//
#include "test/oracle/Sample.h"
#include "test/oracle/Semantics.h"
#include "test/oracle/Storage.h"

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

namespace {
/// Walks a block in order: draws an argument where an op first reads it, then evaluates the op.
class Sampler {
public:
  explicit Sampler(Random &random) : random(random) {}

  LogicalResult visit(Operation *op) {
    const Rule *rule = semantics().find(op->getName().getStringRef());
    auto isDerived = [&](OpOperand &operand) {
      return rule && rule->derives.count(operand.getOperandNumber()) && isa<BlockArgument>(operand.get());
    };
    for (OpOperand &operand : op->getOpOperands())
      if (!isDerived(operand))
        draw(operand.get());
    for (OpOperand &operand : op->getOpOperands())
      if (isDerived(operand) && !known.count(operand.get())) {
        // What is not known yet is derived itself, and no derivation reads another derived operand.
        const Rule::Derive &derive = rule->derives.at(operand.getOperandNumber());
        known[operand.get()] = rounded(operand.get(), derive(op, Operands(operandsOf(op))));
      }
    FailureOr<std::vector<Tensor>> results = evaluate(op, operandsOf(op));
    if (failed(results))
      return failure();
    for (auto [result, tensor] : llvm::zip(op->getResults(), *results))
      known[result] = std::move(tensor);
    return success();
  }

  /// The value of an argument or an evaluated op.
  Tensor take(Value value) {
    draw(value); // an argument that no op reads
    return known.at(value);
  }

private:
  void draw(Value value) {
    if (known.count(value))
      return;
    ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
    for (OpOperand &use : value.getUses())
      if (const Rule *rule = semantics().find(use.getOwner()->getName().getStringRef()))
        if (auto special = rule->draws.find(use.getOperandNumber()); special != rule->draws.end()) {
          known[value] = rounded(value, special->second(use.getOwner(), shape, random));
          return;
        }
    known[value] = rounded(value, drawNormal(shape, random));
  }

  static Tensor rounded(Value value, Tensor tensor) {
    store(value.getType(), tensor);
    return tensor;
  }

  SmallVector<const Tensor *> operandsOf(Operation *op) {
    SmallVector<const Tensor *> operands;
    for (Value operand : op->getOperands()) {
      auto found = known.find(operand);
      operands.push_back(found == known.end() ? nullptr : &found->second);
    }
    return operands;
  }

  Random &random;
  llvm::DenseMap<Value, Tensor> known;
};
} // namespace

FailureOr<Sample> samba::oracle::drawSample(Block &block, Random &random) {
  Sampler sampler(random);
  for (Operation &op : block.without_terminator())
    if (failed(sampler.visit(&op)))
      return failure();
  Sample sample;
  for (BlockArgument argument : block.getArguments())
    sample.inputs.push_back(sampler.take(argument));
  for (Value output : block.getTerminator()->getOperands())
    sample.outputs.push_back(sampler.take(output));
  return sample;
}

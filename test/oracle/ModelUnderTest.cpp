//===- ModelUnderTest.cpp - A compiled model, the same model for the oracle, and tokens for both -------===//
#include "test/oracle/ModelUnderTest.h"
#include "test/oracle/Interpreter.h"
#include "test/oracle/Semantics.h"

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

/// The model's own values shaken by a tenth, so that no two elements and no two tensors are alike.
static Tensor shaken(ArrayRef<int64_t> shape, ArrayRef<float> values, Random &random) {
  Tensor result(shape);
  for (auto [x, value] : llvm::zip(result.data, values))
    x = float(value * (1 + 0.1 * random.normal()) + 0.01 * random.normal());
  return result;
}

LogicalResult ModelUnderTest::prepare(Random &random) {
  func::FuncOp func = loss();
  if (!func)
    return module->emitError("expected a function @loss at stage 01-core");
  auto heads = llvm::to_vector(func.getOps<LinearCrossEntropyOp>());
  if (heads.size() != 1)
    return func.emitError("expected one 'samba.linear_cross_entropy', got ") << heads.size();
  int64_t vocab = heads[0].getW().getType().getDimSize(0);

  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    std::string name = argumentName(func, i);
    ArrayRef<int64_t> shape = cast<RankedTensorType>(func.getArgument(i).getType()).getShape();
    if (name == "samba.input tokens")
      values[name] = drawIntegers(shape, random, 0, vocab);
    else if (name == "samba.input targets")
      values[name] = drawIntegers(shape, random, -1, vocab);
    else if (auto parameter = func.getArgAttrOfType<StringAttr>(i, "samba.param")) {
      std::string bare = parameter.str();
      parameters.push_back(bare);
      decays[bare] = func.getArgAttrOfType<BoolAttr>(i, "samba.decay").getValue();
      const Tensor &drawn = values[name] =
          shaken(shape, model.read(CompiledModel::Segment::params, bare), random);
      model.write(CompiledModel::Segment::params, bare, {drawn.data.begin(), drawn.data.end()});
    }
  }

  // The head's logits, which the loss computes but does not return.
  Operation *ret = func.front().getTerminator();
  OpBuilder b(ret);
  Value logits = LinearOp::create(b, heads[0].getLoc(), heads[0].getX(), heads[0].getW());
  ret->insertOperands(ret->getNumOperands(), logits);
  std::vector<Tensor> inputs;
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    inputs.push_back(values.at(argumentName(func, i)));
  FailureOr<std::vector<Tensor>> outputs = evaluate(func.front(), inputs);
  if (failed(outputs))
    return failure();
  forward["samba.output loss"] = outputs->front();
  forward["logits"] = outputs->back();
  ret->eraseOperand(ret->getNumOperands() - 1);
  logits.getDefiningOp()->erase();
  return success();
}

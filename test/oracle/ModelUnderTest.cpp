//===- ModelUnderTest.cpp - A compiled model, the same model for the oracle, and tokens for both -------===//
#include "test/oracle/ModelUnderTest.h"
#include "test/oracle/Interpreter.h"
#include "test/oracle/Semantics.h"
#include "test/oracle/Storage.h"

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

/// The one head of a function.
static FailureOr<LinearCrossEntropyOp> headOf(func::FuncOp func) {
  auto heads = llvm::to_vector(func.getOps<LinearCrossEntropyOp>());
  if (heads.size() != 1)
    return func.emitError("expected one 'samba.linear_cross_entropy', got ") << heads.size();
  return heads[0];
}

/// Evaluates `func`, and its head's logits, which it computes but does not return, as "logits".
static FailureOr<NamedValues> evaluateWithLogits(func::FuncOp func, const NamedValues &values,
                                                 Rounding rounding) {
  FailureOr<LinearCrossEntropyOp> head = headOf(func);
  if (failed(head))
    return failure();
  Operation *ret = func.front().getTerminator();
  OpBuilder b(ret);
  Value logits = LinearOp::create(b, head->getLoc(), head->getX(), head->getW());
  logits.setType(RankedTensorType::get(cast<RankedTensorType>(logits.getType()).getShape(), b.getF32Type()));
  ret->insertOperands(ret->getNumOperands(), logits);
  std::vector<Tensor> inputs;
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    inputs.push_back(values.at(argumentName(func, i)));
  FailureOr<std::vector<Tensor>> outputs = evaluate(func.front(), inputs, rounding);
  ret->eraseOperand(ret->getNumOperands() - 1);
  logits.getDefiningOp()->erase();
  if (failed(outputs))
    return failure();
  NamedValues named{{"logits", std::move(outputs->back())}};
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    named[resultName(func, i)] = std::move((*outputs)[i]);
  return named;
}

LogicalResult ModelUnderTest::draw(func::FuncOp func, int64_t vocab, Random &random) {
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    std::string name = argumentName(func, i);
    ArrayRef<int64_t> shape = cast<RankedTensorType>(func.getArgument(i).getType()).getShape();
    if (name == "samba.input tokens")
      values[name] = drawIntegers(shape, random, 0, vocab);
    else if (name == "samba.input targets")
      values[name] = drawIntegers(shape, random, -1, vocab);
    else if (name == "samba.input documents")
      values[name] = drawDocuments(shape, random);
    else if (auto parameter = func.getArgAttrOfType<StringAttr>(i, "samba.param")) {
      std::string bare = parameter.str();
      parameters.push_back(bare);
      decays[bare] = func.getArgAttrOfType<BoolAttr>(i, "samba.decay").getValue();
      const Tensor &drawn = values[name] =
          shaken(shape, model.read(CompiledModel::Segment::params, bare), random);
      values["samba.weight " + bare] = drawn;
      values["samba.grad " + bare] = Tensor(shape);
      model.write(CompiledModel::Segment::params, bare, {drawn.data.begin(), drawn.data.end()});
    } else
      return func.emitError("the oracle knows no value for argument ") << i << " of @loss";
  }
  return success();
}

LogicalResult ModelUnderTest::setLimits(func::FuncOp train) {
  for (const std::string &name : parameters)
    limits.gradients[name] = limit::wholeGradient;
  WalkResult bf16 = train.walk([](Operation *op) {
    return llvm::any_of(op->getResultTypes(), isBf16) ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (!bf16.wasInterrupted())
    return success();
  FailureOr<NamedValues> rounded = evaluateWithLogits(train, values, Rounding::bf16);
  if (failed(rounded))
    return failure();
  auto cost = [&](const Tensor &exact, const std::string &name) {
    return distance(exact, rounded->at(name).data).relative;
  };
  double logitsCost = cost(logits(), "logits");
  limits.loss = std::max(1e-3, 2 * cost(forward.at("samba.output loss"), "samba.output loss"));
  limits.logits = limits.decode = std::max(limit::bf16Rounding, 2 * logitsCost);
  limits.state = std::max(limit::bf16Rounding, 3 * logitsCost);
  for (const std::string &name : parameters)
    limits.gradients[name] = std::max(limit::bf16Rounding, 3 * cost(gradient(name), "samba.grad " + name));
  return success();
}

LogicalResult ModelUnderTest::prepare(Random &random) {
  auto train = trainModule->lookupSymbol<func::FuncOp>("train");
  if (!loss() || !train)
    return module->emitError("expected a function @loss at stage 01-core, and @train at stage 02-train");
  FailureOr<LinearCrossEntropyOp> head = headOf(loss());
  if (failed(head) || failed(draw(loss(), head->getW().getType().getDimSize(0), random)))
    return failure();
  FailureOr<NamedValues> exact = evaluateWithLogits(loss(), values, Rounding::none);
  FailureOr<NamedValues> gradients = evaluate(train, values);
  if (failed(exact) || failed(gradients))
    return failure();
  forward = std::move(*exact);
  backward = std::move(*gradients);
  return setLimits(train);
}

LogicalResult ModelUnderTest::joinDocuments() {
  values["samba.input documents"] = Tensor(tokens().shape);
  FailureOr<NamedValues> joined = evaluateWithLogits(loss(), values, Rounding::none);
  if (failed(joined))
    return failure();
  forward = std::move(*joined);
  return success();
}

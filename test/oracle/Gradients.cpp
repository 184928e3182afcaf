//===- Gradients.cpp - Emitted cotangents against finite differences -----------------------------------===//
#include "test/oracle/Gradients.h"
#include "mlir/IR/IRMapping.h"
#include "test/oracle/Compare.h"
#include "test/oracle/Sample.h"
#include "test/oracle/Semantics.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

static bool isFloat(Value value) {
  return isa<FloatType>(cast<RankedTensorType>(value.getType()).getElementType());
}

static double dot(const Tensor &a, const Tensor &b) {
  double sum = 0;
  for (int64_t i = 0; i < a.elements(); ++i)
    sum += a.data[i] * b.data[i];
  return sum;
}

namespace {
/// A copy of one op in a function of its operands and a cotangent for each result that has one; the function
/// returns the emitted cotangents of the operands.
struct Differentiated {
  explicit Differentiated(Operation *original)
      : module(ModuleOp::create(original->getLoc())), cotangents(original->getNumResults()) {
    OpBuilder b(module->getBodyRegion());
    auto func = func::FuncOp::create(b, original->getLoc(), "gradient", b.getFunctionType({}, {}));
    block = func.addEntryBlock();
    b.setInsertionPointToStart(block);
    SmallVector<Value> operands;
    for (Value operand : original->getOperands())
      operands.push_back(block->addArgument(operand.getType(), operand.getLoc()));
    op = b.clone(*original);
    op->setOperands(operands);
    for (OpResult result : op->getResults())
      if (cast<DifferentiableOpInterface>(op).takesCotangent(result.getResultNumber()))
        cotangents[result.getResultNumber()] = block->addArgument(result.getType(), result.getLoc());
    cast<DifferentiableOpInterface>(op).differentiate(b, cotangents, gradients);
    SmallVector<Value> returned;
    llvm::copy_if(gradients, std::back_inserter(returned), [](Value value) { return bool(value); });
    func::ReturnOp::create(b, original->getLoc(), returned);
  }

  OwningOpRef<ModuleOp> module;
  Block *block;
  Operation *op;
  SmallVector<Value> cotangents; ///< of the results; null where there is none
  SmallVector<Value> gradients;  ///< of the operands
};
} // namespace

/// sum over results of <cotangent, result>, at these operands.
static FailureOr<double> objective(Differentiated &it, ArrayRef<Tensor> inputs, ArrayRef<Tensor> operands) {
  SmallVector<const Tensor *> pointers;
  for (const Tensor &operand : operands)
    pointers.push_back(&operand);
  FailureOr<std::vector<Tensor>> results = evaluate(it.op, pointers);
  if (failed(results))
    return failure();
  double sum = 0;
  for (auto [cotangent, result] : llvm::zip(it.cotangents, *results))
    if (cotangent)
      sum += dot(inputs[cast<BlockArgument>(cotangent).getArgNumber()], result);
  return sum;
}

FailureOr<double> samba::oracle::gradientError(DifferentiableOpInterface original, Random &random) {
  constexpr double step = 1e-5;
  Differentiated it(original);
  if (it.gradients.size() != it.op->getNumOperands())
    return original.emitError("expected one cotangent for each of ")
           << it.op->getNumOperands() << " operands, got " << it.gradients.size();
  FailureOr<Sample> sample = drawSample(*it.block, random);
  if (failed(sample))
    return failure();

  double worst = 0;
  const Tensor *gradient = sample->outputs.data();
  for (unsigned i = 0; i < it.op->getNumOperands(); ++i) {
    if (!isFloat(it.op->getOperand(i)))
      continue;
    if (!it.gradients[i])
      return original.emitError("emits no cotangent for operand ") << i;
    Tensor direction = drawNormal(sample->inputs[i].shape, random);
    auto objectiveAt = [&](double distance) {
      std::vector<Tensor> operands(sample->inputs.begin(), sample->inputs.begin() + it.op->getNumOperands());
      for (int64_t e = 0; e < direction.elements(); ++e)
        operands[i].data[e] += distance * direction.data[e];
      return objective(it, sample->inputs, operands);
    };
    FailureOr<double> ahead = objectiveAt(step), behind = objectiveAt(-step);
    if (failed(ahead) || failed(behind))
      return failure();
    double difference = (*ahead - *behind) / (2 * step), norm = std::sqrt(dot(*gradient, *gradient));
    double error = std::abs(difference - dot(*gradient, direction)) / std::max(norm, 1e-6);
    worst = worse(worst, error);
    ++gradient;
  }
  return worst;
}

std::vector<DifferentiableOpInterface> samba::oracle::differentiableOps(func::FuncOp func) {
  std::vector<DifferentiableOpInterface> ops;
  llvm::StringSet<> seen;
  for (Operation &op : func.front().without_terminator()) {
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if (!differentiable)
      return {};
    std::string key;
    llvm::raw_string_ostream os(key);
    os << op.getName() << op.getAttrDictionary() << op.getOperandTypes();
    if (seen.insert(key).second)
      ops.push_back(differentiable);
  }
  return ops;
}

//===- Evaluate.cpp - fused element-wise ops where a kernel knows several values ------------------------===//
#include "codegen/kernels/gpu/Evaluate.h"

using namespace mlir;

namespace samba::gpu {

Values evaluateAt(KernelBuilder &k, Value tensor, Operand row, Operand column, int64_t n, Known &known) {
  if (auto found = known.find(tensor); found != known.end())
    return found->second;
  Values values;
  if (isa<BlockArgument>(tensor)) {
    values = k.load(tensor, row, column, n);
  } else {
    auto producer = cast<GpuLaneOpInterface>(tensor.getDefiningOp());
    SmallVector<Values> operands;
    for (Value operand : producer->getOperands())
      operands.push_back(evaluateAt(k, operand, row, column, n, known));
    for (int64_t i = 0; i < n; ++i)
      values.push_back(producer.emitLane(
          k, llvm::map_to_vector(operands, [&](const Values &operand) { return operand[i]; })));
  }
  known[tensor] = values;
  return values;
}

static bool hangsOn(Value value, ValueRange results) {
  if (llvm::is_contained(results, value))
    return true;
  Operation *op = value.getDefiningOp();
  return isa_and_nonnull<ElementwiseOpInterface>(op) &&
         llvm::any_of(op->getOperands(), [&](Value operand) { return hangsOn(operand, results); });
}

SmallVector<unsigned> outputsOf(KernelBuilder &k, ValueRange results) {
  SmallVector<unsigned> found;
  for (auto [i, output] : llvm::enumerate(k.kernel.outputs()))
    if (hangsOn(output, results))
      found.push_back(i);
  return found;
}

SmallVector<Value> inputsOf(ValueRange tensors) {
  SmallVector<Value> inputs;
  for (Value tensor : tensors) {
    if (isa<BlockArgument>(tensor))
      inputs.push_back(tensor);
    else if (Operation *op = tensor.getDefiningOp(); isa<ElementwiseOpInterface>(op))
      inputs.append(inputsOf(op->getOperands()));
  }
  return inputs;
}

Known loadInputs(KernelBuilder &k, ArrayRef<unsigned> outputs, Operand row, Operand column, int64_t n) {
  Known known;
  SmallVector<Value> tensors;
  for (unsigned i : outputs)
    tensors.push_back(k.kernel.outputs()[i]);
  for (Value input : llvm::reverse(inputsOf(tensors)))
    (void)evaluateAt(k, input, row, column, n, known);
  return known;
}

void storeOutputs(KernelBuilder &k, ArrayRef<unsigned> outputs, Operand row, Operand column, int64_t n,
                  Known known) {
  SmallVector<Values> vectors;
  for (unsigned i : outputs)
    vectors.push_back(evaluateAt(k, k.kernel.outputs()[i], row, column, n, known));
  for (auto [i, vector] : llvm::zip(outputs, vectors))
    k.storeOutput(i, row, column, vector);
}

} // namespace samba::gpu

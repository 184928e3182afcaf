//===- HostKernel.cpp - arguments, fused loads and fused stores of a host kernel ------------------------===//
#include "codegen/targets/host/HostKernel.h"

#include "dialect/core/Shapes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;

#include "codegen/targets/host/HostKernelInterface.cpp.inc"

namespace samba::host {

KernelBuilder::KernelBuilder(ModuleOp module, KernelOp kernel, int64_t lanes, StringRef suffix)
    : LaneBuilder(OpBuilder::atBlockEnd(module.getBody()), kernel.getLoc(), lanes), kernel(kernel) {
  std::string name = (kernel.getSymName() + "_" + suffix).str();
  auto function = make<mlir::func::FuncOp>(name, b.getFunctionType({ptr, i64, ptr}, {}));
  b.setInsertionPointToStart(function.addEntryBlock());
  Value arguments = function.getArgument(0);
  cell = function.getArgument(1);
  scratchPointer = function.getArgument(2);
  for (size_t i = 0, count = kernel.argumentTypes().size(); i < count; ++i)
    pointers.push_back(loadScalar(at(arguments, int64_t(i), ptr), ptr));
}

void KernelBuilder::finish() { make<mlir::func::ReturnOp>(); }

Value KernelBuilder::scratch(int64_t byteOffset) { return at(scratchPointer, byteOffset, b.getI8Type()); }

Value KernelBuilder::pointer(Value tensor) {
  std::optional<unsigned> index = argumentOf(kernel, tensor);
  assert(index && "neither an input nor an output of the kernel");
  return pointers[*index];
}

int64_t KernelBuilder::rowStride(Value tensor) {
  std::optional<unsigned> index = argumentOf(kernel, tensor);
  assert(index && "neither an input nor an output of the kernel");
  return kernel.getRowStrides()[*index];
}

bool KernelBuilder::isNeeded(Value result) { return !result.use_empty(); }

bool KernelBuilder::isPlainOutput(Value result) { return isPlainOutputOf(kernel, result); }

Value KernelBuilder::address(unsigned argument, Value tensor, Operand row, Operand column) {
  Value rowStart = pointers[argument];
  Type element = getElementTypeOrSelf(tensor.getType());
  if (shapeOf(tensor).size() > 1)
    rowStart = at(rowStart, mul(index(kernel.getRowStrides()[argument]), row), element);
  return at(rowStart, column, element);
}

/// The value of `tensor` at a place: `known`, leaf(address) for an input, or its producer applied to its
/// operands there.
Value KernelBuilder::evaluate(Value tensor, Operand row, Operand column, function_ref<Value(Value)> leaf,
                              llvm::DenseMap<Value, Value> &known) {
  if (Value value = known.lookup(tensor))
    return value;
  Value value;
  if (auto input = dyn_cast<BlockArgument>(tensor)) {
    value = leaf(address(input.getArgNumber(), tensor, row, column));
  } else {
    auto producer = cast<HostLanesOpInterface>(tensor.getDefiningOp());
    Values operands;
    for (Value operand : producer->getOperands())
      operands.push_back(evaluate(operand, row, column, leaf, known));
    value = producer.emitLanes(*this, operands);
  }
  known[tensor] = value;
  return value;
}

Value KernelBuilder::loadLanes(Value tensor, Operand row, Operand column, Value mask) {
  llvm::DenseMap<Value, Value> known;
  return evaluate(tensor, row, column, [&](Value address) { return load(address, mask); }, known);
}

Value KernelBuilder::loadElement(Value tensor, Operand row, Operand column) {
  Type element = getElementTypeOrSelf(tensor.getType());
  llvm::DenseMap<Value, Value> known;
  return evaluate(tensor, row, column, [&](Value address) { return loadScalar(address, element); }, known);
}

void KernelBuilder::storeLanes(Value result, Operand row, Operand column, Value lanes, Value mask) {
  consume(result, row, column, lanes, mask);
}

void KernelBuilder::storeElement(Value result, Operand row, Operand column, Value element) {
  consume(result, row, column, element, {});
}

void KernelBuilder::consume(Value result, Operand row, Operand column, Value value, Value mask) {
  auto leaf = [&](Value address) {
    return isa<VectorType>(value.getType()) ? load(address, mask) : loadScalar(address, value.getType());
  };
  llvm::DenseMap<Value, Value> known{{result, value}};
  // All values before the first store: an output may be the buffer of an input.
  SmallVector<std::pair<unsigned, Value>> stores;
  for (unsigned i : outputsBehind(kernel, result))
    stores.emplace_back(i, evaluate(kernel.outputs()[i], row, column, leaf, known));
  for (auto [i, stored] : stores)
    storeOutput(i, row, column, stored, mask);
}

std::pair<Value, Value> KernelBuilder::placeOfRow(Value tensor, Value row) {
  int64_t width = channelsOf(tensor);
  std::optional<unsigned> argument = argumentOf(kernel, tensor);
  if (argument && kernel.getRowStrides()[*argument] == width)
    return {index(0), row};
  return {div(row, width), rem(row, width)};
}

Value KernelBuilder::loadPerRow(Value tensor, Value row) {
  auto [r, c] = placeOfRow(tensor, row);
  return loadElement(tensor, r, c);
}

void KernelBuilder::storePerRow(Value result, Value row, Value element) {
  Value width = index(channelsOf(result));
  storeElement(result, div(row, width), rem(row, width), element);
}

void KernelBuilder::storeOutput(unsigned output, Operand row, Operand column, Value value, Value mask) {
  unsigned argument = kernel.getBody().getNumArguments() + output;
  store(value, address(argument, kernel.outputs()[output], row, column), mask);
}

void KernelBuilder::overRows(Value tensor, int64_t rowsPerCell, function_ref<void(Value)> body) {
  Value first = mul(cell, rowsPerCell);
  loop(first, min(add(first, rowsPerCell), rowsOf(tensor)), 1, body);
}

static constexpr int64_t elementsPerCell = 16384;

static int64_t rowsOfElements(Value result) {
  return std::max<int64_t>(1, elementsPerCell / channelsOf(result));
}

bool KernelBuilder::isFlat(KernelOp kernel, Value result, Value except) {
  auto exceptArgument = dyn_cast_or_null<BlockArgument>(except);
  for (auto [i, type, stride] : llvm::enumerate(kernel.argumentTypes(), kernel.getRowStrides())) {
    bool dense = stride == (cast<ShapedType>(type).getRank() ? cast<ShapedType>(type).getShape().back() : 1);
    bool same = type == result.getType() || (exceptArgument && exceptArgument.getArgNumber() == i);
    if (!dense || !same)
      return false;
  }
  return true;
}

int64_t KernelBuilder::cellsOfElements(Value result, bool flat) {
  if (flat)
    return llvm::divideCeil(elementsOf(result), elementsPerCell);
  return cellsOfRows(result, rowsOfElements(result));
}

void KernelBuilder::overElements(Value result, bool flat, function_ref<void(Value, Value, Value)> body) {
  if (flat) {
    Value first = mul(cell, elementsPerCell), zero = index(0);
    overLanes(min(sub(elementsOf(result), first), elementsPerCell),
              [&](Value i, Value mask) { body(zero, add(first, i), mask); });
    return;
  }
  overRows(result, rowsOfElements(result), [&](Value row) {
    overLanes(channelsOf(result), [&](Value column, Value mask) { body(row, column, mask); });
  });
}

int64_t KernelBuilder::cellsOfRows(Value tensor, int64_t rowsPerCell) {
  return llvm::divideCeil(rowsOf(tensor), rowsPerCell);
}

} // namespace samba::host

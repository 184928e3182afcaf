//===- Elementwise.cpp - element-wise ops, inside other kernels and alone
//--------------------------------===//
//
// y[r, c] = f(x[r, c], ..). Alone, a kernel streams its operands once: a cell takes about 16,384 elements.
// Where every argument is dense and none is a channel vector, rows are one long row; otherwise a cell takes
// whole rows.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::host {

static constexpr int64_t elementsPerCell = 16384;

// ---- each op's equation
// ------------------------------------------------------------------------------------

namespace {

/// The external model of an op whose equation is `equation(k, operands)`.
template <class Op, Value (*equation)(LaneBuilder &, ValueRange)>
struct Lanes : HostLanesOpInterface::ExternalModel<Lanes<Op, equation>, Op> {
  Value emitLanes(Operation *, LaneBuilder &k, ValueRange operands) const { return equation(k, operands); }
};

template <class Op, Value (*equation)(LaneBuilder &, ValueRange)> void attach(MLIRContext &context) {
  Op::template attachInterface<Lanes<Op, equation>>(context);
}

Value add(LaneBuilder &k, ValueRange x) { return k.add(x[0], x[1]); }
Value mul(LaneBuilder &k, ValueRange x) { return k.mul(x[0], x[1]); }
Value copy(LaneBuilder &, ValueRange x) { return x[0]; }
Value neg(LaneBuilder &k, ValueRange x) { return k.neg(x[0]); }
Value exp(LaneBuilder &k, ValueRange x) { return k.exp(x[0]); }
Value silu(LaneBuilder &k, ValueRange x) { return k.silu(x[0]); }
Value softplus(LaneBuilder &k, ValueRange x) { return k.softplus(x[0]); }

/// b s (1 + a (1 - s)), s = sigmoid(a)
Value siluGrad(LaneBuilder &k, ValueRange x) {
  Value a = x[0], b = x[1], s = k.sigmoid(a);
  return k.mul(k.mul(b, s), k.fma(a, k.sub(1, s), 1));
}

/// b (1 - exp(-a)), a = softplus's result
Value softplusGrad(LaneBuilder &k, ValueRange x) { return k.mul(x[1], k.sub(1, k.exp(k.neg(x[0])))); }

} // namespace

void attachElementwise(MLIRContext &context) {
  attach<AddOp, add>(context);
  attach<MulOp, mul>(context);
  attach<CopyOp, copy>(context);
  attach<NegOp, neg>(context);
  attach<ExpOp, exp>(context);
  attach<SiluOp, silu>(context);
  attach<SoftplusOp, softplus>(context);
  attach<SiluGradOp, siluGrad>(context);
  attach<SoftplusGradOp, softplusGrad>(context);
}

// ---- a kernel of its own
// -----------------------------------------------------------------------------------

/// Whether rows may be read as one: every argument has the outputs' shape and no gaps between rows.
static bool isFlat(KernelOp kernel) {
  Value output = kernel.outputs().front();
  for (auto [type, stride] : llvm::zip(kernel.argumentTypes(), kernel.getRowStrides()))
    if (type != output.getType() || stride != channelsOf(output))
      return false;
  return true;
}

static int64_t rowsPerCell(Value output) {
  return std::max<int64_t>(1, elementsPerCell / channelsOf(output));
}

Schedule scheduleElementwise(KernelOp kernel) {
  Value output = kernel.outputs().front();
  if (isFlat(kernel))
    return {int64_t(llvm::divideCeil(elementsOf(output), elementsPerCell)), 0};
  return {KernelBuilder::cellsOfRows(output, rowsPerCell(output)), 0};
}

void emitElementwise(KernelOp kernel, KernelBuilder &k) {
  Value output = kernel.outputs().front();
  auto compute = [&](Operand row, Value column, Value mask) {
    // All outputs before the first store: an output may be the buffer of an input.
    Values results;
    for (Value result : kernel.outputs())
      results.push_back(k.loadLanes(result, row, column, mask));
    for (auto [i, result] : llvm::enumerate(results))
      k.storeOutput(i, row, column, result, mask);
  };
  if (isFlat(kernel)) {
    Value first = k.mul(k.cell, elementsPerCell);
    k.overLanes(k.min(k.sub(elementsOf(output), first), elementsPerCell),
                [&](Value i, Value mask) { compute(0, k.add(first, i), mask); });
    return;
  }
  k.overRows(output, rowsPerCell(output), [&](Value row) {
    k.overLanes(channelsOf(output), [&](Value column, Value mask) { compute(row, column, mask); });
  });
}

} // namespace samba::host

//===- Elementwise.cpp - element-wise ops, inside other kernels and alone -------------------------------===//
//
// y[r, c] = f(x[r, c], ..). Alone, a kernel streams its operands once: a cell takes about 16,384 elements.
// Where every argument is dense and none is a channel vector, rows are one long row; otherwise a cell takes
// whole rows.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

// ---- each op's equation ---------------------------------------------------------------------------------

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
  attach<ConvertOp, copy>(context);
  attach<NegOp, neg>(context);
  attach<ExpOp, exp>(context);
  attach<SiluOp, silu>(context);
  attach<SoftplusOp, softplus>(context);
  attach<SiluGradOp, siluGrad>(context);
  attach<SoftplusGradOp, softplusGrad>(context);
}

// ---- a kernel of its own --------------------------------------------------------------------------------

Schedule scheduleElementwise(KernelOp kernel) {
  Value output = kernel.outputs().front();
  return {KernelBuilder::cellsOfElements(output, KernelBuilder::isFlat(kernel, output)), 0};
}

void emitElementwise(KernelBuilder &k) {
  Value output = k.kernel.outputs().front();
  k.overElements(output, KernelBuilder::isFlat(k.kernel, output), [&](Value row, Value column, Value mask) {
    // All outputs before the first store: an output may be the buffer of an input.
    Values results;
    for (Value result : k.kernel.outputs())
      results.push_back(k.loadLanes(result, row, column, mask));
    for (auto [i, result] : llvm::enumerate(results))
      k.storeOutput(i, row, column, result, mask);
  });
}

} // namespace samba::host

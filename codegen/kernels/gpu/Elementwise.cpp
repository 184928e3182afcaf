//===- Elementwise.cpp - element-wise ops, inside other kernels and alone -------------------------------===//
//
//   y[r, c] = f(x[r, c], ..)
//
// Alone, a kernel reads each operand and writes each result once: C bytes(x) + .. per row, and nothing else
// counts. A thread takes 1 to 4 vectors of 16 bytes, all loads before the first store (an output may be the
// buffer of an input). Two special functions per element, as silu has, still fit into the time of its 4
// bytes.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

using namespace mlir;

namespace samba::gpu {

//===- Each op's equation -------------------------------------------------------------------------------===//

namespace {

/// The external model of an op whose equation is `equation(k, operands)`.
template <class Op, Value (*equation)(TileBuilder &, ValueRange)>
struct Lane : GpuLaneOpInterface::ExternalModel<Lane<Op, equation>, Op> {
  Value emitLane(Operation *, TileBuilder &k, ValueRange operands) const { return equation(k, operands); }
};

template <class Op, Value (*equation)(TileBuilder &, ValueRange)> void attach(MLIRContext &context) {
  Op::template attachInterface<Lane<Op, equation>>(context);
}

Value add(TileBuilder &k, ValueRange x) { return k.add(x[0], x[1]); }
Value mul(TileBuilder &k, ValueRange x) { return k.mul(x[0], x[1]); }
Value identity(TileBuilder &, ValueRange x) { return x[0]; }
Value neg(TileBuilder &k, ValueRange x) { return k.neg(x[0]); }
Value exp(TileBuilder &k, ValueRange x) { return k.exp(x[0]); }
Value silu(TileBuilder &k, ValueRange x) { return k.silu(x[0]); }
Value softplus(TileBuilder &k, ValueRange x) { return k.softplus(x[0]); }

/// b s (1 + a (1 - s)), s = sigmoid(a)
Value siluGrad(TileBuilder &k, ValueRange x) {
  Value a = x[0], b = x[1], s = k.sigmoid(a);
  return k.mul(k.mul(b, s), k.fma(a, k.sub(1, s), 1));
}

/// b (1 - exp(-a)), a = softplus's result; where a is small by the series, in which nothing cancels
Value softplusGrad(TileBuilder &k, ValueRange x) {
  Value a = x[0], negative = k.neg(a), series = k.number(1.0 / 120);
  for (double factorial : {24, 6, 2, 1})
    series = k.fma(negative, series, 1 / factorial);
  return k.mul(x[1], k.select(k.less(a, 0.125), k.mul(a, series), k.sub(1, k.exp(negative))));
}

} // namespace

void attachElementwise(MLIRContext &context) {
  attach<AddOp, add>(context);
  attach<MulOp, mul>(context);
  attach<CopyOp, identity>(context);
  attach<ConvertOp, identity>(context);
  attach<NegOp, neg>(context);
  attach<ExpOp, exp>(context);
  attach<SiluOp, silu>(context);
  attach<SoftplusOp, softplus>(context);
  attach<SiluGradOp, siluGrad>(context);
  attach<SoftplusGradOp, softplusGrad>(context);
}

//===- A kernel of its own ------------------------------------------------------------------------------===//

/// Vectors of a thread, so that 64 bytes or a little more are under way for each.
static int64_t vectorsInFlight(KernelBuilder &k) { return k.kernel.getBody().getNumArguments() > 2 ? 2 : 4; }

LogicalResult emitElementwise(KernelBuilder &k) {
  OperandRange outputs = k.kernel.outputs();
  Value like = outputs.front();
  VectorGrid grid(rowsOf(like), channelsOf(like), streamWidth(k, like), vectorsInFlight(k));
  k.begin(grid.shape());
  SmallVector<Place> places = grid.places(k);
  SmallVector<SmallVector<Values>> results; // [place][output]
  for (const Place &place : places)
    results.push_back(llvm::map_to_vector(
        outputs, [&](Value output) { return k.load(output, place.row, place.column, grid.width); }));
  for (auto [place, values] : llvm::zip(places, results)) {
    auto store = [&, &place = place, &values = values] {
      for (auto [i, value] : llvm::enumerate(values))
        k.storeOutput(i, place.row, place.column, value);
    };
    if (place.valid)
      k.when(place.valid, store);
    else
      store();
  }
  k.end();
  return success();
}

} // namespace samba::gpu

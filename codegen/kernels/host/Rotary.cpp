//===- Rotary.cpp - rotary position embedding -----------------------------------------------------------===//
//
//   angle = p theta^(-2i / head_dim)         i < head_dim / 2, p = position[b] + t (without positions: t)
//   y_i = x_i cos - x_j sin,  y_j = x_j cos + x_i sin,  j = i + head_dim / 2      (inverse: sin changes its
//   sign)
//
// A cell is 8 tokens: it makes a token's table of sines and cosines in scratch memory, the angle in f64 so
// that positions in the millions keep their precision, and turns all heads (and, without positions, all batch
// entries) with it. Cost: 4 multiply-adds per pair, at the speed of memory.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

#include "dialect/core/Shapes.h"

#include <cmath>

using namespace mlir;

namespace samba::host {

namespace {

constexpr int64_t tokensPerCell = 8;

struct RotaryKernel : HostKernelOpInterface::ExternalModel<RotaryKernel, RotaryOp> {
  static int64_t blocksOf(RotaryOp op) { return llvm::divideCeil(shapeOf(op.getX())[1], tokensPerCell); }
  static int64_t paddedPairs(RotaryOp op) { return llvm::alignTo(int64_t(op.getHeadDim()) / 2, 16); }

  Schedule schedule(Operation *op) const {
    auto rotary = cast<RotaryOp>(op);
    int64_t batches = rotary.getPosition() ? shapeOf(rotary.getX())[0] : 1;
    return {blocksOf(rotary) * batches, 2 * paddedPairs(rotary) * 4};
  }

  void emit(Operation *op, KernelBuilder &k) const {
    auto rotary = cast<RotaryOp>(op);
    const int64_t B = shapeOf(rotary.getX())[0], T = shapeOf(rotary.getX())[1], blocks = blocksOf(rotary);
    Value batch = k.div(k.cell, blocks), first = k.mul(k.rem(k.cell, blocks), tokensPerCell);
    k.loop(first, k.min(k.add(first, tokensPerCell), T), 1, [&](Value t) {
      if (rotary.getPosition()) {
        makeTable(rotary, k.add(k.loadElement(rotary.getPosition(), 0, batch), t), k);
        turn(rotary, k.add(k.mul(batch, T), t), k);
      } else {
        makeTable(rotary, t, k);
        k.loop(0, B, 1, [&](Value b) { turn(rotary, k.add(k.mul(b, T), t), k); });
      }
    });
  }

  /// Scratch: cos [pairs], sin [pairs] of one position.
  static void makeTable(RotaryOp op, Value position, KernelBuilder &k) {
    const int64_t pairs = op.getHeadDim() / 2;
    SmallVector<double> frequencies(paddedPairs(op), 0.0);
    for (int64_t i = 0; i < pairs; ++i)
      frequencies[i] = std::pow(op.getTheta().convertToDouble(), -double(i) / double(pairs));
    Value table = k.table(frequencies), p = k.toFloat(position, k.f64);
    k.overLanes(paddedPairs(op), [&](Value i, Value) {
      auto [sine, cosine] = k.sinCos(k.mul(k.load(k.at(table, i, k.f64), {}, k.f64), p));
      k.store(cosine, k.at(k.scratch(), i));
      k.store(op.getInverse() ? k.neg(sine) : sine, k.at(k.scratch(paddedPairs(op) * 4), i));
    });
  }

  /// All heads of one row.
  static void turn(RotaryOp op, Value row, KernelBuilder &k) {
    const int64_t headDim = op.getHeadDim(), pairs = headDim / 2;
    Value x = op.getX();
    k.loop(0, channelsOf(x), headDim, [&](Value head) {
      k.overLanes(pairs, [&](Value c, Value mask) {
        Value i = k.add(head, c), j = k.add(i, pairs);
        Value cosine = k.load(k.at(k.scratch(), c)), sine = k.load(k.at(k.scratch(paddedPairs(op) * 4), c));
        Value xi = k.loadLanes(x, row, i, mask), xj = k.loadLanes(x, row, j, mask); // [L]
        k.storeLanes(op.getY(), row, i, k.sub(k.mul(xi, cosine), k.mul(xj, sine)), mask);
        k.storeLanes(op.getY(), row, j, k.fma(xj, cosine, k.mul(xi, sine)), mask);
      });
    });
  }
};

} // namespace

void attachRotary(MLIRContext &context) { RotaryOp::attachInterface<RotaryKernel>(context); }

} // namespace samba::host

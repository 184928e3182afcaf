//===- Rotary.cpp - rotary position embedding -----------------------------------------------------------===//
//
//   angle = p theta^(-2i / head_dim)         i < head_dim / 2, p = position[b] + t (without positions: t)
//   y_i = x_i cos - x_j sin,  y_j = x_j cos + x_i sin,  j = i + head_dim / 2      (inverse: sin changes its
//   sign)
//
// x is read and y written once: 4 bytes per element in bf16. A thread has a vector of pairs (8 of bf16, 16
// bytes of each half) of one token, makes their sines and cosines once, and turns with them as many heads as
// leaves threads enough, four heads' loads under way together. The angle is an f64 product, so that positions
// in the millions keep their precision: theta^(-2i / head_dim) is a product of constants, one for each bit of
// i.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Rotary.h"

#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

#include "dialect/core/Shapes.h"

#include <cmath>

using namespace mlir;

namespace samba::gpu {

/// Radians per token.
static double frequencyOf(RotaryOp op, int64_t pair) {
  return std::pow(op.getTheta().convertToDouble(), -2.0 * double(pair) / double(op.getHeadDim()));
}

/// The f64 angle, position times frequency, of pair step * index of a row; index (i32) is below `count`.
static Value angleOf(KernelBuilder &k, RotaryOp op, Value row, Value index, int64_t count, int64_t step) {
  const int64_t T = shapeOf(op.getX())[1];
  Value t = k.rem(row, T);
  if (op.getPosition())
    t = k.add(k.loadInteger(op.getPosition(), k.div(row, T)), k.extend(t));
  Value angle = k.toFloat(t, k.f64);
  for (int64_t bit = 1; bit < count; bit *= 2) {
    Value isSet = k.equal(k.bitAnd(index, bit), bit);
    angle = k.mul(angle, k.select(isSet, k.constant(k.f64, frequencyOf(op, bit * step)), 1.0));
  }
  return angle;
}

static std::pair<Value, Value> turnOf(KernelBuilder &k, RotaryOp op, Value angle) {
  auto [sine, cosine] = k.sinCos(angle);
  return {op.getInverse() ? k.neg(sine) : sine, cosine};
}

std::pair<Value, Value> rotaryAngle(KernelBuilder &k, RotaryOp op, Value row, Value pair) {
  return turnOf(k, op, angleOf(k, op, row, pair, int64_t(op.getHeadDim()) / 2, 1));
}

SmallVector<std::pair<Value, Value>> rotaryAngles(KernelBuilder &k, RotaryOp op, Value row, Value group,
                                                  int64_t width) {
  return rotaryAngles(k, op, row, group, int64_t(op.getHeadDim()) / 2 / width, width,
                      llvm::to_vector(llvm::seq(width)));
}

SmallVector<std::pair<Value, Value>> rotaryAngles(KernelBuilder &k, RotaryOp op, Value row, Value group,
                                                  int64_t groups, int64_t width, ArrayRef<int64_t> offsets) {
  Value base = angleOf(k, op, row, group, groups, width);
  return llvm::map_to_vector(
      offsets, [&](int64_t offset) { return turnOf(k, op, k.mul(base, frequencyOf(op, offset))); });
}

void turnPairs(KernelBuilder &k, Values &low, Values &high, ArrayRef<std::pair<Value, Value>> angles) {
  for (auto [x, y, angle] : llvm::zip_equal(low, high, angles)) {
    auto [sine, cosine] = angle;
    Value turned = k.fma(x, cosine, k.neg(k.mul(y, sine)));
    y = k.fma(y, cosine, k.mul(x, sine));
    x = turned;
  }
}

namespace {

struct RotaryKernel : GpuKernelOpInterface::ExternalModel<RotaryKernel, RotaryOp> {
  static constexpr int64_t threads = 256, headsInFlight = 4;

  /// A thread: a token, a group of `width` pairs, `heads` heads.
  struct Tiling {
    int64_t pairs, width, groups, heads, headBlocks, total;
    Tiling(RotaryOp op, KernelBuilder &k) {
      Value x = op.getX();
      const int64_t headDim = op.getHeadDim(), allHeads = channelsOf(x) / headDim;
      pairs = headDim / 2;
      width = streamWidth(k, x);
      while (pairs % width)
        width /= 2;
      groups = pairs / width;
      heads = std::max<int64_t>(1, std::min(allHeads, allHeads * rowsOf(x) * groups / fewThreads));
      while (allHeads % heads)
        ++heads;
      headBlocks = allHeads / heads;
      total = rowsOf(x) * headBlocks * groups;
    }
  };

  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto rotary = cast<RotaryOp>(op);
    const Tiling tiling(rotary, k);
    k.begin({{int64_t(llvm::divideCeil(tiling.total, threads)), 1, 1}, threads});
    Value block = k.blockId(), thread = k.threadId();
    if (tiling.total >= int64_t(1) << 30) {
      block = k.extend(block);
      thread = k.extend(thread);
    }
    Value flat = k.add(k.mul(block, threads), thread);
    auto turnAll = [&] {
      auto narrow = [&](Value x) { return k.toInteger(x, k.i32); };
      Value group = narrow(k.rem(flat, tiling.groups)), rest = k.div(flat, tiling.groups);
      Value row = narrow(k.div(rest, tiling.headBlocks));
      Value firstHead = k.mul(narrow(k.rem(rest, tiling.headBlocks)), tiling.heads);
      SmallVector<std::pair<Value, Value>> sinCos = rotaryAngles(k, rotary, row, group, tiling.width);
      Value column = k.add(k.mul(firstHead, 2 * tiling.pairs), k.mul(group, tiling.width));
      const int64_t full = tiling.heads / headsInFlight * headsInFlight;
      k.loop(0, full, headsInFlight, [&](Value head) {
        turn(rotary, tiling, row, k.add(column, k.mul(head, 2 * tiling.pairs)), headsInFlight, sinCos, k);
      });
      if (tiling.heads > full)
        turn(rotary, tiling, row, k.add(column, full * 2 * tiling.pairs), tiling.heads - full, sinCos, k);
    };
    if (tiling.total % threads)
      k.when(k.less(flat, tiling.total), turnAll);
    else
      turnAll();
    k.end();
    return success();
  }

  /// `count` heads, the first of which has the thread's pairs at `column`.
  static void turn(RotaryOp op, const Tiling &tiling, Value row, Value column, int64_t count,
                   ArrayRef<std::pair<Value, Value>> sinCos, KernelBuilder &k) {
    SmallVector<Place> places; // low half, high half of each head
    SmallVector<Values> vectors;
    for (int64_t half = 0; half < 2 * count; ++half) {
      places.push_back({row, k.add(column, half * tiling.pairs)});
      vectors.push_back(k.load(op.getX(), row, places.back().column, tiling.width));
    }
    for (int64_t head = 0; head < count; ++head)
      turnPairs(k, vectors[2 * head], vectors[2 * head + 1], sinCos);
    k.store(op.getY(), places, vectors);
  }
};

} // namespace

void attachRotary(MLIRContext &context) { RotaryOp::attachInterface<RotaryKernel>(context); }

} // namespace samba::gpu

//===- SimpleGemm.cpp - a matrix product without demands on sizes ---------------------------------------===//
//
// A block of 16 x 16 threads has a tile of 64 x 64 sums, 4 x 4 to a thread, and walks the contraction in
// steps of 16: both operands' slices are read an element at a time, through fused producers if there are any,
// and kept in shared memory as f32, the contraction outermost. Products are f32 multiplications: a few
// TFLOP/s, for what is small or odd.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/SimpleGemm.h"

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t threads = 256, tile = 64, step = 16, stride = tile + 4, sums = 4; // a thread has 4 x 4 sums

class SimpleGemm {
public:
  SimpleGemm(KernelBuilder &k, const SimpleFactor &a, const SimpleFactor &b, Value result, int64_t depth)
      : k(k), a(a), b(b), result(result), m(rowsOf(result)), n(channelsOf(result)), depth(depth) {}

  void emit() {
    int64_t columnTiles = llvm::divideCeil(n, tile);
    k.begin({.grid = {int64_t(llvm::divideCeil(m, tile)) * columnTiles, 1, 1}, .threads = threads});
    sliceA = k.sharedMemory(k.reserveShared(step * stride * 4));
    sliceB = k.sharedMemory(k.reserveShared(step * stride * 4));
    Value row = k.mul(k.div(k.blockId(), columnTiles), tile),
          column = k.mul(k.rem(k.blockId(), columnTiles), tile);
    Value down = k.shiftLeft(k.shiftRight(k.threadId(), 4), 2),
          right = k.shiftLeft(k.bitAnd(k.threadId(), 15), 2);
    Values zeros(sums * sums, k.number(0));
    Values totals = k.loop(0, depth, step, zeros, [&](Value first, ValueRange c) {
      fetch(a, sliceA, row, m, first);
      fetch(b, sliceB, column, n, first);
      k.barrier();
      Values next = multiply(down, right, c);
      k.barrier();
      return next;
    });
    store(k.add(row, down), k.add(column, right), totals);
    k.end();
  }

private:
  /// shared [step][tile] = the factor's tile at (outer, first), zeros beyond its edges.
  void fetch(const SimpleFactor &factor, Value shared, Value outer, int64_t outers, Value first) {
    for (int64_t i = 0; i < tile * step / threads; ++i) {
      Value e = k.add(k.threadId(), i * threads); // neighbouring threads read neighbouring channels
      Value o = factor.depthDown ? k.rem(e, tile) : k.div(e, step),
            d = factor.depthDown ? k.div(e, tile) : k.rem(e, step);
      Value to = k.at(shared, k.mul(k.add(k.mul(d, stride), o), 4));
      Value atOuter = k.add(outer, o), atDepth = k.add(first, d);
      Value inside = k.both(k.less(atOuter, outers), k.less(atDepth, depth));
      Value safeOuter = k.min(atOuter, outers - 1), safeDepth = k.min(atDepth, depth - 1);
      Value x = factor.depthDown ? k.load(factor.tensor, safeDepth, safeOuter)
                                 : k.load(factor.tensor, safeOuter, safeDepth);
      k.storeScalar(k.select(inside, x, 0.0), to, k.f32);
    }
  }

  Values multiply(Value down, Value right, ValueRange before) {
    Values total(before);
    for (int64_t d = 0; d < step; ++d) {
      auto four = [&](Value shared, Value at) {
        return k.load(k.at(k.at(shared, k.shiftLeft(at, 2)), d * stride * 4), k.f32, sums);
      };
      Values x = four(sliceA, down), y = four(sliceB, right);
      for (int64_t i = 0; i < sums; ++i)
        for (int64_t j = 0; j < sums; ++j)
          total[i * sums + j] = k.fma(x[i], y[j], total[i * sums + j]);
    }
    return total;
  }

  void store(Value row, Value column, ArrayRef<Value> totals) {
    int64_t width = k.vectorWidth(result, sums);
    SmallVector<KernelBuilder::Place> places;
    SmallVector<Values> vectors;
    for (int64_t i = 0; i < sums; ++i)
      for (int64_t j = 0; j < sums; j += width) {
        Value r = k.add(row, i), c = k.add(column, j);
        places.push_back({k.min(r, m - 1), k.min(c, n - width), k.both(k.less(r, m), k.less(c, n))});
        vectors.push_back(Values(totals.slice(i * sums + j, width)));
      }
    k.store(result, places, vectors);
  }

  KernelBuilder &k;
  const SimpleFactor a, b;
  Value result;
  const int64_t m, n, depth;
  Value sliceA, sliceB;
};

} // namespace

void emitSimpleGemm(KernelBuilder &k, const SimpleFactor &a, const SimpleFactor &b, Value result,
                    int64_t depth) {
  SimpleGemm(k, a, b, result, depth).emit();
}

} // namespace samba::gpu

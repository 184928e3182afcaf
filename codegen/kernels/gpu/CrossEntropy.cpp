//===- CrossEntropy.cpp - the language-model head with its loss on the GPU ------------------------------===//
//
//   z [R, V] = x [R, C] w [V, C]^T                 never stored: tiles of it live in registers
//   lse_r = log sum_v exp z_rv                     nll_r = lse_r - z_r,target
//
// Two launches. The product's sink turns a row's logits of a tile into two numbers, m the maximum of z log2 e
// and s the sum of 2^(z log2 e - m), in scratch memory as [tile column][R][2]; the thread that holds a row's
// target keeps its logit. The second launch combines the pairs of a row in order:
//
//   m' = max(m, m_j),   s' = s 2^(m - m') + s_j 2^(m_j - m');         lse = (m + log2 s) log 2
//
// Cost: one product, and an exponential per logit: 2048 cycles of the special-function units for a tile of
// 128 x 256, whose product takes 24,576 at C = 1536.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Head.h"
#include "codegen/kernels/gpu/Kernels.h"

#include <cmath>

using namespace mlir;

namespace samba::gpu {

namespace {

/// Where the first launch leaves what it found of a row: offsets in scratch memory.
struct Findings {
  int64_t pairs;  ///< [tile column][R][2] f32: m and s
  int64_t chosen; ///< [R] f32: the target's logit; where there is no target, nothing
  int64_t rows, tileColumns;

  Value pair(KernelBuilder &k, Value tileColumn, Value row) const {
    Value index = k.add(k.mul(k.extend(tileColumn), rows), k.extend(row));
    return k.at(k.scratch(pairs), k.mul(index, 8));
  }
  Value chosenLogit(KernelBuilder &k, Value row) const {
    return k.at(k.scratch(chosen), k.mul(k.extend(row), 4));
  }
};

class LossSink : public Sink {
public:
  LossSink(KernelBuilder &k, Value targets, int64_t rows, int64_t vocabulary, int64_t columns)
      : k(k), targets(targets), rows(rows), vocabulary(vocabulary), columns(columns) {
    found.rows = rows;
    found.tileColumns = llvm::divideCeil(vocabulary, columns);
    found.pairs = k.reserveScratch(found.tileColumns * rows * 8);
    found.chosen = k.reserveScratch(rows * 4);
  }

  void take(const Tile &tile, Value consumer, Values z) override {
    std::array<LogitRow, 2> mine = logitRows(k, tile, consumer, targets, 0, rows);
    z = withoutPadding(tile, z);
    Value tileColumn = k.div(tile.column, columns);
    for (int64_t half = 0; half < 2; ++half) {
      Values logits = ofHalf(z, half);
      Value top = logits.front(), sum;
      for (Value logit : ArrayRef(logits).drop_front())
        top = k.max(top, logit);
      top = k.mul(k.maxLanes(top, 4), M_LOG2E);
      Value down = k.neg(top);
      for (Value logit : logits) {
        Value p = k.exp2(k.fma(logit, M_LOG2E, down));
        sum = sum ? k.add(sum, p) : p;
      }
      sum = k.sumLanes(sum, 4);
      Value speaks = k.equal(k.bitAnd(k.threadId(), 3), 0);
      if (mine[half].exists)
        speaks = k.both(speaks, mine[half].exists);
      k.when(speaks, [&] { k.store({top, sum}, found.pair(k, tileColumn, mine[half].row), k.f32); });
    }
    keepChosen(mine, z);
  }

  Findings found;

private:
  static Values ofHalf(ArrayRef<Value> z, int64_t half) {
    Values part;
    for (int64_t i = 0; i < int64_t(z.size()); ++i)
      if (i / 2 % 2 == half)
        part.push_back(z[i]);
    return part;
  }

  /// Columns beyond the vocabulary count for nothing; only the last tiles have any.
  Values withoutPadding(const Tile &tile, Values z) {
    if (vocabulary % columns == 0)
      return z;
    Value left = k.add(tile.column, k.shiftLeft(k.bitAnd(k.threadId(), 3), 1));
    auto mask = [&] {
      Values masked;
      for (auto [i, logit] : llvm::enumerate(z)) {
        Value exists = k.less(k.add(left, KernelBuilder::fragmentColumn(i)), vocabulary);
        masked.push_back(k.select(exists, logit, -INFINITY));
      }
      return masked;
    };
    return k.choose(k.less(vocabulary, k.add(tile.column, columns)), mask, [&] { return z; });
  }

  /// A row's target is in one tile of many: most warps have none.
  void keepChosen(const std::array<LogitRow, 2> &mine, ArrayRef<Value> z) {
    std::array<Value, 2> has = {mine[0].hasTarget(k, columns), mine[1].hasTarget(k, columns)};
    k.when(k.anyInWarp(k.either(has[0], has[1])), [&] {
      for (int64_t half = 0; half < 2; ++half) {
        Value logit = z[2 * half];
        for (int64_t i = 0; i < int64_t(z.size()); ++i)
          if (i / 2 % 2 == half)
            logit = k.select(mine[half].isTarget(k, i), z[i], logit);
        Value keeps = mine[half].exists ? k.both(has[half], mine[half].exists) : has[half];
        k.when(keeps, [&] { k.storeScalar(logit, found.chosenLogit(k, mine[half].row), k.f32); });
      }
    });
  }

  KernelBuilder &k;
  Value targets;
  const int64_t rows, vocabulary, columns;
};

/// A thread for each row.
void emitCombine(KernelBuilder &k, LinearCrossEntropyOp loss, const Findings &found, int64_t vocabulary) {
  constexpr int64_t threads = 128, batch = 8;
  k.begin({.grid = {int64_t(llvm::divideCeil(found.rows, threads)), 1, 1}, .threads = threads});
  Value row = k.add(k.mul(k.blockId(), threads), k.threadId());
  auto combine = [&](Value first, int64_t count, ValueRange before) -> Values {
    SmallVector<Values> pairs;
    for (int64_t i = 0; i < count; ++i)
      pairs.push_back(k.load(found.pair(k, k.add(first, i), row), k.f32, 2));
    Value top = before[0];
    for (const Values &pair : pairs)
      top = k.max(top, pair[0]);
    Value sum = k.mul(before[1], k.exp2(k.sub(before[0], top)));
    for (const Values &pair : pairs)
      sum = k.fma(pair[1], k.exp2(k.sub(pair[0], top)), sum);
    return {top, sum};
  };
  k.when(k.less(row, found.rows), [&] {
    Value target = k.loadPerRow(loss.getTargets(), row);
    Value counts = k.both(k.lessEqual(0, target), k.less(target, vocabulary));
    Value chosen = k.choose(
        counts, [&]() -> Values { return {k.loadScalar(found.chosenLogit(k, row), k.f32)}; },
        [&]() -> Values { return {k.number(0)}; })[0];
    int64_t whole = found.tileColumns / batch * batch;
    Values total{k.number(-INFINITY), k.number(0)};
    total = k.loop(0, whole, batch, total, [&](Value i, ValueRange c) { return combine(i, batch, c); });
    if (whole < found.tileColumns)
      total = combine(k.integer(whole), found.tileColumns - whole, total);
    Value lse = k.mul(k.add(total[0], k.log2(total[1])), M_LN2);
    k.storePerRow(loss.getLse(), row, lse);
    k.storePerRow(loss.getNll(), row, k.select(k.less(target, 0), 0.0, k.sub(lse, chosen)));
  });
  k.end();
}

struct LossKernel : GpuKernelOpInterface::ExternalModel<LossKernel, LinearCrossEntropyOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto loss = cast<LinearCrossEntropyOp>(op);
    Value x = loss.getX(), w = loss.getW();
    int64_t rows = rowsOf(x), channels = channelsOf(x), vocabulary = rowsOf(w);
    Product product{factorOf(k, x), factorOf(k, w), rows, vocabulary, channels};
    GemmSchedule schedule = scheduleGemm(product, Leaving::registers, /*mayBeSplit=*/false);
    overrideSchedule(op, schedule);
    LossSink sink(k, loss.getTargets(), rows, vocabulary, schedule.columns);
    emitGemm(k, product, schedule, sink);
    emitCombine(k, loss, sink.found, vocabulary);
    return success();
  }

  /// The tensor itself, or a copy of it that TMA can address.
  static Factor factorOf(KernelBuilder &k, Value tensor) {
    if (isBf16ForTma(k, tensor))
      return rowsInPlace(k, tensor, 0, rowsOf(tensor)).factor(k, /*depthDown=*/false);
    MatrixInMemory copy = reserveMatrix(k, rowsOf(tensor), channelsOf(tensor));
    copyRows(k, tensor, 0, copy);
    return copy.factor(k, /*depthDown=*/false);
  }
};

} // namespace

void attachCrossEntropy(MLIRContext &context) { LinearCrossEntropyOp::attachInterface<LossKernel>(context); }

} // namespace samba::gpu

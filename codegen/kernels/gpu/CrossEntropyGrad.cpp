//===- CrossEntropyGrad.cpp - the gradient of the head with its loss on the GPU -------------------------===//
//
//   dz_rv = dnll_r (exp(z_rv - lse_r) - [v = target_r])        0 where the target is ignored
//   dx [R, C] = dz w            dw [V, C] = dz^T x             z = x w^T once more
//
// Rows come in chunks, so that dz, bf16 in scratch memory, stays small. A chunk is three products:
//
//   dz    the sink turns z into dz before it is rounded
//   dx    of the chunk's rows
//   dw    added to the sum so far (AddingSink.h), which begins as what is fused behind dw: where that is only
//         additions the sum grows in the output itself, else in scratch memory
//
// All chunks run the same functions, further on; only a last, shorter one has its own. Every sum has one
// order: that of the contraction, then that of the chunks.
//
// Cost: 6 R V C operations and, for each chunk, 8 V C bytes of the sum through memory beside the product.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/AddingSink.h"
#include "codegen/kernels/gpu/Head.h"
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

#include "llvm/ADT/MapVector.h"
#include <cmath>

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t mostChunkBytes = int64_t(256) << 20; // of dz

/// Rows of a chunk: `samba.schedule = {chunk_rows = N}` of the op, or as many as may be; chunks of one size
/// if some number of them divides the rows.
int64_t chunkRows(Operation *op, int64_t rows, int64_t vocabulary) {
  if (auto wanted = op->getAttrOfType<DictionaryAttr>("samba.schedule"))
    if (auto chunk = wanted.getAs<IntegerAttr>("chunk_rows"))
      return std::min(rows, chunk.getInt());
  constexpr int64_t tile = GemmSchedule::rows;
  int64_t most = std::max(tile, mostChunkBytes / (2 * paddedColumns(vocabulary)) / tile * tile);
  if (rows <= most)
    return rows;
  int64_t fewest = llvm::divideCeil(rows, most);
  for (int64_t chunks = fewest; chunks <= 2 * fewest; ++chunks)
    if (rows % (chunks * tile) == 0)
      return rows / chunks;
  return llvm::alignTo(llvm::divideCeil(rows, fewest), tile);
}

class HeadGradient {
public:
  HeadGradient(KernelBuilder &k, LinearCrossEntropyGradOp op)
      : k(k), x(op.getX()), targets(op.getTargets()), lse(op.getLse()), dnll(op.getDnll()),
        dx(k.isNeeded(op.getDx()) ? op.getDx() : Value()), dw(k.isNeeded(op.getDw()) ? op.getDw() : Value()),
        rows(rowsOf(x)), channels(channelsOf(x)), vocabulary(rowsOf(op.getW())),
        chunk(chunkRows(op, rows, vocabulary)), dz(reserveMatrix(k, chunk, vocabulary)),
        w(readable(op.getW())) {}

  void emit() {
    if (!isBf16ForTma(k, x))
      copyOfX = reserveMatrix(k, chunk, channels);
    if (dx && !isWrittenInPlace(dx))
      copyOfDx = reserveMatrix(k, chunk, channels);
    if (dw)
      beginSum();
    int64_t whole = rows / chunk, before = k.launchCount();
    emitChunk(0, chunk);
    int64_t launches = k.launchCount() - before;
    SmallVector<std::pair<Value, int64_t>> moves = movesToNextChunk();
    for (int64_t i = 0; i < (whole - 1) * launches; ++i)
      k.again(moves, launches);
    if (int64_t rest = rows % chunk)
      emitChunk(whole * chunk, rest);
    if (dw && !sum.tensor)
      endSum();
  }

private:
  /// w where it is, or a copy that TMA can address, and that does not move with the chunks of x.
  MatrixInMemory readable(Value weights) {
    if (isBf16ForTma(k, weights) && weights != x)
      return rowsInPlace(k, weights, 0, vocabulary);
    MatrixInMemory copy = reserveMatrix(k, vocabulary, channels);
    copyRows(k, weights, 0, copy);
    return copy;
  }

  bool isWrittenInPlace(Value result) {
    return result.hasOneUse() && isBf16ForTma(k, result) && k.mayTmaStore(result);
  }

  SmallVector<std::pair<Value, int64_t>> movesToNextChunk() {
    llvm::SmallMapVector<Value, int64_t, 8> moves; // a tensor may be two operands
    for (Value tensor : {targets, lse, dnll})
      moves[tensor] = chunk * bytesOf(tensor);
    moves[x] = chunk * k.rowStride(x) * bytesOf(x);
    if (dx)
      moves[dx] = chunk * k.rowStride(dx) * bytesOf(dx);
    return moves.takeVector();
  }
  int64_t bytesOf(Value tensor) { return k.elementOf(tensor).getIntOrFloatBitWidth() / 8; }

  void emitChunk(int64_t first, int64_t count) {
    dz.rows = count;
    MatrixInMemory xs = copyOfX ? *copyOfX : rowsInPlace(k, x, first, count);
    xs.rows = count;
    if (copyOfX)
      copyRows(k, x, first, xs);
    emitDz(xs, first, count);
    if (dx)
      emitDx(first, count);
    if (dw)
      emitDw(xs, count);
  }

  void emitDz(const MatrixInMemory &xs, int64_t first, int64_t count) {
    Product product{xs.factor(k, false), w.factor(k, false), count, vocabulary, channels};
    GemmSchedule schedule = scheduleGemm(product, Leaving::copied, /*mayBeSplit=*/false);
    auto change = [&](const Tile &tile, Value consumer, Values &z) {
      differentiate(logitRows(k, tile, consumer, targets, first, count), schedule.columns, z);
    };
    StagedSink sink(k, [&] { return dz.map(k, 64, 64); }, count, vocabulary, change);
    emitGemm(k, product, schedule, sink);
  }

  /// The logits z of two rows become dz = dnll 2^(z log2 e - lse log2 e), less dnll at the target.
  void differentiate(const std::array<LogitRow, 2> &mine, int64_t columns, Values &z) {
    std::array<Value, 2> scale, down, has;
    for (int64_t half = 0; half < 2; ++half) {
      const LogitRow &r = mine[half];
      scale[half] = k.select(k.less(r.target, 0), 0.0, k.loadPerRow(dnll, r.row));
      down[half] = k.mul(k.loadPerRow(lse, r.row), -M_LOG2E);
      has[half] = r.hasTarget(k, columns);
    }
    auto half = [](int64_t i) { return i / 2 % 2; };
    for (auto [i, value] : llvm::enumerate(z))
      value = k.mul(k.exp2(k.fma(value, M_LOG2E, down[half(i)])), scale[half(i)]);
    auto subtract = [&] {
      Values less;
      for (auto [i, value] : llvm::enumerate(z))
        less.push_back(k.select(mine[half(i)].isTarget(k, i), k.sub(value, scale[half(i)]), value));
      return less;
    };
    z = k.choose(k.anyInWarp(k.either(has[0], has[1])), subtract, [&] { return z; });
  }

  void emitDx(int64_t first, int64_t count) {
    MatrixInMemory result = copyOfDx ? *copyOfDx : rowsInPlace(k, dx, first, count);
    result.rows = count;
    Product product{dz.factor(k, false), w.factor(k, true), count, channels, vocabulary};
    GemmSchedule schedule = scheduleGemm(product, Leaving::copied, /*mayBeSplit=*/false);
    StagedSink sink(k, [&] { return result.map(k, 64, 64); }, count, channels);
    emitGemm(k, product, schedule, sink);
    if (copyOfDx)
      store(dx, first, result);
  }

  void emitDw(const MatrixInMemory &xs, int64_t count) {
    Product product{dz.factor(k, true), xs.factor(k, true), vocabulary, channels, count};
    AddingSink sink(k, [&] { return sum.map(k, AddingSink::boxRows, AddingSink::boxColumns); });
    emitGemm(k, product, AddingSink::schedule(product), sink);
  }

  // ---- the sum of dw -------------------------------------------------------------------------------------

  /// The kernel's output that is dw plus terms without it, if nothing else hangs on dw; or null.
  Value sumOutput() {
    Value value = dw;
    while (value.hasOneUse() && isa<AddOp>(*value.user_begin()))
      value = value.user_begin()->getResult(0);
    bool isOutput = value.hasOneUse() && isa<YieldOp>(*value.user_begin());
    return isOutput && value.getType() == dw.getType() && k.elementOf(value) == k.f32 && k.mayTmaStore(value)
               ? value
               : Value();
  }

  void beginSum() {
    Value output = sumOutput();
    sum = output ? rowsInPlace(k, output, 0, vocabulary) : reserveMatrix(k, vocabulary, channels, false);
    int64_t width = output ? k.vectorWidth(dw, 4) : 4;
    VectorGrid grid(vocabulary, output ? channels : sum.stride, width, /*most=*/4);
    k.begin(grid.shape());
    SmallVector<Place> places = grid.places(k);
    Values zeros(width, k.number(0));
    if (output)
      k.store(dw, places, SmallVector<Values>(places.size(), zeros));
    for (const Place &place : places)
      if (!output)
        k.store(zeros, inScratch(sum, place), k.f32); // beyond the end: the last ones again
    k.end();
  }

  void endSum() { store(dw, 0, sum); }

  // ---- from scratch memory -------------------------------------------------------------------------------

  Value inScratch(const MatrixInMemory &matrix, const Place &place) {
    Value index = k.add(k.mul(k.extend(place.row), matrix.stride), k.extend(place.column));
    return k.at(k.scratch(matrix.offset), k.mul(index, matrix.isBf16 ? 2 : 4));
  }

  /// Rows first .. of a result, with all that is fused behind it.
  void store(Value result, int64_t first, const MatrixInMemory &from) {
    int64_t width = k.vectorWidth(result, 4);
    VectorGrid grid(from.rows, channels, width, /*most=*/4);
    k.begin(grid.shape());
    SmallVector<Place> places = grid.places(k);
    SmallVector<Values> vectors;
    for (Place &place : places) {
      vectors.push_back(k.load(inScratch(from, place), from.isBf16 ? k.bf16 : k.f32, width));
      place.row = k.add(place.row, first);
    }
    k.store(result, places, vectors);
    k.end();
  }

  KernelBuilder &k;
  const Value x, targets, lse, dnll, dx, dw; ///< dx and dw: null where nobody needs them
  const int64_t rows, channels, vocabulary, chunk;
  MatrixInMemory dz;
  const MatrixInMemory w;
  std::optional<MatrixInMemory> copyOfX, copyOfDx; ///< of a chunk, where TMA cannot address the tensors
  MatrixInMemory sum = {};
};

struct GradKernel : GpuKernelOpInterface::ExternalModel<GradKernel, LinearCrossEntropyGradOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    HeadGradient(k, cast<LinearCrossEntropyGradOp>(op)).emit();
    return success();
  }
};

} // namespace

void attachCrossEntropyGrad(MLIRContext &context) {
  LinearCrossEntropyGradOp::attachInterface<GradKernel>(context);
}

} // namespace samba::gpu

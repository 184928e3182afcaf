//===- RmsNorm.cpp - the root-mean-square norm and its gradients ----------------------------------------===//
//
//   r = (mean_c x^2 + eps)^-1/2      y = x r w
//   dx = r (w dy - x r^2 mean_c(w dy x))
//   dw = sum_rows dy x r
//
// x, y, dx, dy [.., C], r [..], w [C]. What must move, in bytes per element of an f32 residual stream with
// bf16 activations: norm 4 + 2; dx 4 + 2 + 4, and 4 more where the residual's gradient is added on the way
// out; dw 4 + 2, or nothing where it is computed with dx. w comes from the first-level cache.
//
// Norm and dx keep a row in registers, so that it is read once: 32 to 512 threads share a row, each with a
// few vectors of 16 bytes, and a block of 256 has as many rows as fit. One warp to a row needs no barrier;
// more exchange their sums through shared memory. dw is a sum over rows (ColumnSum.h). For both gradients a
// block goes through many rows with its sums of dw in registers and leaves them in scratch memory; a second
// launch adds the blocks' sums in order.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/ColumnSum.h"
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

using namespace mlir;

namespace samba::gpu {

namespace {

/// Whole rows of C channels in the registers of a block's threads.
class RowTile {
public:
  static constexpr int64_t mostThreads = 512;

  /// `mostValues`: of one array, for one thread; C is at most mostThreads times as large.
  RowTile(KernelBuilder &k, Value x, int64_t mostValues)
      : rows(rowsOf(x)), vectors(channelsOf(x) / streamWidth(k, x)), width(streamWidth(k, x)), k(k) {
    if (rows * 32 < fewThreads)
      mostValues = 8;
    threadsPerRow = 32;
    while (pieces() * width > mostValues && threadsPerRow < mostThreads)
      threadsPerRow *= 2;
    rowsPerBlock = std::max<int64_t>(1, 256 / threadsPerRow);
  }

  /// A block for each rowsPerBlock rows.
  void begin() {
    beginBlocks(llvm::divideCeil(rows, rowsPerBlock));
    standAt(k.mul(k.blockId(), rowsPerBlock));
  }

  /// `blocks`, each of which stands at `steps` groups of rows, one after the other.
  void beginBlocks(int64_t blocks, int64_t steps = 1, int64_t blocksPerSm = 1) {
    covered = blocks * steps * rowsPerBlock;
    k.begin({.grid = {blocks, 1, 1}, .threads = threads(), .blocksPerSm = blocksPerSm});
    position = k.rem(k.threadId(), threadsPerRow);
    for (int64_t i = 0; i < pieces(); ++i) {
      Value vector = k.add(position, i * threadsPerRow), inside;
      if ((i + 1) * threadsPerRow > vectors) {
        inside = k.less(vector, vectors);
        vector = k.min(vector, vectors - 1);
      }
      insideRow.push_back(inside);
      columns.push_back(k.mul(vector, width));
    }
  }

  /// The block's rows are `first` (i32) and those that follow; past the end, the last one.
  void standAt(Value first) {
    Value unclamped = k.add(first, group());
    rowExists = covered > rows ? k.less(unclamped, rows) : Value();
    row = rowExists ? k.min(unclamped, rows - 1) : unclamped;
    places.clear();
    for (auto [column, inside] : llvm::zip(columns, insideRow))
      places.push_back({row, column,
                        inside && rowExists ? k.both(inside, rowExists)
                        : inside            ? inside
                                            : rowExists});
  }

  /// Number of the thread's row among those of the block.
  Value group() { return k.div(k.threadId(), threadsPerRow); }
  int64_t threads() const { return threadsPerRow * rowsPerBlock; }

  /// This thread's part of a row of x, or of a channel vector: [piece][width].
  SmallVector<Values> load(Value x) const {
    return llvm::map_to_vector(places,
                               [&](const Place &place) { return k.load(x, place.row, place.column, width); });
  }

  /// The sum over the row of x y; every thread of the row gets it.
  Value dot(ArrayRef<Values> x, ArrayRef<Values> y) {
    Values sums(width, k.number(0));
    for (auto [xs, ys, inside] : llvm::zip(x, y, insideRow))
      for (auto [sum, a, b] : llvm::zip(sums, xs, ys)) {
        Value more = k.fma(a, b, sum);
        sum = inside ? k.select(inside, more, sum) : more;
      }
    Value total = sums[0];
    for (Value sum : ArrayRef<Value>(sums).drop_front())
      total = k.add(total, sum);
    return sumRow(total);
  }

  void storePerRow(Value result, Value number) {
    Value once = k.equal(position, 0);
    k.when(rowExists ? k.both(once, rowExists) : once, [&] { k.storePerRow(result, row, number); });
  }

  const int64_t rows, vectors, width;
  int64_t threadsPerRow, rowsPerBlock;
  Value row, rowExists; ///< i32; i1, null: always
  SmallVector<Place> places;
  SmallVector<Value> columns, insideRow; ///< of each piece; i1, null: always
  Value turn; ///< i32: of a block that stands at some rows after others, so that no sum overwrites the one
              ///< before

private:
  int64_t pieces() const { return llvm::divideCeil(vectors, threadsPerRow); }

  Value sumRow(Value x) {
    x = k.sumLanes(x);
    const int64_t warps = threadsPerRow / 32;
    if (warps == 1)
      return x;
    const int64_t bytes = threads() / 32 * 4;
    Value shared = k.sharedMemory(k.reserveShared(turn ? 2 * bytes : bytes)), warp = k.warpId();
    if (turn)
      shared = k.at(shared, k.mul(k.bitAnd(turn, 1), bytes));
    k.when(k.equal(k.laneId(), 0), [&] { k.storeScalar(x, k.at(shared, k.mul(warp, 4)), k.f32); });
    k.barrier();
    Value firstWarp = k.mul(k.div(warp, warps), warps), sum = k.number(0);
    for (Value part : k.load(k.at(shared, k.mul(firstWarp, 4)), k.f32, warps))
      sum = k.add(sum, part);
    return sum;
  }

  KernelBuilder &k;
  int64_t covered = 0; ///< rows at which some block stands
  Value position;      ///< of the thread in its row
};

LogicalResult checkChannels(Operation *op, Value x, int64_t mostValues) {
  const int64_t most = RowTile::mostThreads * mostValues;
  if (channelsOf(x) <= most)
    return success();
  return op->emitError("expected at most ") << most << " channels, got " << channelsOf(x);
}

struct RmsNormKernel : GpuKernelOpInterface::ExternalModel<RmsNormKernel, RmsNormOp> {
  static constexpr int64_t mostValues = 64; // of x

  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto norm = cast<RmsNormOp>(op);
    if (failed(checkChannels(op, norm.getX(), mostValues)))
      return failure();
    RowTile tile(k, norm.getX(), mostValues);
    tile.begin();
    SmallVector<Values> x = tile.load(norm.getX());
    Value mean = k.mul(tile.dot(x, x), 1.0 / double(channelsOf(norm.getX())));
    Value r = k.rsqrt(k.add(mean, norm.getEps().convertToDouble()));
    SmallVector<Values> y = tile.load(norm.getW());
    for (auto [ys, xs] : llvm::zip(y, x))
      for (auto [value, xi] : llvm::zip(ys, xs))
        value = k.mul(k.mul(xi, r), value);
    k.store(norm.getY(), tile.places, y);
    if (k.isNeeded(norm.getR()))
      tile.storePerRow(norm.getR(), r);
    k.end();
    return success();
  }
};

/// dx of the rows where the tile stands, from x and dy.
SmallVector<Values> gradient(KernelBuilder &k, RowTile &tile, Value weight, Value r, ArrayRef<Values> x,
                             SmallVector<Values> dy) {
  SmallVector<Values> w = tile.load(weight), &dx = dy;
  for (auto [values, ws] : llvm::zip(dx, w)) // w dy
    for (auto [value, wi] : llvm::zip(values, ws))
      value = k.mul(wi, value);
  double inverse = 1.0 / double(tile.vectors * tile.width);
  Value correction = k.mul(k.mul(k.mul(r, r), tile.dot(x, dx)), -inverse); // - r^2 mean(w dy x)
  for (auto [values, xs] : llvm::zip(dx, x))
    for (auto [value, xi] : llvm::zip(values, xs))
      value = k.mul(k.fma(xi, correction, value), r);
  return dx;
}

struct RmsNormDxKernel : GpuKernelOpInterface::ExternalModel<RmsNormDxKernel, RmsNormDxOp> {
  static constexpr int64_t mostValues = 32; // of x, and of w dy

  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto norm = cast<RmsNormDxOp>(op);
    if (failed(checkChannels(op, norm.getX(), mostValues)))
      return failure();
    RowTile tile(k, norm.getX(), mostValues);
    tile.begin();
    Value r = k.loadPerRow(norm.getR(), tile.row);
    SmallVector<Values> x = tile.load(norm.getX()), dy = tile.load(norm.getDy());
    k.store(norm.getDx(), tile.places, gradient(k, tile, norm.getW(), r, x, dy));
    k.end();
    return success();
  }
};

struct RmsNormGradKernel : GpuKernelOpInterface::ExternalModel<RmsNormGradKernel, RmsNormGradOp> {
  static constexpr int64_t mostValues = 32; // of x, of w dy, and of dw, for the longest rows
  static constexpr int64_t wantedValues = 16, blocksPerSm = 2; // else

  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto norm = cast<RmsNormGradOp>(op);
    Value input = norm.getX();
    const int64_t C = channelsOf(input);
    if (failed(checkChannels(op, input, mostValues)))
      return failure();
    RowTile tile(k, input, wantedValues);
    int64_t steps = llvm::divideCeil(tile.rows, tile.rowsPerBlock),
            stepsOfBlock = llvm::divideCeil(steps, blocksPerSm * multiprocessors),
            blocks = llvm::divideCeil(steps, stepsOfBlock);
    int64_t partials = k.reserveScratch(blocks * C * 4);
    auto partial = [&](Value block, Value column) {
      return k.at(k.scratch(partials), k.shiftLeft(k.add(k.mul(k.extend(block), C), k.extend(column)), 2));
    };

    tile.beginBlocks(blocks, stepsOfBlock, tile.threads() <= 256 ? blocksPerSm : 1);
    Values zeros(tile.columns.size() * tile.width, k.number(0));
    Value first = k.mul(k.blockId(), stepsOfBlock * tile.rowsPerBlock);
    Values dw = k.loop(0, stepsOfBlock, 1, zeros, [&](Value step, ValueRange sums) {
      tile.turn = step;
      tile.standAt(k.add(first, k.mul(step, tile.rowsPerBlock)));
      Value r = k.loadPerRow(norm.getR(), tile.row);
      SmallVector<Values> x = tile.load(input), dy = tile.load(norm.getDy());
      Values next(sums);
      for (auto [i, sum] : llvm::enumerate(next)) {
        Value more =
            k.fma(dy[i / tile.width][i % tile.width], k.mul(x[i / tile.width][i % tile.width], r), sum);
        sum = tile.rowExists ? k.select(tile.rowExists, more, sum) : more;
      }
      k.store(norm.getDx(), tile.places, gradient(k, tile, norm.getW(), r, x, dy));
      return next;
    });
    storePartial(k, tile, dw, C, [&](Value column) { return partial(k.blockId(), column); });
    k.end();

    ColumnSum(blocks, C, tile.width)
        .emit(
            k, [&](Value block, Value column) { return k.load(partial(block, column), k.f32, tile.width); },
            [&](Value column, ValueRange sums) { k.store(norm.getDw(), 0, column, sums); });
    return success();
  }

  /// The sums of the block's rows that stand beside each other, added in order.
  static void storePartial(KernelBuilder &k, RowTile &tile, ValueRange dw, int64_t C,
                           function_ref<Value(Value column)> place) {
    Value shared =
        tile.rowsPerBlock > 1 ? k.sharedMemory(k.reserveShared(tile.rowsPerBlock * C * 4)) : Value();
    for (auto [i, column, inside] : llvm::enumerate(tile.columns, tile.insideRow)) {
      ValueRange sums = dw.slice(i * tile.width, tile.width);
      auto store = [&, &column = column] {
        Value to =
            shared ? k.at(shared, k.shiftLeft(k.add(k.mul(tile.group(), C), column), 2)) : place(column);
        k.store(sums, to, k.f32);
      };
      if (inside)
        k.when(inside, store);
      else
        store();
    }
    if (!shared)
      return;
    k.barrier();
    k.loop(k.threadId(), C, tile.threads(), [&](Value column) {
      Value from = k.at(shared, k.shiftLeft(column, 2)), sum = k.loadScalar(from, k.f32);
      for (int64_t row = 1; row < tile.rowsPerBlock; ++row)
        sum = k.add(sum, k.loadScalar(k.at(from, row * C * 4), k.f32));
      k.storeScalar(sum, place(column), k.f32);
    });
  }
};

struct RmsNormDwKernel : GpuKernelOpInterface::ExternalModel<RmsNormDwKernel, RmsNormDwOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto norm = cast<RmsNormDwOp>(op);
    Value x = norm.getX();
    const int64_t width = streamWidth(k, x);
    ColumnSum(rowsOf(x), channelsOf(x), width)
        .emit(
            k,
            [&](Value row, Value column) {
              Value r = k.loadPerRow(norm.getR(), row);
              Values terms = k.load(x, row, column, width), dy = k.load(norm.getDy(), row, column, width);
              for (auto [term, dyi] : llvm::zip(terms, dy))
                term = k.mul(dyi, k.mul(term, r));
              return terms;
            },
            [&](Value column, ValueRange dw) { k.store(norm.getDw(), 0, column, dw); });
    return success();
  }
};

} // namespace

void attachRmsNorm(MLIRContext &context) {
  RmsNormOp::attachInterface<RmsNormKernel>(context);
  RmsNormDxOp::attachInterface<RmsNormDxKernel>(context);
  RmsNormDwOp::attachInterface<RmsNormDwKernel>(context);
  RmsNormGradOp::attachInterface<RmsNormGradKernel>(context);
}

} // namespace samba::gpu

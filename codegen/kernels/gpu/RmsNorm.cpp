//===- RmsNorm.cpp - the root-mean-square norm and its gradients ----------------------------------------===//
//
//   r = (mean_c x^2 + eps)^-1/2      y = x r w
//   dx = r (w dy - x r^2 mean_c(w dy x))
//   dw = sum_rows dy x r
//
// x, y, dx, dy [.., C], r [..], w [C]. What must move, in bytes per element of an f32 residual stream with
// bf16 activations: norm 4 + 2; dx 4 + 2 + 4, and 4 more where the residual's gradient is added on the way
// out; dw 4 + 2. w comes from the first-level cache.
//
// Norm and dx keep a row in registers, so that it is read once: 32 to 512 threads share a row, each with a
// few vectors of 16 bytes, and a block of 256 has as many rows as fit. One warp to a row needs no barrier;
// more exchange their sums through shared memory. dw is a sum over rows (ColumnSum.h).
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
      : k(k), rows(rowsOf(x)), vectors(channelsOf(x) / streamWidth(k, x)), width(streamWidth(k, x)) {
    if (rows * 32 < fewThreads)
      mostValues = 8;
    threadsPerRow = 32;
    while (pieces() * width > mostValues && threadsPerRow < mostThreads)
      threadsPerRow *= 2;
    rowsPerBlock = std::max<int64_t>(1, 256 / threadsPerRow);
  }

  void begin() {
    k.begin({{int64_t(llvm::divideCeil(rows, rowsPerBlock)), 1, 1}, threadsPerRow * rowsPerBlock});
    Value thread = k.threadId(),
          unclamped = k.add(k.mul(k.blockId(), rowsPerBlock), k.div(thread, threadsPerRow));
    position = k.rem(thread, threadsPerRow);
    rowExists = rows % rowsPerBlock ? k.less(unclamped, rows) : Value();
    row = rowExists ? k.min(unclamped, rows - 1) : unclamped;
    for (int64_t i = 0; i < pieces(); ++i) {
      Value vector = k.add(position, i * threadsPerRow), inside;
      if ((i + 1) * threadsPerRow > vectors) {
        inside = k.less(vector, vectors);
        vector = k.min(vector, vectors - 1);
      }
      insideRow.push_back(inside);
      Value valid = inside && rowExists ? k.both(inside, rowExists) : inside ? inside : rowExists;
      places.push_back({row, k.mul(vector, width), valid});
    }
  }

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

  Value row; ///< i32
  SmallVector<Place> places;

private:
  int64_t pieces() const { return llvm::divideCeil(vectors, threadsPerRow); }

  Value sumRow(Value x) {
    x = k.sumLanes(x);
    const int64_t warps = threadsPerRow / 32;
    if (warps == 1)
      return x;
    Value shared = k.sharedMemory(k.reserveShared(threadsPerRow * rowsPerBlock / 32 * 4)), warp = k.warpId();
    k.when(k.equal(k.laneId(), 0), [&] { k.storeScalar(x, k.at(shared, k.mul(warp, 4)), k.f32); });
    k.barrier();
    Value firstWarp = k.mul(k.div(warp, warps), warps), sum = k.number(0);
    for (Value part : k.load(k.at(shared, k.mul(firstWarp, 4)), k.f32, warps))
      sum = k.add(sum, part);
    return sum;
  }

  KernelBuilder &k;
  const int64_t rows, vectors, width;
  int64_t threadsPerRow, rowsPerBlock;
  Value position;               ///< of the thread in its row
  Value rowExists;              ///< i1, null: always
  SmallVector<Value> insideRow; ///< of each piece: i1, null: always
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

struct RmsNormDxKernel : GpuKernelOpInterface::ExternalModel<RmsNormDxKernel, RmsNormDxOp> {
  static constexpr int64_t mostValues = 32; // of x, and of w dy

  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto norm = cast<RmsNormDxOp>(op);
    if (failed(checkChannels(op, norm.getX(), mostValues)))
      return failure();
    RowTile tile(k, norm.getX(), mostValues);
    tile.begin();
    Value r = k.loadPerRow(norm.getR(), tile.row);
    SmallVector<Values> x = tile.load(norm.getX()), dx = tile.load(norm.getDy()), w = tile.load(norm.getW());
    for (auto [values, ws] : llvm::zip(dx, w)) // w dy
      for (auto [value, wi] : llvm::zip(values, ws))
        value = k.mul(wi, value);
    double inverse = 1.0 / double(channelsOf(norm.getX()));
    Value correction = k.mul(k.mul(k.mul(r, r), tile.dot(x, dx)), -inverse); // - r^2 mean(w dy x)
    for (auto [values, xs] : llvm::zip(dx, x))
      for (auto [value, xi] : llvm::zip(values, xs))
        value = k.mul(k.fma(xi, correction, value), r);
    k.store(norm.getDx(), tile.places, dx);
    k.end();
    return success();
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
}

} // namespace samba::gpu

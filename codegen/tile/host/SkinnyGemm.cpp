//===- SkinnyGemm.cpp - y = x w^T for a few rows of x: w is streamed once -------------------------------===//
//
// Bound by the bytes of w. Lanes run along the depth; a block of 4 columns of y shares the loads of x, and
// each has sums of its own for every row, so that 4 streams of w are in flight. 4 columns times 8 rows fill
// the registers of AVX-512; AVX2 takes rows two by two.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/tile/host/Gemm.h"

using namespace mlir;

namespace samba::host {

static constexpr int64_t streams = 4;

/// Sums over the depth for `count` rows of x from `firstRow` and `streams` (or one) columns from `column`.
static void emitBlock(LaneBuilder &k, int64_t firstRow, int64_t count, const Matrix &x, const Matrix &w,
                      Value column, int64_t columns, int64_t depth,
                      llvm::function_ref<void(int64_t row, Value column, Value sum)> store) {
  Values initial(count * columns, k.splat(0.0));
  Values sums = k.overLanes(depth, initial, [&](Value kk, Value mask, ValueRange carried) {
    Values acc(carried), xs;
    for (int64_t r = 0; r < count; ++r)
      xs.push_back(k.load(x.from(k, firstRow + r, kk).pointer, mask));
    for (int64_t c = 0; c < columns; ++c) {
      Value ws = k.load(w.from(k, k.add(column, c), kk).pointer, mask);
      for (int64_t r = 0; r < count; ++r)
        acc[r * columns + c] = k.fma(xs[r], ws, acc[r * columns + c]);
    }
    return acc;
  });
  for (int64_t r = 0; r < count; ++r)
    for (int64_t c = 0; c < columns; ++c)
      store(firstRow + r, k.add(column, c), k.sum(sums[r * columns + c]));
}

void skinnyGemm(LaneBuilder &k, int64_t rows, const Matrix &x, const Matrix &w, Operand n, int64_t depth,
                llvm::function_ref<void(int64_t row, Value column, Value sum)> store) {
  Value end = k.toIndex(n), whole = k.mul(k.div(end, streams), streams);
  const int64_t rowsAtOnce = k.isAvx512() ? 4 : 2;
  auto columnsAt = [&](Value column, int64_t columns) {
    for (int64_t r = 0; r < rows; r += rowsAtOnce)
      emitBlock(k, r, std::min(rowsAtOnce, rows - r), x, w, column, columns, depth, store);
  };
  k.loop(0, whole, streams, [&](Value column) { columnsAt(column, streams); });
  k.loop(whole, end, 1, [&](Value column) { columnsAt(column, 1); });
}

} // namespace samba::host

//===- Gemm.h - the one matrix product of the host target ----------------------------------------------===//
//
// C [m, n] = alpha A [m, k] B [k, n] (+ C): one blocked, packing product per module, emitted when the first
// kernel asks for it and called by all. Sizes and strides are run-time values, so the three products of a
// linear layer
//
//     y  [T, N] = x [T, K] w^T          A = {x, K, 1}       B = Matrix{w, K, 1}.transposed()
//     dx [T, K] = dy [T, N] w           A = {dy, N, 1}      B = {w, K, 1}
//     dw [N, K] = dy^T x                A = Matrix{dy, N, 1}.transposed()      B = {x, K, 1}
//
// are one function. It works on one thread: parallel kernels give every grid cell its own tile of C. The
// order of the sums depends on k alone, so a tile's bits do not depend on how C was cut.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/tile/host/LaneBuilder.h"

namespace samba::host {

/// Element [i, j] of an f32 matrix stands at pointer[i * rowStride + j * columnStride]; one stride is 1.
struct Matrix {
  Value pointer;
  Operand rowStride;
  Operand columnStride = 1;

  Matrix transposed() const { return {pointer, columnStride, rowStride}; }
  /// The part that begins at [i, j].
  Matrix from(LaneBuilder &k, Operand i, Operand j) const;
};

struct GemmOptions {
  double alpha = 1;        ///< scales A B
  bool accumulate = false; ///< adds to what is in C
  Value accumulateIf;      ///< an i1: the same, decided at run time
};

/// Bytes of scratch that every call needs, whatever its sizes.
int64_t gemmScratchBytes();

/// Emits C [m, n] = alpha A B (+ C). C's column stride is 1; C overlaps neither A nor B. m, n, k: i64, may be
/// 0 (k = 0 gives zeros). `scratch`: gemmScratchBytes() bytes, 64-byte aligned.
void gemm(LaneBuilder &k, const Matrix &c, const Matrix &a, const Matrix &b, Operand m, Operand n,
          Operand depth, Value scratch, GemmOptions options = {});

/// Emits y [rows, n] = x [rows, depth] w^T for 1 to 8 rows (static): w [n, depth] is streamed once, at the
/// speed of memory; `store(row, column, value)` receives each f32 sum. x's and w's column strides are 1.
void skinnyGemm(LaneBuilder &k, int64_t rows, const Matrix &x, const Matrix &w, Operand n, int64_t depth,
                llvm::function_ref<void(int64_t row, Value column, Value sum)> store);

/// How C is cut into tiles, one per grid cell: large enough that packing is a small part of a tile's work,
/// small enough that there are cells for many threads. Tile [i] begins at i * rows.
struct GemmTiling {
  GemmTiling(int64_t m, int64_t n, int64_t depth);
  int64_t m, n;          ///< of C
  int64_t rows, columns; ///< of a tile; the last ones may be smaller
  int64_t rowTiles, columnTiles;
  int64_t grid() const { return rowTiles * columnTiles; }
  int64_t tileBytes() const { return rows * columns * 4; }
};

} // namespace samba::host

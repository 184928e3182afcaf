//===- Linear.cpp - y = x w^T and its two gradients, tile by tile ---------------------------------------===//
//
//   linear      y  [R, N] = x [R, K] w [N, K]^T
//   linear_dx   dx [R, K] = dy [R, N] w [N, K]
//   linear_dw   dw [N, K] = dy [R, N]^T x [R, K]
//
// A cell computes one tile of the result with the shared matrix product (Gemm.h). If ops are fused after it,
// the tile is computed in scratch memory and goes to the output through them; the result may then overwrite
// an operand of theirs (gradients accumulate so). Up to 8 rows, y = x w^T streams w once instead (decoding).
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::host {

namespace {

constexpr int64_t skinnyRows = 8;

/// Work of one product: result [m, n], summed over `depth`.
struct Product {
  Value result;
  int64_t m, n, depth;
};

Schedule scheduleProduct(const Product &product) {
  GemmTiling tiling(product.m, product.n, product.depth);
  return {tiling.grid(), int64_t(llvm::alignTo(gemmScratchBytes(), 64)) + tiling.tileBytes()};
}

/// This cell's tile of result = a [m, depth] b [depth, n].
void emitProduct(const Product &product, const Matrix &a, const Matrix &b, KernelBuilder &k) {
  GemmTiling tiling(product.m, product.n, product.depth);
  Value i = k.mul(k.div(k.cell, tiling.columnTiles), tiling.rows);
  Value j = k.mul(k.rem(k.cell, tiling.columnTiles), tiling.columns);
  Value rows = k.min(k.sub(product.m, i), tiling.rows), columns = k.min(k.sub(product.n, j), tiling.columns);
  bool direct = k.isPlainOutput(product.result);
  Matrix tile = direct ? k.matrix(product.result).from(k, i, j)
                       : Matrix{k.scratch(llvm::alignTo(gemmScratchBytes(), 64)), tiling.columns};
  gemm(k, tile, a.from(k, i, 0), b.from(k, 0, j), rows, columns, product.depth, k.scratch());
  if (direct)
    return;
  k.loop(0, rows, 1, [&](Value r) {
    k.overLanes(columns, [&](Value c, Value mask) {
      k.storeLanes(product.result, k.add(i, r), k.add(j, c), k.load(tile.from(k, r, c).pointer, mask), mask);
    });
  });
}

struct LinearKernel : HostKernelOpInterface::ExternalModel<LinearKernel, LinearOp> {
  static Product product(LinearOp op) {
    return {op.getY(), rowsOf(op.getY()), channelsOf(op.getY()), channelsOf(op.getX())};
  }
  /// Columns of y per cell of the skinny product: about 64 KiB of w.
  static int64_t skinnyColumns(const Product &p) {
    return std::max<int64_t>(16, llvm::alignTo(16384 / p.depth, 16));
  }
  Schedule schedule(Operation *op) const {
    Product p = product(cast<LinearOp>(op));
    if (p.m <= skinnyRows)
      return {int64_t(llvm::divideCeil(p.n, skinnyColumns(p))), 0};
    return scheduleProduct(p);
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto linear = cast<LinearOp>(op);
    Product p = product(linear);
    Matrix x = k.matrix(linear.getX()), w = k.matrix(linear.getW());
    if (p.m > skinnyRows)
      return emitProduct(p, x, w.transposed(), k);
    int64_t columns = skinnyColumns(p);
    Value j = k.mul(k.cell, columns);
    skinnyGemm(
        k, p.m, x, w.from(k, j, 0), k.min(k.sub(p.n, j), columns), p.depth,
        [&](int64_t row, Value column, Value sum) { k.storeElement(p.result, row, k.add(j, column), sum); });
  }
};

struct LinearDxKernel : HostKernelOpInterface::ExternalModel<LinearDxKernel, LinearDxOp> {
  static Product product(LinearDxOp op) {
    return {op.getDx(), rowsOf(op.getDx()), channelsOf(op.getDx()), channelsOf(op.getDy())};
  }
  Schedule schedule(Operation *op) const { return scheduleProduct(product(cast<LinearDxOp>(op))); }
  void emit(Operation *op, KernelBuilder &k) const {
    auto linear = cast<LinearDxOp>(op);
    emitProduct(product(linear), k.matrix(linear.getDy()), k.matrix(linear.getW()), k);
  }
};

struct LinearDwKernel : HostKernelOpInterface::ExternalModel<LinearDwKernel, LinearDwOp> {
  static Product product(LinearDwOp op) {
    return {op.getDw(), rowsOf(op.getDw()), channelsOf(op.getDw()), rowsOf(op.getX())};
  }
  Schedule schedule(Operation *op) const { return scheduleProduct(product(cast<LinearDwOp>(op))); }
  void emit(Operation *op, KernelBuilder &k) const {
    auto linear = cast<LinearDwOp>(op);
    emitProduct(product(linear), k.matrix(linear.getDy()).transposed(), k.matrix(linear.getX()), k);
  }
};

} // namespace

void attachLinear(MLIRContext &context) {
  LinearOp::attachInterface<LinearKernel>(context);
  LinearDxOp::attachInterface<LinearDxKernel>(context);
  LinearDwOp::attachInterface<LinearDwKernel>(context);
}

} // namespace samba::host

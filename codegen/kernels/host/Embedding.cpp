//===- Embedding.cpp - rows of a table by token, and the table's gradient -------------------------------===//
//
//   x_r = table[token_r];     dtable_v = sum over r with token_r = v of dx_r, in the order of r
//
// The gradient gives a cell some rows of the table and some channels; it looks through all tokens for its
// rows, so that no two cells add to the same place and the order never changes.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

namespace {

constexpr int64_t rowsPerCell = 64;

struct EmbeddingKernel : HostKernelOpInterface::ExternalModel<EmbeddingKernel, EmbeddingOp> {
  Schedule schedule(Operation *op) const {
    return {KernelBuilder::cellsOfRows(cast<EmbeddingOp>(op).getX(), rowsPerCell), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto embedding = cast<EmbeddingOp>(op);
    k.overRows(embedding.getX(), rowsPerCell, [&](Value row) {
      Value token = k.toInteger(k.loadPerRow(embedding.getTokens(), row));
      k.overLanes(channelsOf(embedding.getX()), [&](Value column, Value mask) {
        k.storeLanes(embedding.getX(), row, column, k.loadLanes(embedding.getTable(), token, column, mask),
                     mask);
      });
    });
  }
};

struct EmbeddingGradKernel : HostKernelOpInterface::ExternalModel<EmbeddingGradKernel, EmbeddingGradOp> {
  /// A cell's part of the table: [rows, columns].
  struct Part {
    int64_t vocabulary, channels, rows, columns, columnParts;
    explicit Part(EmbeddingGradOp op)
        : vocabulary(rowsOf(op.getDtable())), channels(channelsOf(op.getDtable())),
          rows(std::min<int64_t>(vocabulary, 256)),
          columns(std::min<int64_t>(channels, vocabulary <= 1024 ? 64 : 512)),
          columnParts(llvm::divideCeil(channels, columns)) {}
  };
  Schedule schedule(Operation *op) const {
    Part part(cast<EmbeddingGradOp>(op));
    return {int64_t(llvm::divideCeil(part.vocabulary, part.rows)) * part.columnParts,
            part.rows * part.columns * 4};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto grad = cast<EmbeddingGradOp>(op);
    Part part(grad);
    Value firstRow = k.mul(k.div(k.cell, part.columnParts), part.rows);
    Value firstColumn = k.mul(k.rem(k.cell, part.columnParts), part.columns);
    Value rows = k.min(k.sub(part.vocabulary, firstRow), part.rows);
    Value columns = k.min(k.sub(part.channels, firstColumn), part.columns);
    Matrix sums{k.scratch(), part.columns}; // [rows, columns]
    k.loop(0, rows, 1, [&](Value i) {
      k.overLanes(columns,
                  [&](Value j, Value mask) { k.store(k.splat(0.0), sums.from(k, i, j).pointer, mask); });
    });
    k.loop(0, rowsOf(grad.getDx()), 1, [&](Value r) {
      Value i = k.sub(k.toInteger(k.loadPerRow(grad.getTokens(), r)), firstRow);
      k.when(k.both(k.lessEqual(0, i), k.less(i, rows)), [&] {
        k.overLanes(columns, [&](Value j, Value mask) {
          Value sum = sums.from(k, i, j).pointer;
          Value dx = k.loadLanes(grad.getDx(), r, k.add(firstColumn, j), mask);
          k.store(k.add(k.load(sum, mask), dx), sum, mask);
        });
      });
    });
    k.loop(0, rows, 1, [&](Value i) {
      k.overLanes(columns, [&](Value j, Value mask) {
        k.storeLanes(grad.getDtable(), k.add(firstRow, i), k.add(firstColumn, j),
                     k.load(sums.from(k, i, j).pointer, mask), mask);
      });
    });
  }
};

} // namespace

void attachEmbedding(MLIRContext &context) {
  EmbeddingOp::attachInterface<EmbeddingKernel>(context);
  EmbeddingGradOp::attachInterface<EmbeddingGradKernel>(context);
}

} // namespace samba::host

//===- CrossEntropy.cpp - the language-model head with its loss, a tile of logits at a time -------------===//
//
//   z [R, V] = x [R, C] w [V, C]^T        never stored: a tile [rows, columns] of it lives in scratch memory
//   lse_r = log sum_v exp z_rv            online: m' = max(m, max_v z), s' = s exp(m - m') + sum_v exp(z -
//   m') nll_r = lse_r - z_r,target dz_rv = dnll_r (exp(z_rv - lse_r) - [v = target_r]),     dx = dz w,     dw
//   = dz^T x
//
// The loss and dx give a cell some rows and walk the vocabulary; dw gives it some of the vocabulary and walks
// the rows. So every sum has one owner and one order. Rows whose target is negative count for nothing.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

#include <cmath>

using namespace mlir;

namespace samba::host {

namespace {

constexpr int64_t blockRows = 128, blockVocabulary = 512; // of a tile of logits

/// What the ops share, and the tile of logits in scratch memory.
struct Head {
  Value x, w, targets;
  int64_t rows, channels, vocabulary;
  int64_t tileRows, tileColumns;

  template <class Op>
  Head(Op op, int64_t tileRows, int64_t tileColumns)
      : x(op.getX()), w(op.getW()), targets(op.getTargets()), rows(rowsOf(op.getX())),
        channels(channelsOf(op.getX())), vocabulary(rowsOf(op.getW())), tileRows(std::min(tileRows, rows)),
        tileColumns(std::min(tileColumns, vocabulary)) {}

  // Scratch: the matrix product's, then the tile, then whatever the op keeps.
  int64_t afterTile() const { return gemmScratchBytes() + llvm::alignTo(tileRows * tileColumns * 4, 64); }
  Matrix tile(KernelBuilder &k) const { return {k.scratch(gemmScratchBytes()), tileColumns}; }

  /// tile [count, width] = x [row .., C] w [v .., C]^T
  void logits(KernelBuilder &k, Value row, Value count, Value v, Value width) const {
    gemm(k, tile(k), k.matrix(x).from(k, row, 0), k.matrix(w).from(k, v, 0).transposed(), count, width,
         channels, k.scratch());
  }

  /// Row r's target as a column of the tile that begins at v (i64), and whether it lies in it.
  std::pair<Value, Value> targetColumn(KernelBuilder &k, Value row, Value v, Value width) const {
    Value column = k.sub(k.toInteger(k.loadPerRow(targets, row)), v);
    return {column, k.both(k.lessEqual(0, column), k.less(column, width))};
  }

  /// The tile's logits become dz.
  void gradient(KernelBuilder &k, Value lse, Value dnll, Value row, Value count, Value v, Value width) const {
    k.loop(0, count, 1, [&](Value i) {
      Value r = k.add(row, i), z = tile(k).from(k, i, 0).pointer;
      Value ignored = k.less(k.loadPerRow(targets, r), 0);
      Value scale = k.select(ignored, 0.0, k.loadPerRow(dnll, r)), lseR = k.loadPerRow(lse, r);
      k.overLanes(width, [&](Value c, Value mask) {
        Value p = k.exp(k.sub(k.load(k.at(z, c), mask), lseR)); // [L]
        k.store(k.mul(scale, p), k.at(z, c), mask);
      });
      auto [column, inside] = targetColumn(k, r, v, width);
      Value at = k.at(z, column);
      k.when(inside, [&] { k.store(k.sub(k.loadScalar(at), scale), at); });
    });
  }
};

struct LossKernel : HostKernelOpInterface::ExternalModel<LossKernel, LinearCrossEntropyOp> {
  static Head head(Operation *op) { return Head(cast<LinearCrossEntropyOp>(op), blockRows, blockVocabulary); }

  Schedule schedule(Operation *op) const {
    Head h = head(op);
    return {KernelBuilder::cellsOfRows(h.x, h.tileRows),
            h.afterTile() + 3 * int64_t(llvm::alignTo(h.tileRows * 4, 64))};
  }

  void emit(Operation *op, KernelBuilder &k) const {
    auto loss = cast<LinearCrossEntropyOp>(op);
    Head h = head(op);
    int64_t stride = llvm::alignTo(h.tileRows * 4, 64);
    Value maxima = k.scratch(h.afterTile()), sums = k.scratch(h.afterTile() + stride),
          chosen = k.scratch(h.afterTile() + 2 * stride); // m, s, z_target [tileRows]
    Value row = k.mul(k.cell, h.tileRows), count = k.min(k.sub(h.rows, row), h.tileRows);
    k.loop(0, count, 1, [&](Value i) {
      k.store(k.number(-INFINITY), k.at(maxima, i));
      k.store(k.number(0), k.at(sums, i));
      k.store(k.number(0), k.at(chosen, i));
    });
    k.loop(0, h.vocabulary, h.tileColumns, [&](Value v) {
      Value width = k.min(k.sub(h.vocabulary, v), h.tileColumns);
      h.logits(k, row, count, v, width);
      k.loop(0, count, 1, [&](Value i) {
        Value z = h.tile(k).from(k, i, 0).pointer, m = k.loadScalar(k.at(maxima, i));
        Value top = k.max(k.maximum(k.overLanes(width, {k.splat(-INFINITY)},
                                                [&](Value c, Value mask, ValueRange best) -> Values {
                                                  Value x = k.load(k.at(z, c), mask);
                                                  if (mask)
                                                    x = k.select(mask, x, -INFINITY);
                                                  return {k.max(best[0], x)};
                                                })[0]),
                          m);
        Value sum =
            k.sum(k.overLanes(width, {k.splat(0.0)}, [&](Value c, Value mask, ValueRange s) -> Values {
              Value p = k.exp(k.sub(k.load(k.at(z, c), mask), top));
              if (mask)
                p = k.select(mask, p, 0.0);
              return {k.add(s[0], p)};
            })[0]);
        Value before = k.mul(k.loadScalar(k.at(sums, i)), k.exp(k.sub(m, top)));
        k.store(k.add(before, sum), k.at(sums, i));
        k.store(top, k.at(maxima, i));
        auto [column, inside] = h.targetColumn(k, k.add(row, i), v, width);
        Value at = k.at(z, column);
        k.when(inside, [&] { k.store(k.loadScalar(at), k.at(chosen, i)); });
      });
    });
    k.loop(0, count, 1, [&](Value i) {
      Value r = k.add(row, i);
      Value lse = k.add(k.loadScalar(k.at(maxima, i)), k.log(k.loadScalar(k.at(sums, i))));
      Value ignored = k.less(k.loadPerRow(h.targets, r), 0);
      k.storePerRow(loss.getLse(), r, lse);
      k.storePerRow(loss.getNll(), r, k.select(ignored, 0.0, k.sub(lse, k.loadScalar(k.at(chosen, i)))));
    });
  }
};

/// The first cells have some rows each and make dx; the others have some of the vocabulary and make dw.
struct GradKernel : HostKernelOpInterface::ExternalModel<GradKernel, LinearCrossEntropyGradOp> {
  static Head headOfRows(LinearCrossEntropyGradOp grad) { return Head(grad, blockRows, blockVocabulary); }
  /// A cell's share of the vocabulary: small enough for some cells, wide enough for the matrix product.
  static Head headOfVocabulary(LinearCrossEntropyGradOp grad) {
    int64_t share = llvm::alignTo(rowsOf(grad.getW()) / 16 + 1, 64);
    return Head(grad, 2 * blockRows, std::min<int64_t>(share, 256));
  }
  static int64_t resultBytes(const Head &h) { return h.tileColumns * h.channels * 4; } // of dw

  Schedule schedule(Operation *op) const {
    auto grad = cast<LinearCrossEntropyGradOp>(op);
    Head rows = headOfRows(grad), vocabulary = headOfVocabulary(grad);
    int64_t cells = KernelBuilder::cellsOfRows(rows.x, rows.tileRows) +
                    int64_t(llvm::divideCeil(vocabulary.vocabulary, vocabulary.tileColumns));
    return {cells, std::max(rows.afterTile(), vocabulary.afterTile() + resultBytes(vocabulary))};
  }

  void emit(Operation *op, KernelBuilder &k) const {
    auto grad = cast<LinearCrossEntropyGradOp>(op);
    Head rows = headOfRows(grad);
    int64_t cells = KernelBuilder::cellsOfRows(rows.x, rows.tileRows);
    k.choose(
        k.less(k.cell, cells), [&] { return emitDx(grad, rows, k.cell, k), Values(); },
        [&] { return emitDw(grad, headOfVocabulary(grad), k.sub(k.cell, cells), k), Values(); });
  }

  static void emitDx(LinearCrossEntropyGradOp grad, const Head &h, Value cell, KernelBuilder &k) {
    Value row = k.mul(cell, h.tileRows), count = k.min(k.sub(h.rows, row), h.tileRows);
    k.loop(0, h.vocabulary, h.tileColumns, [&](Value v) {
      Value width = k.min(k.sub(h.vocabulary, v), h.tileColumns);
      h.logits(k, row, count, v, width);
      h.gradient(k, grad.getLse(), grad.getDnll(), row, count, v, width);
      GemmOptions options;
      options.accumulateIf = k.less(0, v);
      gemm(k, k.matrix(grad.getDx()).from(k, row, 0), h.tile(k), k.matrix(h.w).from(k, v, 0), count,
           h.channels, width, k.scratch(), options);
    });
  }

  static void emitDw(LinearCrossEntropyGradOp grad, const Head &h, Value cell, KernelBuilder &k) {
    Value v = k.mul(cell, h.tileColumns), width = k.min(k.sub(h.vocabulary, v), h.tileColumns);
    bool direct = k.isPlainOutput(grad.getDw());
    Matrix dw = direct ? k.matrix(grad.getDw()).from(k, v, 0) : Matrix{k.scratch(h.afterTile()), h.channels};
    k.loop(0, h.rows, h.tileRows, [&](Value row) {
      Value count = k.min(k.sub(h.rows, row), h.tileRows);
      h.logits(k, row, count, v, width);
      h.gradient(k, grad.getLse(), grad.getDnll(), row, count, v, width);
      GemmOptions options;
      options.accumulateIf = k.less(0, row);
      gemm(k, dw, h.tile(k).transposed(), k.matrix(h.x).from(k, row, 0), width, h.channels, count,
           k.scratch(), options);
    });
    if (direct)
      return;
    k.loop(0, width, 1, [&](Value i) {
      k.overLanes(h.channels, [&](Value c, Value mask) {
        k.storeLanes(grad.getDw(), k.add(v, i), c, k.load(dw.from(k, i, c).pointer, mask), mask);
      });
    });
  }
};

} // namespace

void attachCrossEntropy(MLIRContext &context) {
  LinearCrossEntropyOp::attachInterface<LossKernel>(context);
  LinearCrossEntropyGradOp::attachInterface<GradKernel>(context);
}

} // namespace samba::host

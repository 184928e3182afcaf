//===- Attention.cpp - windowed attention forward, over a sequence and over a ring ----------------------===//
//
//   s_ij = q_i k_j / sqrt(head_dim)    i - window < j <= i
//   m_i = max_j s_ij,  l_i = sum_j exp(s_ij - m_i)
//   o_i = sum_j exp(s_ij - m_i) v_j / l_i,  lse_i = m_i + log l_i
//
// q, o [B, T, Hq hd], k, v [B, T, Hkv hd]; query head h reads key head h Hkv / Hq. Flash attention (Dao et
// al. 2022): a cell is 32 queries of one head, one per lane. It walks over the keys its window shows, 64 at a
// time; m, l and o are kept right for the keys seen so far (a new maximum rescales l and o). Tiles outside of
// the window, or before the document of the first query, are never touched; only tiles on the edges are
// masked. Scores are in units of log 2, so that exp is exp2.
//
// attention_step sees two sources of keys: the ring (position p in slot p mod R), walked in order of position
// up to its wrap, and the chunk itself. Cost: 4 hd flops and one exp2 for each visible pair.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/AttentionHeads.h"
#include "codegen/kernels/host/Kernels.h"
#include "codegen/kernels/host/SingleQuery.h"

using namespace mlir;

namespace samba::host {

namespace {

/// A block of 32 queries of one head on its way over the keys.
class QueryBlock {
public:
  QueryBlock(KernelBuilder &k, int64_t headDim)
      : k(k), headDim(headDim), queries{k.scratch()}, output{k.scratch(Panel::bytes(headDim))},
        scores{k.scratch(2 * Panel::bytes(headDim))},
        maxima{k.scratch(2 * Panel::bytes(headDim) + Panel::bytes(tileRows))},
        sums{k.at(maxima.pointer, blockLanes)} {}

  static int64_t scratchBytes(int64_t headDim) {
    return 2 * Panel::bytes(headDim) + Panel::bytes(tileRows) + Panel::bytes(2);
  }

  /// Loads `count` rows of q [.., head_dim].
  void begin(const Matrix &q, Value count) const {
    loadBlock(k, queries, q, count, headDim, M_LOG2E / std::sqrt(double(headDim))); // [hd][32]
    overRegisters([&](int64_t v) {
      k.store(k.splat(-1e30), maxima.at(k, 0, v));
      k.store(k.splat(0.0), sums.at(k, 0, v));
      k.loop(0, headDim, 1, [&](Value d) { k.store(k.splat(0.0), output.at(k, d, v)); });
    });
  }

  /// Adds `rows` <= 64 keys and values.
  void attend(const Matrix &keys, const Matrix &values, Value rows, const Visibility &visibility) const {
    panelProduct(k, scores, keys, queries, rows, headDim); // [rows][32] = k [rows, hd] q [hd][32]
    k.when(visibility.isPartial(k, rows), [&] {
      k.loop(0, rows, 1, [&](Value r) {
        overRegisters([&](int64_t v) {
          Value s = k.select(visibility.mask(k, r, v), k.load(scores.at(k, r, v)), -INFINITY);
          k.store(s, scores.at(k, r, v));
        });
      });
    });
    overRegisters([&](int64_t v) {
      Value before = k.load(maxima.at(k, 0, v));
      Value m = k.loop(0, rows, 1, {before}, [&](Value r, ValueRange m) -> Values {
        return {k.max(m[0], k.load(scores.at(k, r, v)))};
      })[0];
      Value scale = k.exp2(k.sub(before, m));
      Value l =
          k.loop(0, rows, 1, {k.mul(k.load(sums.at(k, 0, v)), scale)}, [&](Value r, ValueRange l) -> Values {
            Value p = k.exp2(k.sub(k.load(scores.at(k, r, v)), m));
            k.store(p, scores.at(k, r, v));
            return {k.add(l[0], p)};
          })[0];
      k.store(m, maxima.at(k, 0, v));
      k.store(l, sums.at(k, 0, v));
      k.loop(0, headDim, 1,
             [&](Value d) { k.store(k.mul(k.load(output.at(k, d, v)), scale), output.at(k, d, v)); });
    });
    panelProductTurned(k, output, values, scores, headDim, rows); // [hd][32] += v^T [hd, rows] p [rows][32]
  }

  /// Writes `count` rows of o.
  void finish(const Matrix &o, Value count) const {
    overRegisters([&](int64_t v) {
      Value inverse = k.div(1, k.load(sums.at(k, 0, v)));
      k.loop(0, headDim, 1,
             [&](Value d) { k.store(k.mul(k.load(output.at(k, d, v)), inverse), output.at(k, d, v)); });
    });
    storeBlock(k, o, output, count, headDim);
  }

  /// Writes `count` numbers lse.
  void finishLse(Value lse, Value count) const {
    overRegisters([&](int64_t v) {
      Value l = k.log(k.load(sums.at(k, 0, v)));
      k.store(k.fma(k.load(maxima.at(k, 0, v)), M_LN2, l), k.at(lse, v * k.lanes),
              k.maskBelow(k.sub(count, v * k.lanes)));
    });
  }

private:
  void overRegisters(function_ref<void(int64_t v)> body) const {
    for (int64_t v = 0; v < Panel::registers(k); ++v)
      body(v);
  }

  KernelBuilder &k;
  const int64_t headDim;
  const Panel queries, output, scores, maxima, sums;
};

/// The keys of a sequence that the cell's queries see, tile by tile. `begins`: of their documents, or null.
void attendSequence(KernelBuilder &k, const QueryBlock &block, const Matrix &keys, const Matrix &values,
                    const AttentionCell &cell, int64_t window, Value begins) {
  Value end = k.add(cell.first, cell.count);
  k.loop(firstKeyOf(k, cell.first, window, begins), end, tileRows, [&](Value j) {
    block.attend(keys.from(k, j, 0), values.from(k, j, 0), k.min(k.sub(end, j), tileRows),
                 {k.sub(cell.first, j), window, /*lanesAreKeys=*/false, begins, cell.count, j});
  });
}

struct WindowedAttentionKernel
    : HostKernelOpInterface::ExternalModel<WindowedAttentionKernel, WindowedAttentionOp> {
  Schedule schedule(Operation *op) const {
    AttentionHeads heads(cast<WindowedAttentionOp>(op));
    return {AttentionCell::grid(heads, heads.query), QueryBlock::scratchBytes(heads.dim)};
  }
  void emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<WindowedAttentionOp>(operation);
    AttentionHeads heads(op);
    const int64_t window = std::min<int64_t>(op.getWindow(), heads.T);
    AttentionCell cell(k, heads, heads.query);
    Value row = k.mul(cell.batch, heads.T), column = k.mul(cell.head, heads.dim),
          kvColumn = k.mul(k.div(cell.head, heads.group()), heads.dim);
    QueryBlock block(k, heads.dim);
    block.begin(k.matrix(op.getQ()).from(k, k.add(row, cell.first), column), cell.count);
    attendSequence(k, block, k.matrix(op.getK()).from(k, row, kvColumn),
                   k.matrix(op.getV()).from(k, row, kvColumn), cell, window,
                   beginsFrom(k, op.getDocuments(), cell.batch, cell.first));
    block.finish(k.matrix(op.getO()).from(k, k.add(row, cell.first), column), cell.count);
    if (k.isNeeded(op.getLse())) {
      Value lseRow = k.add(k.mul(cell.batch, heads.query), cell.head);
      block.finishLse(k.matrix(op.getLse()).from(k, lseRow, cell.first).pointer, cell.count);
    }
  }
};

/// Keys at positions [begin, end) of a ring: body(slot, position, rows) for runs that do not wrap.
void overRing(KernelBuilder &k, int64_t ring, Value begin, Value end,
              function_ref<void(Value slot, Value position, Value rows)> body) {
  // Walked by slot, in two runs: up to the ring's end, and from its beginning.
  Value slot = k.rem(begin, ring), toWrap = k.min(k.sub(end, begin), k.sub(ring, slot));
  auto run = [&](Value firstSlot, Value first, Value length) {
    k.loop(0, length, tileRows, [&](Value done) {
      body(k.add(firstSlot, done), k.add(first, done), k.min(k.sub(length, done), tileRows));
    });
  };
  k.loop(0, 2, 1, [&](Value part) {
    Value isFirst = k.equal(part, 0);
    run(k.select(isFirst, slot, k.index(0)), k.select(isFirst, begin, k.add(begin, toWrap)),
        k.select(isFirst, toWrap, k.sub(k.sub(end, begin), toWrap)));
  });
}

/// The position that the query at `first` of the tokens from `position` on sees first.
Value firstPositionOf(KernelBuilder &k, Value position, Value first, int64_t window, Value begins) {
  Value seen = k.max(k.sub(k.add(position, first), window - 1), 0);
  return begins ? k.max(seen, k.add(position, k.toInteger(k.loadScalar(begins, k.i32)))) : seen;
}

struct AttentionStepKernel : HostKernelOpInterface::ExternalModel<AttentionStepKernel, AttentionStepOp> {
  Schedule schedule(Operation *op) const {
    AttentionHeads heads(cast<AttentionStepOp>(op));
    if (heads.T == 1)
      return {heads.B * heads.kv, SingleQuery::scratchBytes(heads.group(), heads.dim)};
    return {AttentionCell::grid(heads, heads.query), QueryBlock::scratchBytes(heads.dim)};
  }
  void emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<AttentionStepOp>(operation);
    AttentionHeads heads(op);
    if (heads.T == 1)
      return emitSingle(op, heads, k);
    const int64_t window = op.getWindow(), ring = shapeOf(op.getRingK())[1];
    AttentionCell cell(k, heads, heads.query);
    Value row = k.mul(cell.batch, heads.T), column = k.mul(cell.head, heads.dim),
          kvColumn = k.mul(k.div(cell.head, heads.group()), heads.dim);
    Value position = k.loadElement(op.getPosition(), 0, cell.batch),
          firstPosition = k.add(position, cell.first);
    auto inRing = [&](Value tensor, Value slot) {
      return k.matrix(tensor).from(k, k.add(k.mul(cell.batch, ring), slot), kvColumn);
    };
    QueryBlock block(k, heads.dim);
    block.begin(k.matrix(op.getQ()).from(k, k.add(row, cell.first), column), cell.count);
    Value begins = beginsFrom(k, op.getDocuments(), cell.batch, cell.first);
    Value begin = k.min(firstPositionOf(k, position, cell.first, window, begins), position);
    overRing(k, ring, begin, position, [&](Value slot, Value p, Value rows) {
      block.attend(
          inRing(op.getRingK(), slot), inRing(op.getRingV(), slot), rows,
          {k.sub(firstPosition, p), window, /*lanesAreKeys=*/false, begins, cell.count, k.sub(p, position)});
    });
    attendSequence(k, block, k.matrix(op.getK()).from(k, row, kvColumn),
                   k.matrix(op.getV()).from(k, row, kvColumn), cell, window, begins);
    block.finish(k.matrix(op.getO()).from(k, k.add(row, cell.first), column), cell.count);
  }

  /// T = 1: a cell is one key head, which is read once for all its query heads.
  static void emitSingle(AttentionStepOp op, const AttentionHeads &heads, KernelBuilder &k) {
    const int64_t ring = shapeOf(op.getRingK())[1], group = heads.group();
    Value batch = k.div(k.cell, heads.kv), kvHead = k.rem(k.cell, heads.kv),
          kvColumn = k.mul(kvHead, heads.dim);
    Value column = k.mul(kvColumn, group), position = k.loadElement(op.getPosition(), 0, batch);
    auto inRing = [&](Value tensor, Value slot) {
      return k.matrix(tensor).from(k, k.add(k.mul(batch, ring), slot), kvColumn);
    };
    SingleQuery query(k, group, heads.dim, k.matrix(op.getQ()).from(k, batch, column).pointer);
    Value begin =
        firstPositionOf(k, position, k.index(0), op.getWindow(), beginsFrom(k, op.getDocuments(), batch, 0));
    overRing(k, ring, k.min(begin, position), position, [&](Value slot, Value, Value rows) {
      query.attend(inRing(op.getRingK(), slot), inRing(op.getRingV(), slot), rows);
    });
    query.attend(k.matrix(op.getK()).from(k, batch, kvColumn), k.matrix(op.getV()).from(k, batch, kvColumn),
                 k.index(1));
    query.finish(k.matrix(op.getO()).from(k, batch, column).pointer);
  }
};

} // namespace

void attachAttention(MLIRContext &context) {
  WindowedAttentionOp::attachInterface<WindowedAttentionKernel>(context);
  AttentionStepOp::attachInterface<AttentionStepKernel>(context);
}

} // namespace samba::host

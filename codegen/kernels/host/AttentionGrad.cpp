//===- AttentionGrad.cpp - windowed attention backward --------------------------------------------------===//
//
//   p_ij = exp(q_i k_j / sqrt(hd) - lse_i)      delta_i = sum_c o_ic do_ic
//   ds_ij = p_ij (do_i v_j - delta_i)           dq_i = sum_j ds_ij k_j / sqrt(hd)
//   dk_j = sum_i ds_ij q_i / sqrt(hd),  dv_j = sum_i p_ij do_i,  i over the queries of all heads that read j
//
// Scores are computed again, tile by tile, as in the forward kernel. dq: a cell is 32 queries of a query
// head, in the lanes, over the keys of its window. dk, dv: a cell is 32 keys of a key head, in the lanes,
// over the queries that see it, head after head of its group: every gradient is written by one cell, in a
// fixed order.
//
// Cost per visible pair: 6 hd flops for dq, 8 hd for dk and dv, one exp2 each.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/AttentionHeads.h"
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

namespace {

/// The panels of a cell. `own` and `ownPartner` are the block in the lanes (q and do, or k and v).
struct GradPanels {
  Panel own, ownPartner, grad, gradPartner, p, ds;

  GradPanels(KernelBuilder &k, int64_t dim) {
    int64_t offset = 0;
    auto next = [&](int64_t rows) {
      Panel panel{k.scratch(offset)};
      offset += Panel::bytes(rows);
      return panel;
    };
    own = next(dim), ownPartner = next(dim), grad = next(dim), gradPartner = next(dim);
    p = next(tileRows), ds = next(tileRows);
    for (const Panel &panel : {grad, gradPartner})
      k.loop(0, dim * blockLanes, k.lanes, [&](Value i) { k.store(k.splat(0.0), k.at(panel.pointer, i)); });
  }
  static int64_t bytes(int64_t dim) { return 4 * Panel::bytes(dim) + 2 * Panel::bytes(tileRows); }
};

/// From scores s and do v^T in the panels p and ds: p = 2^(s - lse), ds = p (do v^T - delta), 0 where hidden.
/// lse (in units of log 2) and delta of register v of row r: statistics(r, v).
void probabilities(KernelBuilder &k, const GradPanels &panels, const Visibility &visibility, Value rows,
                   function_ref<std::pair<Value, Value>(Value r, int64_t v)> statistics) {
  auto pass = [&](bool masked) {
    k.loop(0, rows, 1, [&](Value r) {
      for (int64_t v = 0; v < Panel::registers(k); ++v) {
        auto [lse, delta] = statistics(r, v);
        Value p = k.exp2(k.sub(k.load(panels.p.at(k, r, v)), lse));
        if (masked)
          p = k.select(visibility.mask(k, r, v), p, 0.0);
        k.store(p, panels.p.at(k, r, v));
        k.store(k.mul(p, k.sub(k.load(panels.ds.at(k, r, v)), delta)), panels.ds.at(k, r, v));
      }
    });
  };
  k.choose(
      visibility.isPartial(k, rows), [&]() -> Values { return pass(true), Values(); },
      [&]() -> Values { return pass(false), Values(); });
}

struct AttentionDeltaKernel : HostKernelOpInterface::ExternalModel<AttentionDeltaKernel, AttentionDeltaOp> {
  static constexpr int64_t rowsPerCell = 32;

  Schedule schedule(Operation *op) const {
    return {KernelBuilder::cellsOfRows(cast<AttentionDeltaOp>(op).getO(), rowsPerCell), 0};
  }
  void emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<AttentionDeltaOp>(operation);
    const int64_t T = shapeOf(op.getO())[1], heads = op.getNHeads(), dim = channelsOf(op.getO()) / heads;
    k.overRows(op.getO(), rowsPerCell, [&](Value row) {
      k.loop(0, heads, 1, [&](Value head) {
        Values sum = k.overLanes(dim, {k.splat(0.0)}, [&](Value c, Value mask, ValueRange sum) -> Values {
          Value column = k.add(k.mul(head, dim), c);
          return {k.fma(k.loadLanes(op.getO(), row, column, mask), k.loadLanes(op.getDO(), row, column, mask),
                        sum[0])};
        });
        Value deltaRow = k.add(k.mul(k.div(row, T), heads), head);
        k.storeElement(op.getDelta(), deltaRow, k.rem(row, T), k.sum(sum[0]));
      });
    });
  }
};

struct AttentionDqKernel : HostKernelOpInterface::ExternalModel<AttentionDqKernel, AttentionDqOp> {
  Schedule schedule(Operation *op) const {
    AttentionHeads heads(cast<AttentionDqOp>(op));
    return {AttentionCell::grid(heads, heads.query), GradPanels::bytes(heads.dim)};
  }
  void emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<AttentionDqOp>(operation);
    AttentionHeads heads(op);
    const int64_t window = std::min<int64_t>(op.getWindow(), heads.T), dim = heads.dim;
    AttentionCell cell(k, heads, heads.query);
    Value row = k.mul(cell.batch, heads.T), queryRow = k.add(row, cell.first), column = k.mul(cell.head, dim);
    Value kvColumn = k.mul(k.div(cell.head, heads.group()), dim);
    Matrix keys = k.matrix(op.getK()).from(k, row, kvColumn),
           values = k.matrix(op.getV()).from(k, row, kvColumn);

    GradPanels panels(k, dim);
    loadBlock(k, panels.own, k.matrix(op.getQ()).from(k, queryRow, column), cell.count, dim,
              heads.scale() * M_LOG2E);
    loadBlock(k, panels.ownPartner, k.matrix(op.getDO()).from(k, queryRow, column), cell.count, dim);
    Value statisticsRow = k.add(k.mul(cell.batch, heads.query), cell.head);
    Values lse, delta; // [32] each
    for (int64_t v = 0; v < Panel::registers(k); ++v) {
      Value mask = k.maskBelow(k.sub(cell.count, v * k.lanes)), place = k.add(cell.first, v * k.lanes);
      lse.push_back(
          k.mul(k.load(k.matrix(op.getLse()).from(k, statisticsRow, place).pointer, mask), M_LOG2E));
      delta.push_back(k.load(k.matrix(op.getDelta()).from(k, statisticsRow, place).pointer, mask));
    }
    Value end = k.add(cell.first, cell.count),
          begins = beginsFrom(k, op.getDocuments(), cell.batch, cell.first);
    k.loop(firstKeyOf(k, cell.first, window, begins), end, tileRows, [&](Value j) {
      Value rows = k.min(k.sub(end, j), tileRows);
      panelProduct(k, panels.p, keys.from(k, j, 0), panels.own, rows, dim);           // s^T  [rows][32]
      panelProduct(k, panels.ds, values.from(k, j, 0), panels.ownPartner, rows, dim); // v do^T
      Visibility visibility{k.sub(cell.first, j), window, /*lanesAreKeys=*/false, begins, cell.count, j};
      probabilities(k, panels, visibility, rows,
                    [&](Value, int64_t v) { return std::pair(lse[v], delta[v]); });
      panelProductTurned(k, panels.grad, keys.from(k, j, 0), panels.ds, dim, rows); // [hd][32] += k^T ds^T
    });
    storeBlock(k, k.matrix(op.getDq()).from(k, queryRow, column), panels.grad, cell.count, dim,
               heads.scale());
  }
};

struct AttentionDkvKernel : HostKernelOpInterface::ExternalModel<AttentionDkvKernel, AttentionDkvOp> {
  Schedule schedule(Operation *op) const {
    AttentionHeads heads(cast<AttentionDkvOp>(op));
    return {AttentionCell::grid(heads, heads.kv), GradPanels::bytes(heads.dim)};
  }
  void emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<AttentionDkvOp>(operation);
    AttentionHeads heads(op);
    const int64_t window = std::min<int64_t>(op.getWindow(), heads.T), dim = heads.dim;
    AttentionCell cell(k, heads, heads.kv);
    Value row = k.mul(cell.batch, heads.T), keyRow = k.add(row, cell.first), kvColumn = k.mul(cell.head, dim);

    GradPanels panels(k, dim);
    loadBlock(k, panels.own, k.matrix(op.getK()).from(k, keyRow, kvColumn), cell.count, dim,
              heads.scale() * M_LOG2E);
    loadBlock(k, panels.ownPartner, k.matrix(op.getV()).from(k, keyRow, kvColumn), cell.count, dim);
    Value end = k.min(k.add(k.add(cell.first, cell.count), window - 1), heads.T);
    k.loop(0, heads.group(), 1, [&](Value member) {
      Value head = k.add(k.mul(cell.head, heads.group()), member), column = k.mul(head, dim);
      Matrix queries = k.matrix(op.getQ()).from(k, row, column),
             dO = k.matrix(op.getDO()).from(k, row, column);
      Value statisticsRow = k.add(k.mul(cell.batch, heads.query), head);
      Value lse = k.matrix(op.getLse()).from(k, statisticsRow, 0).pointer;
      Value delta = k.matrix(op.getDelta()).from(k, statisticsRow, 0).pointer;
      auto take = [&](Value i, Value begins) {
        Value rows = k.min(k.sub(end, i), tileRows);
        panelProduct(k, panels.p, queries.from(k, i, 0), panels.own, rows, dim);    // s  [rows][32]
        panelProduct(k, panels.ds, dO.from(k, i, 0), panels.ownPartner, rows, dim); // do v^T
        Visibility visibility{k.sub(i, cell.first), window, /*lanesAreKeys=*/true, begins, rows, cell.first};
        probabilities(k, panels, visibility, rows, [&](Value r, int64_t) {
          Value query = k.add(i, r);
          return std::pair(k.splat(k.mul(k.loadScalar(k.at(lse, query)), M_LOG2E)),
                           k.splat(k.loadScalar(k.at(delta, query))));
        });
        panelProductTurned(k, panels.grad, queries.from(k, i, 0), panels.ds, dim, rows); // [hd][32] += q^T ds
        panelProductTurned(k, panels.gradPartner, dO.from(k, i, 0), panels.p, dim,
                           rows); // [hd][32] += do^T p
      };
      k.loop(cell.first, end, tileRows, [&](Value i) {
        Value begins = beginsFrom(k, op.getDocuments(), cell.batch, i);
        if (!begins)
          return take(i, begins);
        // Tiles whose documents all begin after the block's last key see none of it.
        Value begin = k.toInteger(k.loadScalar(begins, k.i32));
        k.when(k.less(begin, k.add(cell.first, cell.count)), [&] { take(i, begins); });
      });
    });
    storeBlock(k, k.matrix(op.getDk()).from(k, keyRow, kvColumn), panels.grad, cell.count, dim,
               heads.scale());
    storeBlock(k, k.matrix(op.getDv()).from(k, keyRow, kvColumn), panels.gradPartner, cell.count, dim);
  }
};

} // namespace

void attachAttentionGrad(MLIRContext &context) {
  AttentionDeltaOp::attachInterface<AttentionDeltaKernel>(context);
  AttentionDqOp::attachInterface<AttentionDqKernel>(context);
  AttentionDkvOp::attachInterface<AttentionDkvKernel>(context);
}

} // namespace samba::host

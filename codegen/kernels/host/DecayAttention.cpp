//===- DecayAttention.cpp - attention whose past decays, forward, backward and from a state -------------===//
//
//   S_t = exp(g_t) S_{t-1} + k_t v_t^T        o_t = scale S_t^T q_t
//   R_t = exp(g_{t+1}) R_{t+1} + q_t do_t^T   dv_t = scale R_t^T k_t      backward in time
//   dq_t = scale S_t do_t                     dk_t = scale R_t v_t
//   dg_t = <exp(g_t) S_{t-1}, scale R_t>      per key channel
//
// (Yang et al. 2024; Sun et al. 2023.) The first four are one recurrence, see Recurrence.h, of which
//
//   past_t = scale (decay M_{t-1})^T z_t      out_t = past_t + scale <x_t, z_t> y_t
//
// and dg_t = dg_{t+1} + q_t past(dq)_t - k_t past(dk)_t. (q dq - k dk would do in exact arithmetic: what the
// token itself adds to both cancels, but where decays are strong it is nearly all there is.)
//
// Nothing is divided by a decay, so that none is too strong. A chunk of matrix products would save a third of
// the multiply-adds at most (3 for each element of S and token). A cell is one head of one batch entry and 64
// lanes' channels, whose M stays in the second-level cache. Tokens go 8 (AVX-512) or 4 at a time: a register
// of M is loaded once, taken through all of them, and stored.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/Recurrence.h"
#include "codegen/kernels/host/Kernels.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::host {

namespace {

constexpr int64_t blockChannels = 64, mostTokens = 8;

int64_t blocksOf(const Recurrence &r) { return llvm::divideCeil(r.lanes, blockChannels); }
int64_t cellsOf(const Recurrence &r) { return shapeOf(r.x)[0] * r.heads * blocksOf(r); }
int64_t paddedRows(const Recurrence &r) { return llvm::alignTo(r.rows, 16); }
int64_t matrixBytes(const Recurrence &r) { return r.rows * blockChannels * 4; }
int64_t scratchBytes(const Recurrence &r) { return matrixBytes(r) + mostTokens * paddedRows(r) * 4; }

/// A recurrence at work in one of its cells.
class Cell {
public:
  Cell(KernelBuilder &k, const Recurrence &r, Value cell) : k(k), r(r) {
    Value pair = k.div(cell, blocksOf(r));
    batch = k.div(pair, r.heads), head = k.rem(pair, r.heads);
    first = k.mul(k.rem(cell, blocksOf(r)), blockChannels);
    count = k.min(k.sub(r.lanes, first), blockChannels);
    M = k.scratch(), rowDecays = k.scratch(matrixBytes(r));
    if (r.logDecays) {
      SmallVector<float> table;
      for (double log : *r.logDecays)
        table.push_back(float(std::exp(log)));
      headDecay = k.splat(k.loadScalar(k.at(k.table(ArrayRef<float>(table)), head)));
    }
  }

  /// onPast(row, column, past_t, mask), if any, gets what the other tokens give.
  using OnPast = function_ref<void(Value row, Value column, Value past, Value mask)>;
  void run(OnPast onPast = nullptr) {
    begin();
    const int64_t atOnce = k.isAvx512() ? mostTokens : mostTokens / 2, whole = r.T / atOnce * atOnce;
    k.loop(0, whole, atOnce, [&](Value step) { take(step, atOnce, onPast); });
    k.loop(whole, r.T, 1, [&](Value step) { take(step, 1, onPast); });
    if (r.after)
      overRows([&](Value row, Value channel, Value mask, Value place) {
        k.store(k.load(place), k.at(k.matrix(r.after).from(k, row, channel).pointer, 0), mask);
      });
  }

  /// body(offset in M's rows, channel within the head, mask) for the registers of a row.
  void overGroups(function_ref<void(Value offset, Value channel, Value mask)> body) {
    bool ragged = r.lanes % k.lanes;
    k.loop(0, k.div(k.add(count, k.lanes - 1), k.lanes), 1, [&](Value group) {
      Value offset = k.mul(group, k.lanes);
      body(offset, k.add(first, offset), ragged ? k.maskBelow(k.sub(count, offset)) : Value());
    });
  }
  /// The row of step `i` in [B, T, ..].
  Value rowOf(Operand i) const {
    Value t = r.backward ? k.sub(r.T - 1, k.toIndex(i)) : k.toIndex(i);
    return k.add(k.mul(batch, r.T), t);
  }
  /// The channel of a tensor whose heads have r.lanes, that stands for `channel` of this head.
  Value laneChannel(Value channel) const { return k.add(k.mul(head, r.lanes), channel); }

private:
  void begin() {
    overRows([&](Value row, Value channel, Value mask, Value place) {
      k.store(r.before ? k.load(k.matrix(r.before).from(k, row, channel).pointer, mask) : k.splat(0.0),
              place);
    });
  }
  void overRows(function_ref<void(Value row, Value channel, Value mask, Value place)> body) {
    k.loop(0, r.rows, 1, [&](Value i) {
      Value row = k.add(k.mul(k.add(k.mul(batch, r.heads), head), r.rows), i);
      overGroups([&](Value offset, Value channel, Value mask) {
        body(row, channel, mask, k.at(M, k.add(k.mul(i, blockChannels), offset)));
      });
    });
  }
  /// The row of g that decays M on the way to step `i`: backward, that of the token after it. The first step
  /// finds M = 0.
  Value decayRow(Value i) const { return r.backward ? rowOf(k.max(k.sub(i, 1), 0)) : rowOf(i); }

  /// Steps step ... step + n - 1.
  void take(Value step, int64_t n, OnPast onPast) {
    Values xs, zs, own; // own: scale <x_t, z_t>
    Value column = k.mul(head, r.rows);
    for (int64_t i = 0; i < n; ++i) {
      Value row = rowOf(k.add(step, i));
      xs.push_back(k.matrix(r.x).from(k, row, column).pointer);
      zs.push_back(k.matrix(r.z).from(k, row, column).pointer);
      Value dot = k.overLanes(r.rows, {k.splat(0.0)}, [&](Value j, Value mask, ValueRange sum) -> Values {
        return {k.fma(k.load(k.at(xs[i], j), mask), k.load(k.at(zs[i], j), mask), sum[0])};
      })[0];
      own.push_back(k.splat(k.mul(k.sum(dot), r.scale)));
      if (r.g && r.decayOfRows)
        k.overLanes(r.rows, [&](Value j, Value mask) {
          Value g = k.loadLanes(r.g, decayRow(k.add(step, i)), k.add(column, j), mask);
          k.store(k.exp(g), k.at(rowDecays, k.add(j, i * paddedRows(r))));
        });
    }
    overGroups([&](Value offset, Value channel, Value mask) {
      Values y, decay, out(n, k.splat(0.0)); // [L] each
      for (int64_t i = 0; i < n; ++i) {
        y.push_back(k.loadLanes(r.y, rowOf(k.add(step, i)), laneChannel(channel), mask));
        if (r.g && !r.decayOfRows)
          decay.push_back(k.exp(k.loadLanes(r.g, decayRow(k.add(step, i)), laneChannel(channel), mask)));
      }
      out = k.loop(0, r.rows, 1, out, [&](Value j, ValueRange sums) {
        Value place = k.at(M, k.add(k.mul(j, blockChannels), offset)), m = k.load(place);
        Values next(sums);
        for (int64_t i = 0; i < n; ++i) {
          Value a = headDecay;
          if (r.g)
            a = r.decayOfRows ? k.splat(k.loadScalar(k.at(rowDecays, k.add(j, i * paddedRows(r)))))
                              : decay[i];
          Value past = k.mul(a, m);
          next[i] = k.fma(k.loadScalar(k.at(zs[i], j)), past, next[i]);
          m = k.fma(k.loadScalar(k.at(xs[i], j)), y[i], past);
        }
        k.store(m, place);
        return next;
      });
      for (int64_t i = 0; i < n; ++i) {
        Value row = rowOf(k.add(step, i)), column = laneChannel(channel), past = k.mul(r.scale, out[i]);
        if (onPast)
          onPast(row, column, past, mask);
        k.storeLanes(r.out, row, column, k.fma(own[i], y[i], past), mask);
      }
    });
  }

  KernelBuilder &k;
  const Recurrence &r;
  Value batch, head, first, count; ///< first channel of the block within the head, channels of it
  Value M, rowDecays;              ///< [rows][64], [tokens][padded rows]
  Value headDecay;                 ///< null where g decays
};

struct DecayAttentionKernel : HostKernelOpInterface::ExternalModel<DecayAttentionKernel, DecayAttentionOp> {
  Schedule schedule(Operation *op) const {
    Recurrence r = Recurrence::of(op->getResult(0));
    return {cellsOf(r), scratchBytes(r)};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    Cell(k, Recurrence::of(op->getResult(0)), k.cell).run();
  }
};

struct DecayAttentionStepKernel
    : HostKernelOpInterface::ExternalModel<DecayAttentionStepKernel, DecayAttentionStepOp> {
  Schedule schedule(Operation *op) const { return DecayAttentionKernel().schedule(op); }
  void emit(Operation *op, KernelBuilder &k) const {
    Recurrence r = Recurrence::of(op->getResult(0));
    if (!k.isNeeded(r.after))
      r.after = nullptr;
    Cell(k, r, k.cell).run();
  }
};

/// Cells for dv, then cells for dq, dk and dg of the same channels.
struct DecayAttentionGradKernel
    : HostKernelOpInterface::ExternalModel<DecayAttentionGradKernel, DecayAttentionGradOp> {
  struct Plan {
    Recurrence dv, dq, dk;
    explicit Plan(DecayAttentionGradOp op)
        : dv(Recurrence::of(op.getDv())), dq(Recurrence::of(op.getDq())), dk(Recurrence::of(op.getDk())) {}
  };
  Schedule schedule(Operation *op) const {
    Plan plan(cast<DecayAttentionGradOp>(op));
    return {cellsOf(plan.dv) + cellsOf(plan.dq), std::max(scratchBytes(plan.dv), scratchBytes(plan.dq))};
  }
  void emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<DecayAttentionGradOp>(operation);
    Plan plan(op);
    k.when(k.less(k.cell, cellsOf(plan.dv)), [&] { Cell(k, plan.dv, k.cell).run(); });
    k.when(k.lessEqual(cellsOf(plan.dv), k.cell), [&] {
      Value cell = k.sub(k.cell, cellsOf(plan.dv));
      Cell dq(k, plan.dq, cell), dk(k, plan.dk, cell);
      if (!op.getG())
        return dq.run(), dk.run();
      auto at = [&](Value tensor, Value row, Value column) {
        return k.matrix(tensor).from(k, row, column).pointer;
      };
      dq.run([&](Value row, Value column, Value past, Value mask) {
        k.store(k.mul(k.load(at(op.getQ(), row, column), mask), past), at(op.getDg(), row, column), mask);
      });
      dk.run([&](Value row, Value column, Value past, Value mask) {
        Value place = at(op.getDg(), row, column), key = k.load(at(op.getK(), row, column), mask);
        k.store(k.sub(k.load(place, mask), k.mul(key, past)), place, mask);
      });
      sumBackward(k, op, dk);
    });
  }

  /// dg_t += dg_{t+1}, of the cell's channels.
  static void sumBackward(KernelBuilder &k, DecayAttentionGradOp op, Cell &cell) {
    cell.overGroups([&](Value, Value channel, Value mask) {
      Value column = cell.laneChannel(channel);
      k.loop(0, shapeOf(op.getQ())[1], 1, {k.splat(0.0)}, [&](Value step, ValueRange later) -> Values {
        Value place = k.matrix(op.getDg()).from(k, cell.rowOf(step), column).pointer;
        Value dg = k.add(k.load(place, mask), later[0]);
        k.store(dg, place, mask);
        return {dg};
      });
    });
  }
};

} // namespace

void attachDecayAttention(MLIRContext &context) {
  DecayAttentionOp::attachInterface<DecayAttentionKernel>(context);
  DecayAttentionGradOp::attachInterface<DecayAttentionGradKernel>(context);
  DecayAttentionStepOp::attachInterface<DecayAttentionStepKernel>(context);
}

} // namespace samba::host

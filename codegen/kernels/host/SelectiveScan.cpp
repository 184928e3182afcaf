//===- SelectiveScan.cpp - the selective scan forward, from zero and from a state -----------------------===//
//
//   h_t = exp(dt_t A) h_{t-1} + dt_t u_t B_t        y_t = h_t C_t + D u_t
//   u, dt, y [Batch, T, D], A, h [D, N] per batch entry, B, C [Batch, T, N]   (Gu and Dao 2023, Mamba)
//
// Where a document begins the decay exp(dt_t A) is multiplied by 0.
//
// Lanes run over channels: every lane scans its own channel, B_t and C_t are broadcast, and nothing is summed
// across lanes. A cell is one batch entry and 64 channels. It goes through time in rounds of 32 tokens; in
// each round dt, dt u and D u are evaluated once (with the ops fused before them), then states are taken 8
// (AVX-512) or 4 at a time through all tokens of the round, in registers, so that the round's records stay in
// the first-level cache; then y leaves through the ops fused behind it.
//
// Cost per token, channel and state: one product, exp2 (7 instructions with AVX-512, 13 with AVX2), three
// more multiply-adds. exp(dt A) = 2^(dt A log2 e), the factor folded into A once per cell.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/ChannelCell.h"

#include "dialect/core/Shapes.h"

#include <cmath>

using namespace mlir;

namespace samba::host {

namespace {

constexpr int64_t channelBlock = 64, roundTokens = 32;

/// keepField is there with documents only: 0 at the first token of one, otherwise 1.
enum TokenField { dtField, inputField, yField, keepField };
enum StateField { rateField, hField, stateFields };

/// Both forms of the op.
struct Scan {
  Value u, dt, A, B, C, D, y;
  Value documents; ///< [Batch, T] i32; may be null
  Value h;         ///< [Batch, D, N] before the first token; null: zero
  Value next;      ///< [Batch, D, N] after the last; may be null
  Value states;    ///< [Batch, segments, D, N] before each segment; may be null
  int64_t segment; ///< tokens between kept states
};

int64_t tokensOf(Value u) { return shapeOf(u)[1]; }
int64_t tokenFields(const Scan &s) { return s.documents ? keepField + 1 : keepField; }
int64_t roundOf(const Scan &s) { return std::min(roundTokens, tokensOf(s.u)); }

Schedule scheduleScan(const Scan &s) {
  int64_t channels = std::min(channelBlock, channelsOf(s.u)), N = channelsOf(s.A);
  return {ChannelCell::grid(s.u, channelBlock),
          Records::bytes(channels, roundOf(s), tokenFields(s)) + Records::bytes(channels, N, stateFields)};
}

/// `count` states of a group, from `n`, through the round's tokens [0, length), which begin at `row` of B and
/// C.
void scanStates(KernelBuilder &k, const Scan &s, const Records &tokens, const Records &states, Value group,
                Operand n, int64_t count, Value row, Value length) {
  Values A, h; // [L] each
  for (int64_t i = 0; i < count; ++i) {
    A.push_back(k.load(states.at(k, group, k.add(k.toIndex(n), i), rateField)));
    h.push_back(k.load(states.at(k, group, k.add(k.toIndex(n), i), hField)));
  }
  Matrix B = k.matrix(s.B).from(k, row, n), C = k.matrix(s.C).from(k, row, n);
  h = k.loop(0, length, 1, h, [&](Value t, ValueRange before) {
    Value dt = k.load(tokens.at(k, group, t, dtField)), input = k.load(tokens.at(k, group, t, inputField));
    Value y = k.load(tokens.at(k, group, t, yField));
    Value keep = s.documents ? k.load(tokens.at(k, group, t, keepField)) : Value();
    Values after;
    for (int64_t i = 0; i < count; ++i) {
      Value b = k.loadScalar(B.from(k, t, i).pointer), c = k.loadScalar(C.from(k, t, i).pointer);
      Value a = k.exp2(k.mul(dt, A[i]));
      if (keep)
        a = k.mul(a, keep);
      after.push_back(k.fma(a, before[i], k.mul(input, b)));
      y = k.fma(after.back(), c, y);
    }
    k.store(y, tokens.at(k, group, t, yField));
    return after;
  });
  for (int64_t i = 0; i < count; ++i)
    k.store(h[i], states.at(k, group, k.add(k.toIndex(n), i), hField));
}

void emitScan(KernelBuilder &k, const Scan &s) {
  const int64_t T = tokensOf(s.u), N = channelsOf(s.A), atOnce = k.isAvx512() ? 8 : 4;
  const int64_t segments = llvm::divideCeil(T, s.segment), D = channelsOf(s.u);
  ChannelCell cell(k, s.u, channelBlock);
  Records tokens{k.scratch(), roundOf(s), tokenFields(s)};
  Records states{k.scratch(Records::bytes(std::min(channelBlock, D), roundOf(s), tokenFields(s))), N,
                 stateFields};

  cell.clear(states);
  cell.read(states, rateField, k.matrix(s.A), M_LOG2E);
  auto stateRows = [&](Value tensor, Value index) { return k.matrix(tensor).from(k, k.mul(index, D), 0); };
  if (s.h)
    cell.read(states, hField, stateRows(s.h, cell.batch));
  k.loop(0, segments, 1, [&](Value segment) {
    if (s.states)
      cell.write(states, hField, stateRows(s.states, k.add(k.mul(cell.batch, segments), segment)));
    Value begin = k.mul(segment, s.segment), end = k.min(k.add(begin, s.segment), T);
    k.loop(begin, end, roundOf(s), [&](Value first) {
      Value length = k.min(k.sub(end, first), roundOf(s)), row = cell.row(first);
      k.loop(0, length, 1, [&](Value t) {
        Value keep;
        if (s.documents)
          keep = k.splat(k.select(beginsDocument(k, s.documents, cell.batch, k.add(first, t)), k.number(0),
                                  k.number(1)));
        cell.overGroups([&](Value group, Value channel, Value mask) {
          if (keep)
            k.store(keep, tokens.at(k, group, t, keepField));
          Value u = k.loadLanes(s.u, k.add(row, t), channel, mask);
          Value dt = k.loadLanes(s.dt, k.add(row, t), channel, mask);
          Value d = k.load(k.at(k.pointer(s.D), channel), mask);
          k.store(dt, tokens.at(k, group, t, dtField));
          k.store(k.mul(dt, u), tokens.at(k, group, t, inputField));
          k.store(k.mul(d, u), tokens.at(k, group, t, yField));
        });
      });
      cell.overGroups([&](Value group, Value, Value) {
        int64_t whole = N / atOnce * atOnce;
        k.loop(0, whole, atOnce,
               [&](Value n) { scanStates(k, s, tokens, states, group, n, atOnce, row, length); });
        if (whole < N)
          scanStates(k, s, tokens, states, group, whole, N - whole, row, length);
      });
      k.loop(0, length, 1, [&](Value t) {
        cell.overGroups([&](Value group, Value channel, Value mask) {
          k.storeLanes(s.y, k.add(row, t), channel, k.load(tokens.at(k, group, t, yField)), mask);
        });
      });
    });
  });
  if (s.next)
    cell.write(states, hField, stateRows(s.next, cell.batch));
}

struct SelectiveScanKernel : HostKernelOpInterface::ExternalModel<SelectiveScanKernel, SelectiveScanOp> {
  static Scan scan(SelectiveScanOp op) {
    return {op.getU(), op.getDt(),   op.getA(),      op.getB(),
            op.getC(), op.getD(),    op.getY(),      op.getDocuments(),
            op.getH(), op.getNext(), op.getStates(), int64_t(op.getCheckpoint())};
  }
  Schedule schedule(Operation *op) const { return scheduleScan(scan(cast<SelectiveScanOp>(op))); }
  void emit(Operation *op, KernelBuilder &k) const {
    Scan s = scan(cast<SelectiveScanOp>(op));
    if (!k.isNeeded(s.states))
      s.states = nullptr, s.segment = tokensOf(s.u);
    if (s.next && !k.isNeeded(s.next))
      s.next = nullptr;
    emitScan(k, s);
  }
};

struct SelectiveScanStepKernel
    : HostKernelOpInterface::ExternalModel<SelectiveScanStepKernel, SelectiveScanStepOp> {
  static Scan scan(SelectiveScanStepOp op) {
    return {op.getU(), op.getDt(), op.getA(), op.getB(),    op.getC(), op.getD(),
            op.getY(), Value(),    op.getH(), op.getNext(), Value(),   tokensOf(op.getU())};
  }
  Schedule schedule(Operation *op) const { return scheduleScan(scan(cast<SelectiveScanStepOp>(op))); }
  void emit(Operation *op, KernelBuilder &k) const {
    Scan s = scan(cast<SelectiveScanStepOp>(op));
    if (!k.isNeeded(s.next))
      s.next = nullptr;
    emitScan(k, s);
  }
};

} // namespace

void attachSelectiveScan(MLIRContext &context) {
  SelectiveScanOp::attachInterface<SelectiveScanKernel>(context);
  SelectiveScanStepOp::attachInterface<SelectiveScanStepKernel>(context);
}

} // namespace samba::host

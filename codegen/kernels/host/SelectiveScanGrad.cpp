//===- SelectiveScanGrad.cpp - the selective scan backward ----------------------------------------------===//
//
//   a_t = exp(dt_t A), h_t = a_t h_{t-1} + dt_t u_t B_t     again, from the state kept before each segment
//   g_t = dy_t C_t + a_{t+1} g_{t+1}                        the cotangent of h_t, backward in time
//   du_t = D dy_t + dt_t <g_t, B_t>      ddt_t = u_t <g_t, B_t> + sum_n A a_t g_t h_{t-1}
//   dA = sum_t dt_t a_t g_t h_{t-1}      dB_t = sum_channels dt_t u_t g_t
//   dD = sum_t u_t dy_t                  dC_t = sum_channels dy_t h_t
//
// g starts from dnext, or 0, and ends as dh = a_0 g_0. Where a document begins a_t is 0.
//
// Lanes run over channels as in the forward kernel. A cell is one batch entry and one channel_block; it takes
// segments of `checkpoint` tokens (short ones several at once) from the last to the first. In a segment a few
// states at a time, so few that their a_t and h_t fit the first-level cache, go forward, keeping a_t and h_t
// in scratch memory, and then backward, with g and dA in registers. dB_t and dC_t are sums over lanes: each
// (t, n) keeps a register of partial sums over the block's groups of channels, and the lanes are added once
// per segment. What crosses cells leaves as partials.
//
// Cost per token, channel and state: the forward recurrence (11 instructions with AVX-512), then 8
// multiply-adds.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/ChannelCell.h"

#include "codegen/tile/host/Transpose.h"
#include "dialect/core/Shapes.h"

#include <cmath>

using namespace mlir;

namespace samba::host {

namespace {

/// Per token and group: gB = <g, B>, gA = sum_n A log2(e) a g h; with documents also keep, 0 where one
/// begins, otherwise 1.
enum TokenField { dtField, inputField, dyField, gBField, gAField, keepField };
/// Per state and group: the rate A log2(e), h before the segment, a g of the token after it, dA.
enum StateField { rateField, hField, agField, dAField, stateFields };
/// Per token and state at hand; `before` is h_{t-1}.
enum WorkField { aWork, beforeWork, dBWork, dCWork, workFields };

constexpr int64_t leastSegment = 32; ///< shorter segments cost more to begin than they save in cache

struct Plan {
  SelectiveScanGradOp op;
  int64_t T, D, N, block;
  int64_t segment, segments; ///< tokens taken at once, a multiple of `checkpoint`; how many
  int64_t kept, keptEach;    ///< states in `states` per batch entry; of them one in `keptEach` is read
  int64_t atOnce;            ///< states between one reading of the token records and the next
  int64_t tokenFields, tokenBytes, stateBytes, workBytes, sumBytes;

  explicit Plan(SelectiveScanGradOp op) : op(op) {
    T = shapeOf(op.getU())[1], D = channelsOf(op.getU()), N = channelsOf(op.getA());
    block = std::min<int64_t>(op.getChannelBlock(), D);
    kept = shapeOf(op.getStates())[1];
    keptEach = std::max<int64_t>(1, leastSegment / int64_t(op.getCheckpoint()));
    segment = std::min<int64_t>(keptEach * op.getCheckpoint(), T);
    segments = llvm::divideCeil(T, segment);
    atOnce = std::clamp<int64_t>(128 / segment, 1, std::min<int64_t>(N, 4));
    tokenFields = op.getDocuments() ? keepField + 1 : keepField;
    tokenBytes = Records::bytes(block, segment, tokenFields);
    stateBytes = Records::bytes(block, N, stateFields);
    workBytes = Records::bytes(16, paddedSegment() + 1, workFields * atOnce);
    sumBytes = paddedSegment() * N * 4;
  }
  /// Whole registers of tokens, for the sums over lanes.
  int64_t paddedSegment() const { return llvm::alignTo(segment, 16); }
};

/// The work on one segment.
struct Segment {
  KernelBuilder &k;
  const Plan &plan;
  const Records &tokens, &states;
  Records work;         ///< one group: [segment + 1][atOnce][workFields][L]
  Value dBSums, dCSums; ///< [N][padded segment]
  Value row, length;    ///< of its first token in [Batch, T, ..]; its tokens

  Value workAt(Operand t, int64_t i, WorkField field) const {
    return work.at(k, 0, t, i * workFields + field);
  }
  Matrix B() const { return k.matrix(SelectiveScanGradOp(plan.op).getB()).from(k, row, 0); }
  Matrix C() const { return k.matrix(SelectiveScanGradOp(plan.op).getC()).from(k, row, 0); }

  void forward(Value group, Operand n, int64_t count) const;
  void backward(Value group, Operand n, int64_t count) const;
  void sumLanes(Operand n, int64_t count) const;
};

/// `count` states of a group, from n, again: a_t and h_{t-1} into the work records.
void Segment::forward(Value group, Operand n, int64_t count) const {
  Values A, h; // [L] each
  for (int64_t i = 0; i < count; ++i) {
    A.push_back(k.load(states.at(k, group, k.add(k.toIndex(n), i), rateField)));
    h.push_back(k.load(states.at(k, group, k.add(k.toIndex(n), i), hField)));
  }
  Matrix B = this->B().from(k, 0, n);
  h = k.loop(0, length, 1, h, [&](Value t, ValueRange before) {
    Value dt = k.load(tokens.at(k, group, t, dtField)), input = k.load(tokens.at(k, group, t, inputField));
    Value keep = plan.tokenFields > keepField ? k.load(tokens.at(k, group, t, keepField)) : Value();
    Values after;
    for (int64_t i = 0; i < count; ++i) {
      Value a = k.exp2(k.mul(dt, A[i]));
      if (keep)
        a = k.mul(a, keep);
      k.store(a, workAt(t, i, aWork));
      k.store(before[i], workAt(t, i, beforeWork));
      after.push_back(k.fma(a, before[i], k.mul(input, k.loadScalar(B.from(k, t, i).pointer))));
    }
    return after;
  });
  for (int64_t i = 0; i < count; ++i)
    k.store(h[i], workAt(length, i, beforeWork));
}

/// The same states backward in time.
void Segment::backward(Value group, Operand n, int64_t count) const {
  Values A, carried; // carried: a_{t+1} g_{t+1}, then dA, then h_t
  for (int64_t i = 0; i < count; ++i)
    A.push_back(k.load(states.at(k, group, k.add(k.toIndex(n), i), rateField)));
  for (StateField field : {agField, dAField})
    for (int64_t i = 0; i < count; ++i)
      carried.push_back(k.load(states.at(k, group, k.add(k.toIndex(n), i), field)));
  for (int64_t i = 0; i < count; ++i)
    carried.push_back(k.load(workAt(length, i, beforeWork)));
  Matrix B = this->B().from(k, 0, n), C = this->C().from(k, 0, n);
  carried = k.loop(0, length, 1, carried, [&](Value step, ValueRange later) {
    Value t = k.sub(k.sub(length, 1), step);
    auto token = [&](TokenField field) { return tokens.at(k, group, t, field); };
    Value dt = k.load(token(dtField)), input = k.load(token(inputField)), dy = k.load(token(dyField));
    Value gB = k.load(token(gBField)), gA = k.load(token(gAField));
    Values ag, dA, before;
    for (int64_t i = 0; i < count; ++i) {
      Value b = k.loadScalar(B.from(k, t, i).pointer), c = k.loadScalar(C.from(k, t, i).pointer);
      Value g = k.fma(dy, c, later[i]), h = later[2 * count + i];
      before.push_back(k.load(workAt(t, i, beforeWork)));
      ag.push_back(k.mul(k.load(workAt(t, i, aWork)), g));
      Value agh = k.mul(ag[i], before[i]);
      dA.push_back(k.fma(dt, agh, later[count + i]));
      gB = k.fma(g, b, gB);
      gA = k.fma(A[i], agh, gA);
      k.store(k.fma(g, input, k.load(workAt(t, i, dBWork))), workAt(t, i, dBWork));
      k.store(k.fma(dy, h, k.load(workAt(t, i, dCWork))), workAt(t, i, dCWork));
    }
    k.store(gB, token(gBField));
    k.store(gA, token(gAField));
    ag.append(dA);
    ag.append(before);
    return ag;
  });
  for (int64_t i = 0; i < count; ++i) {
    k.store(carried[i], states.at(k, group, k.add(k.toIndex(n), i), agField));
    k.store(carried[count + i], states.at(k, group, k.add(k.toIndex(n), i), dAField));
  }
}

/// The lanes of dB_t and dC_t, added for L tokens at once.
void Segment::sumLanes(Operand n, int64_t count) const {
  k.loop(0, length, k.lanes, [&](Value first) {
    for (auto [field, sums] : {std::pair(dBWork, dBSums), std::pair(dCWork, dCSums)})
      for (int64_t i = 0; i < count; ++i) {
        Values rows;
        for (int64_t t = 0; t < k.lanes; ++t)
          rows.push_back(k.load(workAt(k.add(first, t), i, field)));
        Value state = k.mul(k.add(k.toIndex(n), i), plan.paddedSegment());
        k.store(k.sumEach(rows), k.at(sums, k.add(state, first)));
      }
  });
}

void emitGrad(KernelBuilder &k, const Plan &plan) {
  SelectiveScanGradOp op = plan.op;
  ChannelCell cell(k, op.getU(), plan.block);
  Records tokens{k.scratch(), plan.segment, plan.tokenFields};
  Records states{k.scratch(plan.tokenBytes), plan.N, stateFields};
  int64_t workAt = plan.tokenBytes + plan.stateBytes;
  Records work{k.scratch(workAt), plan.paddedSegment() + 1, workFields * plan.atOnce};
  Value dBSums = k.scratch(workAt + plan.workBytes),
        dCSums = k.scratch(workAt + plan.workBytes + plan.sumBytes);
  Value dDSums = k.scratch(workAt + plan.workBytes + 2 * plan.sumBytes); // [groups][L]

  cell.clear(states);
  cell.clear({dDSums, 1, 1});
  cell.read(states, rateField, k.matrix(op.getA()), M_LOG2E);
  if (op.getDnext())
    cell.read(states, agField, k.matrix(op.getDnext()).from(k, k.mul(cell.batch, plan.D), 0));
  k.loop(0, plan.segments, 1, [&](Value step) {
    Value index = k.sub(plan.segments - 1, step), begin = k.mul(index, plan.segment);
    Value length = k.min(k.sub(plan.T, begin), plan.segment), row = cell.row(begin);
    Value kept = k.mul(k.add(k.mul(cell.batch, plan.kept), k.mul(index, plan.keptEach)), plan.D);
    cell.read(states, hField, k.matrix(op.getStates()).from(k, kept, 0));
    k.loop(0, length, 1, [&](Value t) {
      Value keep;
      if (op.getDocuments())
        keep = k.splat(k.select(beginsDocument(k, op.getDocuments(), cell.batch, k.add(begin, t)),
                                k.number(0), k.number(1)));
      cell.overGroups([&](Value group, Value channel, Value mask) {
        if (keep)
          k.store(keep, tokens.at(k, group, t, keepField));
        Value u = k.loadLanes(op.getU(), k.add(row, t), channel, mask);
        Value dt = k.loadLanes(op.getDt(), k.add(row, t), channel, mask);
        k.store(dt, tokens.at(k, group, t, dtField));
        k.store(k.mul(dt, u), tokens.at(k, group, t, inputField));
        k.store(k.loadLanes(op.getDy(), k.add(row, t), channel, mask), tokens.at(k, group, t, dyField));
        k.store(k.splat(0.0), tokens.at(k, group, t, gBField));
        k.store(k.splat(0.0), tokens.at(k, group, t, gAField));
      });
    });

    Segment segment{k, plan, tokens, states, work, dBSums, dCSums, row, length};
    auto takeStates = [&](Operand n, int64_t count) {
      k.loop(0, length, 1, [&](Value t) {
        for (int64_t i = 0; i < count; ++i)
          for (WorkField field : {dBWork, dCWork})
            k.store(k.splat(0.0), segment.workAt(t, i, field));
      });
      cell.overGroups([&](Value group, Value, Value) {
        segment.forward(group, n, count);
        segment.backward(group, n, count);
      });
      segment.sumLanes(n, count);
    };
    int64_t whole = plan.N / plan.atOnce * plan.atOnce;
    k.loop(0, whole, plan.atOnce, [&](Value n) { takeStates(n, plan.atOnce); });
    if (whole < plan.N)
      takeStates(whole, plan.N - whole);

    Value partialRow = k.add(k.mul(cell.blockIndex, shapeOf(op.getU())[0] * plan.T), row);
    for (auto [result, sums] : {std::pair(op.getDB(), dBSums), std::pair(op.getDC(), dCSums)})
      if (k.isNeeded(result))
        transposed(k, k.matrix(result).from(k, partialRow, 0), {sums, plan.paddedSegment()}, plan.N, length);
    k.loop(0, length, 1, [&](Value t) {
      cell.overGroups([&](Value group, Value channel, Value mask) {
        auto token = [&](TokenField field) { return k.load(tokens.at(k, group, t, field)); };
        Value u = k.loadLanes(op.getU(), k.add(row, t), channel, mask),
              d = k.load(k.at(k.pointer(op.getD()), channel), mask);
        Value gB = token(gBField), dy = token(dyField);
        k.storeLanes(op.getDu(), k.add(row, t), channel, k.fma(d, dy, k.mul(token(dtField), gB)), mask);
        k.storeLanes(op.getDdt(), k.add(row, t), channel, k.fma(u, gB, k.mul(token(gAField), M_LN2)), mask);
        Value sum = k.at(dDSums, k.mul(group, k.lanes));
        k.store(k.fma(u, dy, k.load(sum)), sum);
      });
    });
  });
  if (op.getDh() && k.isNeeded(op.getDh()))
    cell.write(states, agField, k.matrix(op.getDh()).from(k, k.mul(cell.batch, plan.D), 0));
  if (k.isNeeded(op.getDA()))
    cell.write(states, dAField, k.matrix(op.getDA()).from(k, k.mul(cell.batch, plan.D), 0));
  cell.overGroups([&](Value group, Value channel, Value mask) {
    k.storeLanes(op.getDD(), cell.batch, channel, k.load(k.at(dDSums, k.mul(group, k.lanes))), mask);
  });
}

struct SelectiveScanGradKernel
    : HostKernelOpInterface::ExternalModel<SelectiveScanGradKernel, SelectiveScanGradOp> {
  Schedule schedule(Operation *op) const {
    auto grad = cast<SelectiveScanGradOp>(op);
    Plan plan(grad);
    return {ChannelCell::grid(grad.getU(), plan.block), plan.tokenBytes + plan.stateBytes + plan.workBytes +
                                                            2 * plan.sumBytes +
                                                            Records::bytes(plan.block, 1, 1)};
  }
  void emit(Operation *op, KernelBuilder &k) const { emitGrad(k, Plan(cast<SelectiveScanGradOp>(op))); }
};

} // namespace

void attachSelectiveScanGrad(MLIRContext &context) {
  SelectiveScanGradOp::attachInterface<SelectiveScanGradKernel>(context);
}

} // namespace samba::host

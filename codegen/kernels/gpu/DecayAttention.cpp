//===- DecayAttention.cpp - attention whose past decays, forward, backward and from a state -------------===//
//
//   S_t = exp(g_t) S_{t-1} + k_t v_t^T        o_t = scale S_t^T q_t
//   R_t = exp(g_{t+1}) R_{t+1} + q_t do_t^T   dv_t = scale R_t^T k_t      backward in time
//   dq_t = scale S_t do_t                     dk_t = scale R_t v_t
//   dg_t = dg_{t+1} + q_t past(dq)_t - k_t past(dk)_t,    past(..): without what token t itself adds
//
// (Yang et al. 2024; Sun et al. 2023.) The first four are one recurrence, see Recurrence.h. Nothing is
// divided by a decay, so that none is too strong. Where tokens are many and bf16 they go in chunks, see
// DecayChunks.h; else one by one.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/DecayChunks.h"
#include "codegen/kernels/gpu/DecayRecurrence.h"
#include "codegen/kernels/gpu/Kernels.h"

using namespace mlir;

namespace samba::gpu {

namespace {

template <class Op> void emitInChunks(KernelBuilder &k, Op op, Value before = {}, Value after = {}) {
  DecayChunks chunks(k, op, /*exactState=*/bool(after));
  emitDecayPrepare(k, chunks);
  emitDecayWalk(k,
                {.chunks = chunks, .source = op.getV(), .out = op.getO(), .before = before, .after = after});
}

struct DecayAttentionKernel : GpuKernelOpInterface::ExternalModel<DecayAttentionKernel, DecayAttentionOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto decay = cast<DecayAttentionOp>(op);
    if (DecayChunks::fits(k, decay, decay.getV(), decay.getO()))
      emitInChunks(k, decay);
    else
      emitRecurrence(k, Recurrence::of(decay.getO()));
    return success();
  }
};

struct DecayAttentionStepKernel
    : GpuKernelOpInterface::ExternalModel<DecayAttentionStepKernel, DecayAttentionStepOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto step = cast<DecayAttentionStepOp>(op);
    Value after = k.isNeeded(step.getNext()) ? Value(step.getNext()) : Value();
    if (DecayChunks::fits(k, step, step.getV(), step.getO())) {
      emitInChunks(k, step, step.getState(), after);
      return success();
    }
    Recurrence r = Recurrence::of(step.getO());
    r.after = after;
    emitRecurrence(k, r);
    return success();
  }
};

/// A thread has a key channel of a batch entry, and goes back in time, eight tokens at once.
void emitDg(KernelBuilder &k, DecayAttentionGradOp op, int64_t pastOfDq, int64_t pastOfDk) {
  constexpr int64_t threads = 64, atOnce = 8;
  const int64_t T = shapeOf(op.getQ())[1], channels = channelsOf(op.getQ());
  k.begin(
      {.grid = {int64_t(llvm::divideCeil(channels, threads)), shapeOf(op.getQ())[0], 1}, .threads = threads});
  Value mine = k.add(k.mul(k.blockId(), threads), k.threadId()), channel = k.min(mine, channels - 1);
  Value exists = k.less(mine, channels), top = k.mul(k.blockId(1), T);
  auto past = [&](int64_t scratch, Value row) {
    Value place = k.add(k.mul(k.extend(row), channels), k.extend(channel));
    return k.loadScalar(k.at(k.scratch(scratch), k.mul(place, 4)), k.f32);
  };
  auto take = [&](Value step, int64_t n, Value dg) {
    Values rows, changes;
    for (int64_t i = 0; i < n; ++i) {
      Value row = k.add(top, k.sub(T - 1, k.add(step, i)));
      rows.push_back(row);
      changes.push_back(k.sub(k.mul(k.load(op.getQ(), row, channel), past(pastOfDq, row)),
                              k.mul(k.load(op.getK(), row, channel), past(pastOfDk, row))));
    }
    for (int64_t i = 0; i < n; ++i) {
      dg = k.add(dg, changes[i]);
      k.when(exists, [&] { k.store(op.getDg(), rows[i], channel, {dg}); });
    }
    return Values{dg};
  };
  const int64_t whole = T / atOnce * atOnce;
  Values dg = k.loop(0, whole, atOnce, {k.number(0)},
                     [&](Value step, ValueRange dg) { return take(step, atOnce, dg[0]); });
  k.loop(whole, T, 1, dg, [&](Value step, ValueRange dg) { return take(step, 1, dg[0]); });
  k.end();
}

void emitGradInChunks(KernelBuilder &k, DecayAttentionGradOp op) {
  DecayChunks chunks(k, op);
  const int64_t parts = DecayWalk::partsOf(chunks.values), keys = chunks.heads * chunks.keys;
  const int64_t partBytes = parts * chunks.B * chunks.chunks * DecayChunks::tokens * keys * 2;
  const int64_t dqPlace = k.reserveScratch(partBytes), dkPlace = k.reserveScratch(partBytes);
  std::optional<int64_t> states, through;
  if (op.getG()) {
    states = k.reserveScratch(chunks.count() * chunks.keys * chunks.values * 2);
    through = k.reserveScratch(chunks.count() * parts * chunks.keys * 4);
  }
  constexpr bool backward = true, turned = true;
  emitDecayPrepare(k, chunks);
  emitDecayWalk(k, {.chunks = chunks, .backward = backward, .source = op.getDO(), .out = op.getDv()});
  emitDecayWalk(k, {.chunks = chunks,
                    .turned = turned,
                    .source = op.getV(),
                    .otherSource = op.getDO(),
                    .outPlace = dqPlace,
                    .states = states});
  emitDecayWalk(k, {.chunks = chunks,
                    .backward = backward,
                    .turned = turned,
                    .source = op.getDO(),
                    .otherSource = op.getV(),
                    .outPlace = dkPlace,
                    .states = states,
                    .through = through});
  emitDecayWithin(k, {chunks, op.getV(), op.getDO(), op.getDq(), op.getDk(), op.getDg(), parts, dqPlace,
                      dkPlace, through});
}

struct DecayAttentionGradKernel
    : GpuKernelOpInterface::ExternalModel<DecayAttentionGradKernel, DecayAttentionGradOp> {
  LogicalResult emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<DecayAttentionGradOp>(operation);
    if (DecayChunks::fits(k, op, {op.getV(), op.getDO()}, op.getDv())) {
      emitGradInChunks(k, op);
      return success();
    }
    emitRecurrence(k, Recurrence::of(op.getDv()));
    std::optional<int64_t> pastOfDq, pastOfDk;
    if (op.getG())
      for (auto *past : {&pastOfDq, &pastOfDk})
        *past = k.reserveScratch(elementsOf(op.getQ()) * 4);
    emitRecurrence(k, Recurrence::of(op.getDq()), pastOfDq);
    emitRecurrence(k, Recurrence::of(op.getDk()), pastOfDk);
    if (op.getG())
      emitDg(k, op, *pastOfDq, *pastOfDk);
    return success();
  }
};

} // namespace

void attachDecayAttention(MLIRContext &context) {
  DecayAttentionOp::attachInterface<DecayAttentionKernel>(context);
  DecayAttentionGradOp::attachInterface<DecayAttentionGradKernel>(context);
  DecayAttentionStepOp::attachInterface<DecayAttentionStepKernel>(context);
}

} // namespace samba::gpu

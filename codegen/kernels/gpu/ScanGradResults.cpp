//===- ScanGradResults.cpp - what a block of the selective scan backward stores -------------------------===//
#include "codegen/kernels/gpu/ScanGradBlock.h"

#include <cmath>

using namespace mlir;

namespace samba::gpu {

/// dB and dC of the chunk, over the block's channels: a thread has a few states of one token.
void GradBlock::storeStateSums(const Chunk &chunk, Value slab) const {
  Value row =
      k.add(k.mul(k.add(k.mul(sum, plan.batches), batch), plan.tokens), k.add(chunk.first, vectorToken));
  Value state = k.add(k.mul(slab, slabStates), inputState), valid = exists(chunk, vectorToken);
  for (int64_t which : {0, 1}) {
    Value result = which ? plan.dC : plan.dB;
    if (!k.isNeeded(result))
      continue;
    Values total;
    for (int64_t w = 0; w < plan.warps; ++w) {
      Values part =
          k.load(tiles.stateSums.at(w, vectorToken, k.add(inputState, which * slabStates)), k.f32, inputs);
      for (int64_t i = 0; i < inputs; ++i)
        w == 0 ? total.push_back(part[i]) : void(total[i] = k.add(total[i], part[i]));
    }
    if (plan.parts == 1)
      storeBelow(k, result, row, state, total, inputWidth, stateEnd, valid);
    else if (valid)
      k.when(valid, [&] { k.store(total, partials.at(k, part, which, row, state), k.f32); });
    else
      k.store(total, partials.at(k, part, which, row, state), k.f32);
  }
}

/// du and ddt of the chunk, where u, dt and dy were read.
void GradBlock::storeChannels(const Chunk &chunk, GradCarried &carried) const {
  Value column = k.add(firstChannel, vectorChannel), row = rowOf(chunk, vectorToken);
  auto [dt, dy] = tiles.cotangents.load(0, vectorToken, vectorChannel, vector);
  if (plan.documents) // the tile has endless steps
    dt = loadBelow(k, plan.dt, row, column, vector, width, channelEnd);
  Values u = k.load(tiles.u.at(0, vectorToken, vectorChannel), k.f32, vector);
  auto [gB, gA] = tiles.outputs.load(0, vectorToken, vectorChannel, vector);
  Values d = loadBelow(k, plan.D, k.integer(0), column, vector, width, channelEnd), du, ddt;
  for (int64_t i = 0; i < vector; ++i) {
    du.push_back(k.fma(d[i], dy[i], k.mul(dt[i], gB[i])));
    ddt.push_back(k.fma(u[i], gB[i], k.mul(gA[i], M_LN2)));
    carried.dD[i] = k.fma(u[i], dy[i], carried.dD[i]);
  }
  Value valid = exists(chunk, vectorToken);
  storeBelow(k, plan.du, row, column, du, width, channelEnd, valid);
  storeBelow(k, plan.ddt, row, column, ddt, width, channelEnd, valid);
}

/// dh = a_0 g_0.
void GradBlock::storeFirst(const GradCarried &carried) const {
  overSlabs([&](Value slab) {
    Values ag = carried.ag;
    if (plan.slabs > 1)
      ag = k.load(waitingAt(waitingSlabs, slab, plan.slabs, 2 * recurrences * 4), k.f32, recurrences);
    for (int64_t c = 0; c < threadChannels; ++c) {
      Value column = channelOf(c), row = k.add(k.mul(batch, plan.channels), inside(column));
      storeBelow(k, plan.dh, row, firstState(slab), ValueRange(ag).slice(c * threadStates, threadStates),
                 stateWidth, stateEnd, channelEnd ? k.less(column, channelEnd) : Value());
    }
  });
}

/// dA of the span.
void GradBlock::storeRates(const GradCarried &carried) const {
  overSlabs([&](Value slab) {
    Values dA = carried.dA;
    if (plan.slabs > 1)
      dA = k.load(k.at(waitingAt(waitingSlabs, slab, plan.slabs, 2 * recurrences * 4), recurrences * 4),
                  k.f32, recurrences);
    for (int64_t c = 0; c < threadChannels; ++c) {
      Value column = channelOf(c), valid = channelEnd ? k.less(column, channelEnd) : Value();
      ValueRange part = ValueRange(dA).slice(c * threadStates, threadStates);
      if (!span) {
        Value row = k.add(k.mul(batch, plan.channels), inside(column));
        storeBelow(k, plan.dA, row, firstState(slab), part, stateWidth, stateEnd, valid);
        continue;
      }
      Value place = spanSums.ofA(k, spanSums.rowOf(k, span, batch, inside(column)), firstState(slab));
      if (valid)
        k.when(valid, [&] { k.store(part, place, k.f32); });
      else
        k.store(part, place, k.f32);
    }
  });
}

/// dD of the span: the sum over the threads that read the same channels.
void GradBlock::storeSkip(ValueRange dD) const {
  k.store(dD, tiles.u.at(0, vectorToken, vectorChannel), k.f32); // where u of the same thread was
  k.barrier();
  Value mine = k.threadId(), column = k.add(firstChannel, mine), wanted = k.less(mine, plan.blockChannels);
  if (channelEnd)
    wanted = k.both(wanted, k.less(column, channelEnd));
  k.when(wanted, [&] {
    Value total = k.loadScalar(tiles.u.at(0, 0, mine), k.f32);
    for (int64_t t = 1; t < chunkTokens; ++t)
      total = k.add(total, k.loadScalar(tiles.u.at(0, t, mine), k.f32));
    if (!span)
      k.store(plan.dD, batch, column, total);
    else
      k.storeScalar(total, spanSums.ofD(k, spanSums.rowOf(k, span, batch, column)), k.f32);
  });
}

} // namespace samba::gpu

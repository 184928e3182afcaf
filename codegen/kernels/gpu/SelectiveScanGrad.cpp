//===- SelectiveScanGrad.cpp - the selective scan backward ----------------------------------------------===//
//
//   a_t = exp(dt_t A), h_t = a_t h_{t-1} + dt_t u_t B_t     again, from the state kept before each segment
//   g_t = dy_t C_t + a_{t+1} g_{t+1}                        the cotangent of h_t, backward in time
//   du_t = D dy_t + dt_t <g_t, B_t>      ddt_t = u_t <g_t, B_t> + sum_n A a_t g_t h_{t-1}
//   dA = sum_t dt_t a_t g_t h_{t-1}      dB_t = sum_channels dt_t u_t g_t
//   dD = sum_t u_t dy_t                  dC_t = sum_channels dy_t h_t
//
// A block of four warps has one batch entry and 64 channels (or two warps and 32) and goes through time from
// the end, in chunks of 16 tokens. A warp has 16 channels, a thread two of them and 4 states of each: 8
// recurrences, whose a_{t+1} g_{t+1} and dA stay in its registers. In each chunk
//
//   - u, dt and dy are read as 16-byte vectors of 8 channels of one token and put into shared memory, with
//     B and C; those of the chunk before are called into the L2 cache;
//   - the chunk's states are scanned again and kept in shared memory as they are in `states` (bf16: 34 KB);
//   - backward in time, sums over states and channels ride on the matrix units (ScanGradMatrix.cpp); if the
//     states are kept as f32 they go by shuffles instead, exactly (ScanGradLanes.cpp);
//   - du and ddt leave as they came; dB and dC are added up over the warps.
//
// Two barriers a chunk; three blocks to a multiprocessor cover them and the loads. N above 16 is taken in
// slabs of 16 states, whose registers wait in scratch memory. A segment of more than 16 tokens is first
// scanned forward for the states between its chunks, half as much work again: a checkpoint of 16 costs none
// of it. Where a sum of dB and dC has more than one block its parts are added up by another launch. No
// atomics: the same bits in every run.
//
// Where a document begins the step of the decay is one without end (ScanTile.h).
//
// With few channels time is cut into spans that are taken at once, from cotangents that ScanSpans.cpp
// computes; so is that of the blocks alone which are left over where all multiprocessors have got as many.
//
// Per token and channel of N = 16: 32 exp2, which alone take 0.8 ms at batch 8, 4096 tokens, 3072 channels,
// and 300 instructions in all, which is 0.9 ms of issue slots; 10 bytes of u, dt, dy, du and ddt in bf16, 2
// of states, 2 of dB and dC.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/ScanGradBlock.h"

using namespace mlir;

namespace samba::gpu {

static GradCarried carriedFrom(ValueRange list) {
  const size_t slab = list.size() - GradBlock::vector; // 0 where slabs wait in scratch memory
  return {Values(list.take_front(slab / 2)), Values(list.slice(slab / 2, slab / 2)),
          Values(list.take_back(GradBlock::vector))};
}
static Values allOf(const GradCarried &carried) {
  Values list(carried.ag);
  list.append(carried.dA);
  list.append(carried.dD);
  return list;
}

GradBlock::GradBlock(KernelBuilder &k, const GradPlan &plan, const ScanPlace &place,
                     const PartialSums &partials, const SpanSums &spanSums, const SpanStates *later,
                     int64_t waitingSlabs, int64_t statesBetween)
    : k(k), plan(plan), partials(partials), spanSums(spanSums), later(later), waitingSlabs(waitingSlabs),
      statesBetween(statesBetween), tiles(k, plan.warps), stored(k.elementOf(plan.states)),
      scan(stored == k.bf16 ? makeMatrixScan(k, tiles, plan.warps)
                            : makeLaneScan(k, tiles, plan.warps, stored)),
      vectors(plan.blockChannels / vector), inputs(slabStates / vectors),
      width(k.vectorWidth(plan.u, plan.sums > 1 ? widthDividing(plan.sumChannels) : vector)),
      stateWidth(k.vectorWidth(plan.A, threadStates)), inputWidth(k.vectorWidth(plan.B, inputs)),
      place(place), batch(place.batch), span(place.span) {
  sum = k.div(place.across, plan.parts), part = k.rem(place.across, plan.parts);
  firstChannel = k.add(k.mul(sum, plan.sumChannels), k.mul(part, plan.blockChannels));
  if (plan.hasRaggedChannels())
    channelEnd = k.min(k.mul(k.add(sum, 1), plan.sumChannels), plan.channels);
  if (plan.dState % slabStates)
    stateEnd = k.integer(plan.dState);

  Value thread = k.threadId();
  vectorToken = k.div(thread, vectors);
  vectorChannel = k.mul(k.rem(thread, vectors), vector);
  inputState = k.mul(k.rem(thread, vectors), inputs);
}

//===- Time ---------------------------------------------------------------------------------------------===//

GradBlock::Chunk GradBlock::chunkOf(Value segment, Value index) const {
  Value begin = k.mul(segment, plan.segment), first = k.add(begin, k.mul(index, chunkTokens));
  return {segment, index, first, k.min(k.add(begin, plan.segment), plan.tokens)};
}

Value GradBlock::countChunks(Value segment) const {
  if (plan.tokens % plan.segment == 0)
    return k.integer(plan.chunks);
  Value tokens = k.min(k.sub(plan.tokens, k.mul(segment, plan.segment)), plan.segment);
  return k.div(k.add(tokens, chunkTokens - 1), chunkTokens);
}

/// The row of the chunk's token in [Batch, T, ..]; past the chunk's end that of its last token.
Value GradBlock::rowOf(const Chunk &chunk, Value token) const {
  Value t = k.add(chunk.first, token);
  return k.add(k.mul(batch, plan.tokens), plan.hasRaggedChunks() ? k.min(t, k.sub(chunk.end, 1)) : t);
}

/// i1; null: always.
Value GradBlock::exists(const Chunk &chunk, Value token) const {
  return plan.hasRaggedChunks() ? k.less(k.add(chunk.first, token), chunk.end) : Value();
}

void GradBlock::emit() {
  GradCarried carried;
  carried.dD.assign(vector, k.number(0));
  const Values zero(recurrences, k.number(0));
  if (plan.slabs == 1) {
    carried.ag = cotangentsAfter(k.integer(0));
    carried.dA = zero;
  } else {
    overSlabs([&](Value slab) {
      Values both = cotangentsAfter(slab);
      both.append(zero);
      k.store(both, waitingAt(waitingSlabs, slab, plan.slabs, 2 * recurrences * 4), k.f32);
    });
  }
  Value begin = span ? k.mul(span, plan.spanSegments) : k.integer(0);
  Value end = span ? k.min(k.add(begin, plan.spanSegments), plan.segments) : k.integer(plan.segments);
  Value last = k.sub(end, 1);
  Values list = k.loop(begin, end, 1, allOf(carried), [&](Value step, ValueRange list) {
    Value segment = k.sub(last, k.sub(step, begin));
    if (plan.chunks == 1)
      return allOf(takeChunk(chunkOf(segment, k.integer(0)), carriedFrom(list)));
    Value count = countChunks(segment);
    scanSegment(segment, count);
    return k.loop(0, count, 1, list, [&](Value step, ValueRange list) {
      Value index = k.sub(k.sub(count, 1), step);
      return allOf(takeChunk(chunkOf(segment, index), carriedFrom(list)));
    });
  });
  carried = carriedFrom(list);
  if (plan.dh && k.isNeeded(plan.dh)) {
    if (span)
      k.when(k.equal(span, 0), [&] { storeFirst(carried); });
    else
      storeFirst(carried);
  }
  if (k.isNeeded(plan.dA))
    storeRates(carried);
  if (k.isNeeded(plan.dD))
    storeSkip(carried.dD);
}

//===- States -------------------------------------------------------------------------------------------===//

/// This thread's part of entry `index` of a tensor [.., D, N].
Values GradBlock::loadStates(Value tensor, Value index, Value slab) const {
  Values states;
  for (int64_t c = 0; c < threadChannels; ++c) {
    Value row = k.add(k.mul(index, plan.channels), inside(channelOf(c)));
    states.append(loadBelow(k, tensor, row, firstState(slab), threadStates, stateWidth, stateEnd));
  }
  return states;
}

/// a_{t+1} g_{t+1} of the last token of the span.
Values GradBlock::cotangentsAfter(Value slab) const {
  if (!later)
    return plan.dnext ? loadStates(plan.dnext, batch, slab) : Values(recurrences, k.number(0));
  Values ag;
  for (int64_t c = 0; c < threadChannels; ++c)
    ag.append(k.load(later->at(batch, span, inside(channelOf(c)), firstState(slab)), k.f32, threadStates));
  return ag;
}

/// exp2(dt rate) = exp(dt A).
Values GradBlock::loadRates(Value slab) const {
  return ratesOf(k, loadStates(plan.A, k.integer(0), slab), plan.documents);
}

/// Of this thread and this slot, in scratch memory: [block][slot][thread].
Value GradBlock::waitingAt(int64_t begin, Value slot, int64_t slots, int64_t bytes) const {
  Value row = k.extend(batch);
  if (span)
    row = k.add(k.mul(k.extend(span), plan.batches), row);
  Value block = k.add(k.mul(row, plan.across()), k.extend(place.across));
  Value place =
      k.add(k.mul(k.add(k.mul(block, slots), k.extend(slot)), plan.threads()), k.extend(k.threadId()));
  return k.at(k.scratch(begin), k.mul(place, bytes));
}

Values GradBlock::statesBefore(const Chunk &chunk, Value slab) const {
  if (plan.chunks == 1)
    return loadStates(plan.states, k.add(k.mul(batch, plan.kept), k.mul(chunk.segment, plan.keptEach)), slab);
  Value slot = k.add(k.mul(slab, plan.chunks), chunk.index);
  int64_t bytes = recurrences * stored.getIntOrFloatBitWidth() / 8;
  return k.load(waitingAt(statesBetween, slot, plan.slabs * plan.chunks, bytes), stored, recurrences);
}

/// The states before each of the segment's chunks, to scratch memory.
void GradBlock::scanSegment(Value segment, Value count) {
  overSlabs([&](Value slab) {
    auto keep = [&](Value index, ValueRange h) {
      Value slot = k.add(k.mul(slab, plan.chunks), index);
      int64_t bytes = recurrences * stored.getIntOrFloatBitWidth() / 8;
      k.store(h, waitingAt(statesBetween, slot, plan.slabs * plan.chunks, bytes), stored);
    };
    Values rates = loadRates(slab);
    Values h = loadStates(plan.states, k.add(k.mul(batch, plan.kept), k.mul(segment, plan.keptEach)), slab);
    Value last = k.sub(count, 1);
    h = k.loop(0, last, 1, h, [&](Value index, ValueRange h) {
      keep(index, h);
      Chunk chunk = chunkOf(segment, index);
      putSteps(chunk, /*withCotangents=*/false);
      putInputs(chunk, slab);
      k.barrier();
      Values after = scan->forward(Values(h), rates, /*keep=*/false);
      k.barrier();
      return after;
    });
    keep(last, h);
  });
}

//===- A chunk ------------------------------------------------------------------------------------------===//

GradCarried GradBlock::takeChunk(const Chunk &chunk, GradCarried carried) {
  putSteps(chunk, /*withCotangents=*/true);
  overSlabs([&](Value slab) {
    Value waiting;
    if (plan.slabs > 1) {
      waiting = waitingAt(waitingSlabs, slab, plan.slabs, 2 * recurrences * 4);
      Values both = k.load(waiting, k.f32, 2 * recurrences);
      carried.ag.assign(both.begin(), both.begin() + recurrences);
      carried.dA.assign(both.begin() + recurrences, both.end());
    }
    putInputs(chunk, slab);
    Values h = statesBefore(chunk, slab), rates = loadRates(slab);
    k.barrier();
    callEarlier(chunk);
    h = scan->forward(h, rates, /*keep=*/true);
    scan->backward(h, rates, carried, /*add=*/plan.slabs > 1);
    k.barrier();
    storeStateSums(chunk, slab);
    if (plan.slabs > 1) {
      Values both(carried.ag);
      both.append(carried.dA);
      k.store(both, waiting, k.f32);
      carried.ag.clear(), carried.dA.clear();
    }
  });
  storeChannels(chunk, carried);
  return carried;
}

/// (dt, dt u) and (dy, u) of the chunk; nothing happens in steps of length 0, past the end of time or
/// channels.
void GradBlock::putSteps(const Chunk &chunk, bool withCotangents) const {
  Value row = rowOf(chunk, vectorToken), column = k.add(firstChannel, vectorChannel);
  Value valid = exists(chunk, vectorToken);
  auto read = [&](Value tensor) {
    Values values = loadBelow(k, tensor, row, column, vector, width, channelEnd);
    if (valid)
      for (Value &value : values)
        value = k.select(valid, value, 0.0);
    return values;
  };
  Values u = read(plan.u), dt = read(plan.dt), dy, input;
  if (withCotangents)
    dy = read(plan.dy);
  for (auto [x, step] : llvm::zip(u, dt))
    input.push_back(k.mul(x, step));
  if (plan.documents) {
    Value begins = beginsDocument(k, plan.documents, row, k.add(chunk.first, vectorToken));
    dt = endlessWhere(k, valid ? k.both(valid, begins) : begins, std::move(dt));
  }
  tiles.steps.store(0, vectorToken, vectorChannel, dt, input);
  if (!withCotangents)
    return;
  tiles.cotangents.store(0, vectorToken, vectorChannel, dt, dy);
  k.store(u, tiles.u.at(0, vectorToken, vectorChannel), k.f32);
  if (plan.slabs > 1) { // which add to it
    Values zero(vector, k.number(0));
    tiles.outputs.store(0, vectorToken, vectorChannel, zero, zero);
  }
}

/// B and C of the chunk and the slab.
void GradBlock::putInputs(const Chunk &chunk, Value slab) const {
  Value row = rowOf(chunk, vectorToken), column = k.add(k.mul(slab, slabStates), inputState);
  for (auto [tensor, tile] : {std::pair(plan.B, &tiles.B), std::pair(plan.C, &tiles.C)})
    k.store(loadBelow(k, tensor, row, column, inputs, inputWidth, stateEnd),
            tile->at(0, vectorToken, inputState), k.f32);
}

/// Calls what this thread will read of the chunk before into the L2 cache.
void GradBlock::callEarlier(const Chunk &chunk) const {
  Value token = k.max(k.sub(k.add(chunk.first, vectorToken), chunkTokens), 0);
  Value row = k.add(k.mul(batch, plan.tokens), token), column = k.add(firstChannel, vectorChannel);
  if (channelEnd)
    column = k.min(column, plan.channels - 1);
  for (Value tensor : {plan.u, plan.dt, plan.dy})
    k.prefetchLine(k.address(tensor, row, column));
}

//===- The launches -------------------------------------------------------------------------------------===//

namespace {

struct SelectiveScanGradKernel
    : GpuKernelOpInterface::ExternalModel<SelectiveScanGradKernel, SelectiveScanGradOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    GradPlan plan(cast<SelectiveScanGradOp>(op));
    PartialSums partials(k, plan);
    SpanSums spanSums(k, plan);
    const int64_t waiting = plan.blocks() * plan.slabs * plan.threads() * GradBlock::recurrences;
    int64_t waitingSlabs = plan.slabs > 1 ? k.reserveScratch(waiting * 2 * 4) : 0;
    int64_t statesBetween =
        plan.chunks > 1 ? k.reserveScratch(waiting * plan.chunks * (plan.isBf16() ? 2 : 4)) : 0;
    std::optional<SpanStates> later;
    if (plan.spans > 1) {
      later.emplace(k, SpanScan{plan.dy, plan.dt, plan.A, plan.C, plan.dnext, /*backward=*/true, plan.spans,
                                plan.spanSegments * plan.segment, plan.documents, plan.firstBatch(),
                                plan.firstChannel()});
      later->emit();
    }
    emitScan(k, plan.cut, plan.batches, plan.across(), plan.threads(), plan.warpsPerSm() / plan.warps,
             [&](const ScanPlace &place) {
               GradBlock(k, plan, place, partials, spanSums, place.span ? &*later : nullptr, waitingSlabs,
                         statesBetween)
                   .emit();
             });
    if (plan.parts > 1 && (k.isNeeded(plan.dB) || k.isNeeded(plan.dC)))
      partials.emitSums(k);
    if (plan.spans > 1 && (k.isNeeded(plan.dA) || k.isNeeded(plan.dD)))
      spanSums.emitSums(k);
    return success();
  }
};

} // namespace

void attachSelectiveScanGrad(MLIRContext &context) {
  SelectiveScanGradOp::attachInterface<SelectiveScanGradKernel>(context);
}

} // namespace samba::gpu

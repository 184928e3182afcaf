//===- ScanGradSums.cpp - how the scan's backward is cut, and what is added up afterwards ---------------===//
#include "codegen/kernels/gpu/ScanGrad.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

GradPlan::GradPlan(SelectiveScanGradOp op)
    : u(op.getU()), dt(op.getDt()), A(op.getA()), B(op.getB()), C(op.getC()), D(op.getD()),
      states(op.getStates()), dy(op.getDy()), dnext(op.getDnext()), documents(op.getDocuments()),
      du(op.getDu()), ddt(op.getDdt()), dA(op.getDA()), dB(op.getDB()), dC(op.getDC()), dD(op.getDD()),
      dh(op.getDh()), batches(shapeOf(u)[0]), tokens(shapeOf(u)[1]), channels(channelsOf(u)),
      dState(channelsOf(A)) {
  kept = shapeOf(states)[1];
  keptEach = std::max<int64_t>(1, GradLayout::tokens / int64_t(op.getCheckpoint()));
  segment = keptEach * op.getCheckpoint();
  segments = llvm::divideCeil(tokens, segment);
  chunks = llvm::divideCeil(std::min(segment, tokens), GradLayout::tokens);
  slabs = llvm::divideCeil(dState, GradLayout::slabStates);

  sumChannels = std::min<int64_t>(op.getChannelBlock(), channels);
  cut = chooseScanCut(batches, tokens, channels, {64, 32},
                      {.tile = int64_t(llvm::alignTo(GradLayout::tokens, segment)), // whole segments
                       .warpChannels = GradLayout::warpChannels,
                       .warpsPerSm = warpsPerSm(),
                       .blockTraffic = 6,
                       .spanFactor = 1.28,
                       .launches = 200,
                       .mayCutRest = isPlain() && sumChannels % 64 == 0 && channels % sumChannels == 0});
  blockChannels = cut.channels, warps = blockChannels / GradLayout::warpChannels;
  sums = llvm::divideCeil(channels, sumChannels), parts = llvm::divideCeil(sumChannels, blockChannels);
  spanSegments = cut.spanTokens / segment, spans = cut.spans;
}

GradTiles::GradTiles(KernelBuilder &k, int64_t warps)
    : steps(k, GradLayout::tokens, warps * GradLayout::warpChannels),
      cotangents(k, GradLayout::tokens, warps * GradLayout::warpChannels),
      outputs(k, GradLayout::tokens, warps * GradLayout::warpChannels),
      u(k, GradLayout::tokens, warps * GradLayout::warpChannels),
      B(k, GradLayout::tokens, GradLayout::slabStates), C(k, GradLayout::tokens, GradLayout::slabStates),
      stateSums(k, GradLayout::tokens, 2 * GradLayout::slabStates + 4, warps) {
  Value lane = k.laneId();
  stateLane = k.rem(lane, GradLayout::slabStates / GradLayout::states),
  channelLane = k.div(lane, GradLayout::slabStates / GradLayout::states);
  warp = k.warpId();
  channel = k.add(k.mul(warp, GradLayout::warpChannels), k.mul(channelLane, GradLayout::channels));
  state = k.mul(stateLane, GradLayout::states);
}

//===- dB and dC ----------------------------------------------------------------------------------------===//

PartialSums::PartialSums(KernelBuilder &k, const GradPlan &plan)
    : plan(plan), rowBytes(plan.paddedStates() * 4), bytes(plan.sumRows() * rowBytes),
      begin(plan.parts > 1 ? k.reserveScratch(plan.parts * 2 * bytes) : 0) {}

Value PartialSums::at(KernelBuilder &k, Operand part, int64_t which, Value row, Value state) const {
  Value index = part.isNumber() ? k.index(2 * part.asInteger() + which)
                                : k.add(k.mul(k.extend(part.asValue()), 2), which);
  Value offset = k.add(k.mul(index, bytes), k.mul(k.extend(row), rowBytes));
  return k.at(k.at(k.scratch(begin), offset), k.shiftLeft(state, 2));
}

void PartialSums::emitSums(KernelBuilder &k) const {
  constexpr int64_t threads = 256, atOnce = 8; ///< parts that are under way together
  const int64_t width = k.vectorWidth(plan.dB, 4), perRow = plan.dState / width,
                total = plan.sumRows() * perRow;
  k.begin({.grid = {int64_t(llvm::divideCeil(total, threads)), 1, 1}, .threads = threads});
  Value index = k.add(k.mul(k.extend(k.blockId()), threads), k.extend(k.threadId()));
  k.when(k.less(index, total), [&] {
    Value row = k.div(index, perRow), state = k.mul(k.rem(index, perRow), width);
    for (int64_t which : {0, 1}) {
      Value result = which ? plan.dC : plan.dB;
      if (!k.isNeeded(result))
        continue;
      auto add = [&](Operand part, Values sums) {
        for (auto [sum, x] : llvm::zip(sums, k.load(at(k, part, which, row, state), k.f32, width)))
          sum = k.add(sum, x);
        return sums;
      };
      const int64_t grouped = plan.parts / atOnce * atOnce;
      Values sums = k.loop(0, grouped, atOnce, Values(width, k.number(0)), [&](Value first, ValueRange sums) {
        Values after(sums);
        for (int64_t i = 0; i < atOnce; ++i)
          after = add(k.add(first, i), after);
        return after;
      });
      for (int64_t part = grouped; part < plan.parts; ++part)
        sums = add(part, sums);
      k.store(result, row, state, sums);
    }
  });
  k.end();
}

//===- dA and dD ----------------------------------------------------------------------------------------===//

SpanSums::SpanSums(KernelBuilder &k, const GradPlan &plan)
    : plan(plan), batches(plan.batches - plan.firstBatch()), channels(plan.channels - plan.firstChannel()) {
  if (plan.spans == 1)
    return;
  const int64_t rows = plan.spans * batches * channels;
  dA = k.reserveScratch(rows * plan.paddedStates() * 4);
  dD = k.reserveScratch(rows * 4);
}

Value SpanSums::rowOf(KernelBuilder &k, Operand span, Value batch, Value channel) const {
  Value first =
      span.isNumber() ? k.index(span.asInteger() * batches) : k.mul(k.extend(span.asValue()), batches);
  first = k.add(first, k.extend(k.sub(batch, plan.firstBatch())));
  return k.add(k.mul(first, channels), k.extend(k.sub(channel, plan.firstChannel())));
}

Value SpanSums::ofA(KernelBuilder &k, Value row, Value state) const {
  return k.at(k.at(k.scratch(dA), k.mul(row, plan.paddedStates() * 4)), k.shiftLeft(state, 2));
}

Value SpanSums::ofD(KernelBuilder &k, Value row) const { return k.at(k.scratch(dD), k.mul(row, 4)); }

/// A thread has a channel of a batch entry, and a few of its states.
void SpanSums::emitSums(KernelBuilder &k) const {
  constexpr int64_t threads = 128;
  const int64_t rows = batches * channels, width = k.vectorWidth(plan.A, 4);
  k.begin(
      {.grid = {int64_t(llvm::divideCeil(rows, threads)), int64_t(llvm::divideCeil(plan.dState, width)), 1},
       .threads = threads});
  Value number = k.add(k.mul(k.blockId(), threads), k.threadId());
  k.when(k.less(number, rows), [&] {
    Value batch = k.add(k.div(number, channels), plan.firstBatch()),
          channel = k.add(k.rem(number, channels), plan.firstChannel()), state = k.mul(k.blockId(1), width);
    Value row = k.add(k.mul(batch, plan.channels), channel);
    auto overSpans = [&](int64_t n, llvm::function_ref<Value(Value row)> place) {
      Values sums(n, k.number(0));
      for (int64_t span = 0; span < plan.spans; ++span)
        for (auto [sum, x] : llvm::zip(sums, k.load(place(rowOf(k, span, batch, channel)), k.f32, n)))
          sum = k.add(sum, x);
      return sums;
    };
    if (k.isNeeded(plan.dA))
      k.store(plan.dA, row, state, overSpans(width, [&](Value row) { return ofA(k, row, state); }));
    if (k.isNeeded(plan.dD))
      k.when(k.equal(k.blockId(1), 0),
             [&] { k.store(plan.dD, batch, channel, overSpans(1, [&](Value row) { return ofD(k, row); })); });
  });
  k.end();
}

} // namespace samba::gpu

//===- ScanSpans.cpp - what enters each span of a scan whose time is cut --------------------------------===//
//
// A scan of few channels leaves most of the machine idle: its tokens come one after another. So time is cut
// into spans. The state h after a span is that of the span from zero, plus what is left of the state before
// it:
//
//   h(after) = h(from zero) + exp(A sum_t dt_t) h(before)
//
// The first launch scans all spans at once from zero, without y, which is most of the work that a cut costs;
// the second one follows the spans, a thread for each channel and state. Backward in time it is the same with
// the cotangents.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/ScanSpans.h"

#include "dialect/core/Shapes.h"

#include <cmath>

using namespace mlir;

namespace samba::gpu {

SpanStates::SpanStates(KernelBuilder &k, const SpanScan &scan)
    : k(k), scan(scan), batches(shapeOf(scan.x)[0]), tokens(shapeOf(scan.x)[1]), channels(channelsOf(scan.x)),
      dState(channelsOf(scan.A)),
      paddedStates(std::max<int64_t>(llvm::alignTo(dState, 16), ScanLayout(dState).paddedStates())) {
  const int64_t rows = batches * scan.spans * channels;
  states = k.reserveScratch(rows * paddedStates * 4);
  sums = k.reserveScratch(rows * 4);
}

void SpanStates::emit() const {
  emitSpans();
  emitChain();
}

Value SpanStates::rowOf(Value batch, Operand span, Value channel) const {
  Value first = k.mul(k.extend(batch), scan.spans);
  first = k.add(first, span.isNumber() ? span : Operand(k.extend(span.asValue())));
  return k.add(k.mul(first, channels), k.extend(channel));
}

Value SpanStates::at(Value batch, Operand span, Value channel, Value state) const {
  Value row = k.at(k.scratch(states), k.mul(rowOf(batch, span, channel), paddedStates * 4));
  return k.at(row, k.shiftLeft(state, 2));
}

Value SpanStates::sumAt(Value row) const { return k.at(k.scratch(sums), k.mul(row, 4)); }

namespace {

/// One block of the first launch: some channels of a batch entry, through one span.
class SpanBlock {
public:
  SpanBlock(KernelBuilder &k, const SpanScan &scan, const ScanLayout &layout, Value batch, Value span)
      : k(k), scan(scan), layout(layout), tokens(shapeOf(scan.x)[1]), channels(channelsOf(scan.x)),
        dState(channelsOf(scan.A)), tiles(llvm::divideCeil(std::min(scan.spanTokens, tokens), layout.tokens)),
        steps(k, layout.tokens, layout.channels, 2), K(k, layout.tokens, layout.paddedStates(), 2),
        width(k.vectorWidth(scan.x, layout.vector)),
        stateWidth(k.vectorWidth(scan.A, widthDividing(layout.states))),
        inputWidth(k.vectorWidth(scan.K, widthDividing(layout.stateVector()))), batch(batch) {
    begin = k.mul(span, scan.spanTokens), end = k.min(k.add(begin, scan.spanTokens), tokens);
    firstChannel = k.mul(k.blockId(0), layout.channels);
    if (channels % layout.channels)
      channelEnd = k.integer(channels);
    if (layout.paddedStates() != dState)
      stateEnd = k.integer(dState);
    Value thread = k.threadId();
    const int64_t vectors = layout.channels / layout.vector;
    vectorToken = k.div(thread, vectors), vectorChannel = k.mul(k.rem(thread, vectors), layout.vector);
    Value input = k.rem(k.mul(thread, layout.stateVector()), layout.tokens * layout.paddedStates());
    inputToken = k.div(input, layout.paddedStates()), inputState = k.rem(input, layout.paddedStates());
    lane = k.rem(thread, layout.lanes), firstState = k.mul(lane, layout.states);
    ownChannel = k.div(thread, layout.lanes);
    channel = k.add(firstChannel, ownChannel);
    channelExists = channelEnd ? k.less(channel, channelEnd) : Value();
    channel = channelEnd ? k.min(channel, channels - 1) : channel;
    rates = ratesOf(k, loadBelow(k, scan.A, channel, firstState, layout.states, stateWidth, stateEnd),
                    scan.documents);
  }

  /// The state after the span, then its sum of dt.
  Values emit() {
    put(fetch(k.integer(0)), k.integer(0));
    k.barrier();
    return k.loop(0, tiles, 1, Values(layout.states + 1, k.number(0)), [&](Value tile, ValueRange carried) {
      Fetched fetched = fetch(k.min(k.add(tile, 1), tiles - 1)); // the last tile once more, for nobody
      Values after = take(k.bitAnd(tile, 1), Values(carried));
      put(fetched, k.add(tile, 1));
      k.barrier();
      return after;
    });
  }

  Value channel, channelExists, firstState, lane;

private:
  struct Fetched {
    Values dt, input, K;
  };

  /// The tile's operands; steps of length 0 past the end. Backward in time the last tile is the first.
  Fetched fetch(Value tile) const {
    Value first = k.add(begin, k.mul(scan.backward ? k.sub(tiles - 1, tile) : tile, layout.tokens));
    Value token = k.add(first, vectorToken), column = k.add(firstChannel, vectorChannel),
          exists = k.less(token, end);
    Value row = rowOf(token);
    Fetched fetched;
    fetched.dt = loadBelow(k, scan.dt, row, column, layout.vector, width, channelEnd);
    Values inputs = loadBelow(k, scan.x, row, column, layout.vector, width, channelEnd);
    for (auto [x, dt] : llvm::zip(inputs, fetched.dt)) {
      dt = k.select(exists, dt, 0.0);
      fetched.input.push_back(scan.backward ? k.select(exists, x, 0.0) : k.mul(dt, x));
    }
    if (scan.documents)
      fetched.dt = endlessWhere(k, k.both(exists, beginsDocument(k, scan.documents, row, token)),
                                std::move(fetched.dt));
    fetched.K = loadBelow(k, scan.K, rowOf(k.add(first, inputToken)), inputState, layout.stateVector(),
                          inputWidth, stateEnd);
    return fetched;
  }
  Value rowOf(Value token) const { return k.add(k.mul(batch, tokens), k.min(token, k.sub(end, 1))); }

  void put(const Fetched &fetched, Value tile) const {
    Value copy = k.bitAnd(tile, 1);
    steps.store(copy, vectorToken, vectorChannel, fetched.dt, fetched.input);
    auto putStates = [&] { k.store(fetched.K, K.at(copy, inputToken, inputState), k.f32); };
    if (layout.stateReaders() < layout.threads)
      k.when(k.less(k.threadId(), layout.stateReaders()), putStates);
    else
      putStates();
  }

  Values take(Value copy, Values carried) const {
    Value stepsHere = steps.at(copy, 0, ownChannel), KHere = K.at(copy, 0, firstState);
    for (int64_t i = 0; i < layout.tokens; ++i) {
      const int64_t t = scan.backward ? layout.tokens - 1 - i : i;
      Values step = k.load(k.at(stepsHere, t * steps.tokenBytes), k.f32, 2); // dt, input
      Values factors = k.load(k.at(KHere, t * K.tokenBytes), k.f32, layout.states);
      for (int64_t n = 0; n < layout.states; ++n) {
        Value a = k.exp2(k.mul(step[0], rates[n]));
        carried[n] = scan.backward ? k.mul(a, k.fma(step[1], factors[n], carried[n]))
                                   : k.fma(a, carried[n], k.mul(step[1], factors[n]));
      }
      carried.back() = k.add(carried.back(), step[0]);
    }
    return carried;
  }

  KernelBuilder &k;
  const SpanScan &scan;
  const ScanLayout layout;
  const int64_t tokens, channels, dState, tiles;
  PairTile steps; ///< (dt, dt x), backward (dt, x)
  StateTile K;
  const int64_t width, stateWidth, inputWidth;
  Value batch, begin, end, firstChannel, channelEnd, stateEnd;
  Value vectorToken, vectorChannel, inputToken, inputState, ownChannel;
  Values rates;
};

} // namespace

/// All spans but the last one, which nothing follows; backward, the first. A state goes where it enters.
void SpanStates::emitSpans() const {
  ScanLayout layout(dState);
  k.begin({.grid = {int64_t(llvm::divideCeil(channels, layout.channels)), batches, scan.spans - 1},
           .threads = layout.threads,
           .blocksPerSm = 4});
  Value batch = k.blockId(1), span = k.add(k.blockId(2), scan.backward ? 1 : 0);
  SpanBlock block(k, scan, layout, batch, span);
  Values after = block.emit();
  Value next = scan.backward ? k.sub(span, 1) : k.add(span, 1);
  auto keep = [&] {
    const int64_t width = widthDividing(layout.states, 4);
    for (int64_t n = 0; n < layout.states; n += width)
      k.store(ValueRange(after).slice(n, width), at(batch, next, block.channel, k.add(block.firstState, n)),
              k.f32);
    k.when(k.equal(block.lane, 0),
           [&] { k.storeScalar(after.back(), sumAt(rowOf(batch, span, block.channel)), k.f32); });
  };
  if (block.channelExists)
    k.when(block.channelExists, keep);
  else
    keep();
  k.end();
}

/// A thread has a channel and a state of a batch entry.
void SpanStates::emitChain() const {
  constexpr int64_t threads = 128, atOnce = 8;
  const int64_t total = batches * channels * paddedStates;
  k.begin({.grid = {int64_t(llvm::divideCeil(total, threads)), 1, 1}, .threads = threads});
  Value index = k.add(k.mul(k.extend(k.blockId()), threads), k.extend(k.threadId()));
  auto follow = [&] {
    Value state = k.toInteger(k.rem(index, paddedStates), k.i32), rest = k.div(index, paddedStates);
    Value channel = k.toInteger(k.rem(rest, channels), k.i32),
          batch = k.toInteger(k.div(rest, channels), k.i32);
    Value stateExists = k.less(state, dState), known = k.min(state, dState - 1);
    Value rate = k.select(stateExists, k.load(scan.A, channel, known), 0.0), h = k.number(0);
    rate = ratesOf(k, rate, scan.documents)[0];
    if (scan.first)
      h = k.select(stateExists, k.load(scan.first, k.add(k.mul(batch, channels), channel), known), 0.0);
    auto spanOf = [&](int64_t i) { return scan.backward ? scan.spans - 1 - i : i; };
    k.storeScalar(h, at(batch, spanOf(0), channel, state), k.f32);
    for (int64_t first = 0; first + 1 < scan.spans; first += atOnce) {
      const int64_t end = std::min(first + atOnce, scan.spans - 1);
      Values ends, sums;
      for (int64_t i = first; i < end; ++i) {
        ends.push_back(
            k.select(stateExists, k.loadScalar(at(batch, spanOf(i + 1), channel, state), k.f32), 0.0));
        sums.push_back(k.loadScalar(sumAt(rowOf(batch, spanOf(i), channel)), k.f32));
      }
      for (int64_t i = first; i < end; ++i) {
        h = k.fma(k.exp2(k.mul(sums[i - first], rate)), h, ends[i - first]);
        k.storeScalar(h, at(batch, spanOf(i + 1), channel, state), k.f32);
      }
    }
  };
  if (total % threads)
    k.when(k.less(index, total), follow);
  else
    follow();
  k.end();
}

} // namespace samba::gpu
